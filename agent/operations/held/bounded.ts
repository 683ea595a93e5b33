/**
 * How much is held of one connector at most: a provider that asks for ever other things would fill the disk, and nobody decides about
 * so many. A removal is held whatever there is.
 */
import { count } from "../../../report/words.ts";
import { isResource } from "../operation.ts";
import { type Held, type Outcome, type Refused, refused } from "../outcome.ts";
import type { Holds } from "./holds.ts";
import type { OpenHolds } from "./performed.ts";
import type { Holdable } from "./stored.ts";

/** The most additions of a connector that wait. */
export const mostHeld = 20_000;

/** What comes of an operation that would be held anew: a refusal where so many are. */
export async function bounded<O extends Outcome>(
  operation: Holdable,
  outcome: O,
  { holds, open }: { readonly holds: Holds; readonly open: OpenHolds },
): Promise<O | Outcome> {
  const held = heldIn(outcome);
  if (!held || held.isRemoval || !isResource(operation)) return outcome;
  const { connector } = operation;
  if ((open.room.get(connector) ?? 0) <= 0)
    open.room.set(connector, mostHeld - (await holds.countOf(connector)));
  const left = open.room.get(connector) ?? 0;
  if (left > 0) {
    open.room.set(connector, left - 1);
    return outcome;
  }
  const refusal: Refused<"tooManyHeld"> = refused(
    "tooManyHeld",
    `${count(mostHeld, "write", "writes")} of connector ${connector} are held, and no more are kept (expected some to be decided)`,
    [],
    held.rules,
  );
  return outcome.kind === "done" ? { ...outcome, undone: refusal } : refusal;
}

function heldIn(outcome: Outcome): Held | undefined {
  const why = outcome.kind === "done" ? outcome.undone : outcome;
  return why?.kind === "held" ? why : undefined;
}
