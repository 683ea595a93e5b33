/** Where the rotation of a token stands: by what its two slots hold and who came with what. Nothing else is remembered of one. */
import type { Slot, SlotList } from "../../api/slots.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Milliseconds } from "../../model/time.ts";

/** Two values are accepted: the one of before, and the one that comes in its place. */
interface TwoValues {
  readonly old: Slot;
  readonly fresh: Slot;
}

export type RotationStanding =
  /** One value alone: in both slots, or in one while the other one is empty. */
  | { readonly step: "rest"; readonly filled: Slot; readonly free: readonly Slot[] }
  /** No slot has a value. */
  | { readonly step: "nothing" }
  /** A slot cannot be read now, or the agent has not looked yet. */
  | { readonly step: "unread"; readonly slot: Slot; readonly problem: string }
  /** What the slots hold opens nothing: the connector goes on with what it had, until the agent starts again. */
  | { readonly step: "spoiled"; readonly slot: Slot; readonly problem: string }
  /** The value of a slot opens nothing, or is gone, and that of the other one lets in: the connector goes on with what it had. */
  | ({
      readonly step: "unusable";
      readonly problem: string;
      /** Whether the provider comes with the old one: else it may have what was in the other slot. */
      readonly isOldInUse: boolean;
    } & TwoValues)
  /** The provider comes with the old value. */
  | ({ readonly step: "unswitched" } & TwoValues)
  /** It comes with the new one, and the old one has not rested for long enough. */
  | ({ readonly step: "quiet"; readonly left: Milliseconds } & TwoValues)
  /** The old one can be withdrawn. */
  | ({ readonly step: "ready" } & TwoValues);

/** Where it stands. */
export function standingOf({ slots, isOneValue, quiet, now, withdrawn }: SlotList): RotationStanding {
  const unread = slots.find(({ state }) => state === "unread");
  if (unread) return { step: "unread", slot: unread, problem: unread.problem ?? "it cannot be read" };
  const filled = slots.filter(({ state }) => state === "filled");
  const [first, second] = filled;
  if (!first) return { step: "nothing" };
  const wrong = filled.find(({ problem }) => problem !== null);
  if (wrong && (isOneValue || filled.every(({ problem }) => problem !== null)))
    return { step: "spoiled", slot: wrong, problem: wrong.problem ?? "" };
  const hasGone = slots.find(({ state, problem }) => state === "empty" && problem !== null);
  if (hasGone) return unusable(first, hasGone, withdrawn);
  if (isOneValue || !second) {
    const empty = slots.filter(({ state }) => state === "empty");
    return { step: "rest", filled: first, free: empty.length > 0 ? empty : [...slots].reverse() };
  }
  if (wrong) return unusable(wrong === first ? second : first, wrong, withdrawn);
  const [old, fresh] = isOlder(second, first) ? [second, first] : [first, second];
  // who is past its lifetime lets nobody in, and nothing is lost with it
  const hasEnded = (slot: Slot) => slot.expires !== null && slot.expires <= now;
  if (!fresh.isLetIn)
    return hasEnded(fresh)
      ? { step: "unusable", problem: "the lifetime of the new value is over", isOldInUse: true, old, fresh }
      : { step: "unread", slot: fresh, problem: "the agent has not noticed the value yet" };
  if (hasEnded(old)) return { step: "ready", old, fresh };
  if (!fresh.lastUsed || (old.lastUsed && fresh.lastUsed.at < old.lastUsed.at))
    return { step: "unswitched", old, fresh };
  const left = milliseconds(quiet) - old.unusedFor;
  return left > 0 ? { step: "quiet", left, old, fresh } : { step: "ready", old, fresh };
}

function unusable(old: Slot, fresh: Slot, withdrawn: SlotList["withdrawn"]): RotationStanding {
  const isOldInUse = old.lastUsed !== null && (withdrawn === null || withdrawn.at < old.lastUsed.at);
  return { step: "unusable", problem: fresh.problem ?? "", isOldInUse, old, fresh };
}

/** Whether a value was there before the other one. Of two that came at once, whoever comes has the old one. */
function isOlder(one: Slot, other: Slot): boolean {
  const [since, otherSince] = [one.since ?? 0, other.since ?? 0];
  return since === otherSince ? one.lastUsed !== null && other.lastUsed === null : since < otherSince;
}
