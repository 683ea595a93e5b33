/**
 * From an agent's address, as environment files write it, to a client of its admin API: the one way for the provider and the
 * command line.
 */
import { type AdminClient, adminClient } from "../api/client.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Milliseconds } from "../model/time.ts";
import { checkAgent, type Unbound, type WantedAgent } from "../secrets/agents.ts";
import { resolveReference } from "../secrets/resolve.ts";

/**
 * Resolves the references of an address, if this machine goes along with it; nobody is contacted yet.
 *
 * @param environment whose agent it must be
 * @param timeout in which each answer must be complete, in place of the client's own
 * @returns failing, the part of the address that is wrong, and a reason that names no value
 */
export async function connectAgent(
  { url, token, ca, isOwnToken = false }: WantedAgent,
  environment: string,
  { timeout }: { readonly timeout?: Milliseconds } = {},
): Promise<Result<AdminClient, Unbound>> {
  const allowed = checkAgent({ url, token, ca, isOwnToken });
  if (!allowed.ok) return allowed;
  const resolvedToken = await resolveReference(token);
  if (!resolvedToken.ok) return fail({ part: "token", reason: resolvedToken.error, advice: [] });
  const authority = ca === undefined ? undefined : await resolveReference(ca);
  if (authority && !authority.ok) return fail({ part: "ca", reason: authority.error, advice: [] });
  return ok(
    adminClient({
      ...{ url, token: resolvedToken.value, ca: authority?.value, environment },
      ...(timeout !== undefined && { timeout }),
    }),
  );
}
