/** From an agent's address, as environment files write it, to a client of its admin API. */

import { type AdminClient, adminClient } from "../api/client.ts";
import type { Promotion } from "../model/environment/delivery.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { resolveReference } from "../secrets/resolve.ts";

/** Why an agent cannot be spoken to: the part of its address that is wrong, and a reason that names no value. */
export interface Unconnected {
  readonly part: "token" | "ca";
  readonly reason: string;
}

/**
 * Resolves the references of an address on this machine; nobody is contacted yet.
 *
 * @param environment whose agent it must be
 */
export async function connectAgent(
  { url, token, ca }: Promotion["agent"],
  environment?: string,
): Promise<Result<AdminClient, Unconnected>> {
  const resolvedToken = await resolveReference(token);
  if (!resolvedToken.ok) return fail({ part: "token", reason: resolvedToken.error });
  const authority = ca === undefined ? undefined : await resolveReference(ca);
  if (authority && !authority.ok) return fail({ part: "ca", reason: authority.error });
  return ok(
    adminClient({
      url,
      token: resolvedToken.value,
      ca: authority?.value,
      ...(environment !== undefined && { environment }),
    }),
  );
}
