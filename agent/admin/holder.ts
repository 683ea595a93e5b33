/** Who sends a request to the admin API: the holder of a token (`admin-tokens.ts`), or somebody on this host. */
import type { FastifyRequest } from "fastify";
import type { Role } from "../../api/contract.ts";
import { userHeader } from "../../api/local-socket.ts";
import { isAccountName } from "../../model/environment/subject.ts";

export interface TokenHolder {
  /** What messages call them. */
  readonly name: string;
  /** What the audit calls them. */
  readonly actor: string;
  readonly role: Role;
  /** The account of the person that they are, where that is known. */
  readonly account?: string | undefined;
}

/** Undefined when the request comes from nobody who is known. */
export type Identify = (request: FastifyRequest) => TokenHolder | undefined;

/**
 * Over the local socket. Only the agent's own user and root can open it, and both could write to the store itself: so
 * they may do everything, and the name they give is for the record, and says whose account they have.
 */
export const localHolder: Identify = ({ headers }) => {
  const given = headers[userHeader];
  const user = typeof given === "string" && /^[\w.@-]{1,64}$/.test(given) ? given : "unknown";
  const account = isAccountName(user) ? user : undefined;
  return { name: `local:${user}`, actor: `local:${user}`, role: "approver", account };
};

/** Who has room of their own in what is kept for whoever asks: over the local socket one, since it takes any name. */
export function askerOf({ actor }: TokenHolder): string {
  return actor.startsWith("local:") ? "local" : actor;
}
