/** How large bodies about groups are read: by another thread, where there is one, so that others have their turn. */
import { type GroupBody, readInPieces, readTakenInPieces } from "../../scim/group-write.ts";
import type { Evaluator, Questions, Setting } from "../releases/evaluator.ts";
import type { LongWriteParts } from "./long-writes.ts";
import { Unavailable } from "./unavailable.ts";

/**
 * What reads bodies, whole or what they take away.
 *
 * @param evaluation reads what came as bytes; without one, this thread does
 * @param at when it is asked
 */
export function bodyReader(
  evaluation: Evaluator | undefined,
  at: () => Omit<Setting, "folder" | "host">,
): Pick<LongWriteParts, "readWhole" | "readTaken"> {
  const elsewhere = async <Name extends "groupWhole" | "groupTaken">(
    name: Name,
    body: GroupBody,
  ): Promise<Questions[Name]["answer"] | undefined> => {
    if (!evaluation || !(body.body instanceof Uint8Array)) return undefined;
    const read = await evaluation.ask(name, body, at());
    if (!read.ok) throw new Unavailable("the body takes too long to read now");
    return read.value;
  };
  return {
    readWhole: async (body) => (await elsewhere("groupWhole", body)) ?? readInPieces(body),
    readTaken: async (body) => (await elsewhere("groupTaken", body)) ?? readTakenInPieces(body),
  };
}
