/** Stores when tokens were used last, rarely and beside all requests: what a process that is killed has not stored counts for nothing. */
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds } from "../../model/time.ts";
import type { TokenUses } from "../authentication/token-uses.ts";
import type { Writer } from "./writer.ts";

const pause: Milliseconds = 10_000;

/** Begins to; answers how it ends, with what is not stored yet. */
export function keepTokenUses(
  uses: TokenUses,
  writer: Pick<Writer, "aside" | "isTight">,
  log: FastifyBaseLogger,
): () => Promise<void> {
  const keep = async () => {
    // what room is left is for removals
    if (!uses.hasNew || writer.isTight) return;
    await uses
      .keep((work) => writer.aside(work))
      .catch((error) => log.error(error, "when tokens were used last cannot be stored now"));
  };
  const timer = setInterval(() => void keep(), pause).unref();
  return () => {
    clearInterval(timer);
    return keep();
  };
}
