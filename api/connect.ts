/** From an agent's address, as environment files write it, to a client of its admin API. */
import type { Promotion } from "../model/environment/delivery.ts";
import { resolveReference } from "../model/reference.ts";
import { type AdminClient, adminClient } from "./client.ts";

export type Connected =
  | { readonly ok: true; readonly client: AdminClient }
  | { readonly ok: false; readonly reason: string; readonly part: "token" | "ca" };

/**
 * Resolves the references on this machine; nobody is contacted yet. A reason names references, never their values; `part`
 * is the part of the address that it is about.
 */
export async function connectAgent({ url, token, ca }: Promotion["agent"]): Promise<Connected> {
  const resolvedToken = await resolveReference(token);
  if (!resolvedToken.ok) return { ...resolvedToken, part: "token" };
  const authority = ca === undefined ? undefined : await resolveReference(ca);
  if (authority && !authority.ok) return { ...authority, part: "ca" };
  return { ok: true, client: adminClient({ url, token: resolvedToken.value, ca: authority?.value }) };
}
