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
 * @param until by which each answer must be complete, as `performance.now()` tells it; the client's own time when absent
 * @returns failing, the part of the address that is wrong, and a reason that names no value
 */
export async function connectAgent(
  { url, token, ca, isOwnToken = false }: WantedAgent,
  environment: string,
  { until }: { readonly until?: Milliseconds } = {},
): Promise<Result<AdminClient, Unbound>> {
  const allowed = checkAgent({ url, token, ca, isOwnToken });
  if (!allowed.ok) return allowed;
  const [resolvedToken, authority] = await Promise.all([
    resolveReference(token),
    ca === undefined ? undefined : resolveReference(ca),
  ]);
  if (!resolvedToken.ok) return fail({ part: "token", reason: resolvedToken.error, advice: [] });
  if (authority && !authority.ok) return fail({ part: "ca", reason: authority.error, advice: [] });
  return ok(
    adminClient({
      ...{ url, token: resolvedToken.value, ca: authority?.value, environment },
      ...(until !== undefined && { until }),
    }),
  );
}
