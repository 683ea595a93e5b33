/** Notes which repositories there are, at start and now and then: one that is new since the last release counts also when it is gone later. */
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds } from "../../model/time.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import type { Writer } from "./writer.ts";

const pause: Milliseconds = 3_600_000;

/**
 * Begins to look at the folder of the repositories.
 *
 * @returns what ends it
 */
export function watchRepositories(
  root: string,
  writer: Pick<Writer, "noteRepositories">,
  log: FastifyBaseLogger,
): () => void {
  let isOver = false;
  const look = async () => {
    const listed = await listRepositories(root);
    if (isOver) return;
    if (listed.ok) await writer.noteRepositories(listed.value);
    else log.warn({ problems: listed.error }, "repositories cannot be listed");
  };
  const lookNow = () => void look().catch((error) => log.error(error, "repositories cannot be noted"));
  lookNow();
  const timer = setInterval(lookNow, pause).unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
