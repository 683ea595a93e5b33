/** Removals that are done while something waits before them: they are done again once that is. */
import type { Surroundings } from "../../releases/surroundings.ts";
import { isResource } from "../operation.ts";
import type { HoldRow, Holds } from "./holds.ts";
import { type Holdable, type HoldPlace, requestOf } from "./stored.ts";

/**
 * Keeps one behind all others.
 *
 * @param was the hold that has become it: it is kept in the place of that
 */
export async function keepTaken(
  holds: Holds,
  here: Surroundings,
  operation: Holdable,
  { place, name }: HoldPlace,
  was?: HoldRow,
): Promise<void> {
  const taken = await holds.add({
    state: "taken",
    connector: isResource(operation) ? operation.connector : "",
    ...{ place, name },
    request: requestOf(operation),
    operation: JSON.stringify(operation),
    ...{
      verdicts: "[]",
      rule: null,
      owner: null,
      waits: "turn",
      removal: 1,
      meanwhile: "keep",
      release: null,
    },
    ...{ since: here.now, expires: null, ended: null, ended_by: null, reason: null },
  });
  if (was) await holds.exchange(taken, was);
}
