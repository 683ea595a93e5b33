/**
 * How much is held of one connector at most, by number and by bytes: a provider that asks for ever other things would fill the disk,
 * and nobody decides about so many. A removal is held whatever there is. What has ended is remembered within the same bounds.
 */
import { count } from "../../../report/words.ts";
import { isResource } from "../operation.ts";
import { type Held, type Outcome, type Refused, refused } from "../outcome.ts";
import type { Holds, Size } from "./holds.ts";
import type { OpenHolds } from "./performed.ts";
import type { Holdable } from "./stored.ts";
import { peopleIn } from "./wake.ts";

/** The most additions of a connector that wait, and the room on the disk that they take. */
export const mostHeld = 20_000;
const mebibyte = 1_048_576;
export const mostHeldBytes = 256 * mebibyte;

/** What is remembered of what has ended before it is looked at again: as much may come until then. */
const half: Size = { count: mostHeld / 2, bytes: mostHeldBytes / 2 };

/** A row of whom it is about or waits for, with its index. */
const bytesOfPerson = 160;

/** How much room an operation takes in its stored form, with all that is kept of it. */
export function bytesHeld(stored: Holdable, { verdicts, joining = [], taking = [] }: Held): number {
  const people = peopleIn(stored).length + joining.length + taking.length;
  return Buffer.byteLength(JSON.stringify([stored, verdicts])) + people * bytesOfPerson;
}

/**
 * What comes of an operation that would be held anew: a refusal where so many are, or so much is.
 *
 * @param stored the operation as it would be kept
 */
export async function bounded<O extends Outcome>(
  stored: Holdable,
  outcome: O,
  { holds, open }: { readonly holds: Holds; readonly open: OpenHolds },
): Promise<O | Outcome> {
  const held = heldIn(outcome);
  if (!held || held.isRemoval || !isResource(stored)) return outcome;
  const { connector } = stored;
  const bytes = bytesHeld(stored, held);
  const hasRoom = (room: Size | undefined) => room && room.count > 0 && room.bytes >= bytes;
  let room = open.room.get(connector);
  if (!room || !hasRoom(room)) {
    const waiting = await holds.sizeOf(connector);
    room = { count: mostHeld - waiting.count, bytes: mostHeldBytes - waiting.bytes };
  }
  open.room.set(connector, room);
  if (hasRoom(room)) {
    open.room.set(connector, { count: room.count - 1, bytes: room.bytes - bytes });
    return outcome;
  }
  const many =
    room.count > 0 ? `${mostHeldBytes / mebibyte} MiB of writes` : count(mostHeld, "write", "writes");
  const refusal: Refused<"tooManyHeld"> = refused(
    "tooManyHeld",
    `${many} of connector ${connector} are held, and no more are kept (expected some to be decided)`,
    [],
    held.rules,
  );
  return outcome.kind === "done" ? { ...outcome, undone: refusal } : refusal;
}

/** Forgets the oldest of what has ended of a connector, where much came since that was done last. */
export async function forgetOldest(
  connector: string,
  bytes: number,
  { holds, open }: { readonly holds: Holds; readonly open: OpenHolds },
): Promise<void> {
  // by what an agent held before it was started anew nothing is known
  const before = open.added.get(connector) ?? half;
  const added = { count: before.count + 1, bytes: before.bytes + bytes };
  const isMuch = added.count > half.count || added.bytes > half.bytes;
  open.added.set(connector, isMuch ? { count: 1, bytes } : added);
  if (isMuch) await holds.forgetEnded(connector, half);
}

export function heldIn(outcome: Outcome): Held | undefined {
  const why = outcome.kind === "done" ? outcome.undone : outcome;
  return why?.kind === "held" ? why : undefined;
}
