/** Something failed that is nobody's mistake: the client should try again. */
import type { FastifyBaseLogger } from "fastify";
import { AccessFileBusy } from "../mercurial/access-file.ts";

export class Unavailable extends Error {}

/** What clients are told of a commit that did not come about: nothing is stored, and a repeat is safe. The log has what failed. */
export function unavailableFor(error: unknown, log: FastifyBaseLogger): Unavailable {
  if (error instanceof Unavailable) return error;
  if (error instanceof AccessFileBusy) return new Unavailable(`${error.message}: try again`);
  log.error(error, "nothing can be stored now");
  return new Unavailable("nothing can be stored now; the agent's log says why");
}
