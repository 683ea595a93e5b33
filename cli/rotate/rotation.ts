/**
 * The steps of a rotation, each of which leaves a state from which anybody goes on: what the slots hold, and what the agent has seen.
 * What is written is proved to be what the agent reads, or put back.
 */
import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminClient, Answered } from "../../api/client.ts";
import type { AdminError } from "../../api/error.ts";
import type { Slot, SlotList } from "../../api/slots.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { RotationStanding } from "../../report/rotation/standing.ts";
import { newValue } from "./new-value.ts";
import { slotPlace } from "./places.ts";
import type { SlotPlace, Unwritten } from "./slot-place.ts";

/** In which the agent has to see what was written: it looks when it is asked, and a mount of a network may be late. */
const patience: Milliseconds = 10_000;
const pause: Milliseconds = 500;

export interface RotationParts {
  readonly client: AdminClient;
  readonly secret: string;
  /** How the command is called on the agent's host. */
  readonly onHost: string;
  /** Where a person gives the value; one is made when absent. */
  readonly valueFrom: string | undefined;
}

/** What came of a step. */
export type Stepped =
  | { readonly kind: "done" }
  /** Somebody has come with the old value in the moment of its withdrawal: it is there again. */
  | { readonly kind: "used" }
  /** Nobody can do it from here: what a person does, in lines. */
  | { readonly kind: "byHand"; readonly lines: readonly string[] }
  | { readonly kind: "failed"; readonly lines: readonly string[] }
  /** What was written stays: whoever goes on finds it. */
  | { readonly kind: "away"; readonly error: AdminError };

export class Rotation {
  readonly #parts: RotationParts;
  readonly #key = randomBytes(32);

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  /** What the agent sees now, looked at anew. */
  look(): Promise<Answered<SlotList>> {
    const { client, secret } = this.#parts;
    return client.slots({ secret, key: this.#key.toString("hex") }, "look");
  }

  /** Where a slot is read and written from here. */
  placeOf({ reference }: Slot, beside?: Slot): Result<SlotPlace, Unwritten> {
    return slotPlace(reference, { beside: beside?.reference, onHost: this.#parts.onHost });
  }

  /** The value of a slot, read here, where it is what the agent reads. */
  async valueOf(slot: Slot): Promise<Result<string, Unwritten>> {
    const place = this.placeOf(slot);
    if (!place.ok) return place;
    const value = await this.#checked(slot, place.value);
    if (!value.ok) return value;
    return value.value === undefined
      ? fail({ reason: `${slot.reference} has no value`, advice: [] })
      : ok(value.value);
  }

  /** Whether the value of a slot is the one that a person gives. */
  async isGiven(slot: Slot): Promise<Result<boolean, string>> {
    const given = await newValue(this.#parts.valueFrom);
    return given.ok ? ok(this.#isValueOf(slot, given.value)) : given;
  }

  /** Puts a new value beside the one that there is. */
  async begin({ filled, free }: Extract<RotationStanding, { step: "rest" }>): Promise<Stepped> {
    const why: Unwritten[] = [];
    for (const slot of free) {
      const place = this.placeOf(slot, filled);
      if (place.ok) return this.#put(slot, filled, place.value);
      why.push(place.error);
    }
    const [first = { reason: "there is no slot", advice: [] }] = why;
    return failed(why.find(({ byHand }) => !byHand) ?? first);
  }

  async #put(slot: Slot, filled: Slot, place: SlotPlace): Promise<Stepped> {
    const before = await this.#checked(slot, place);
    if (!before.ok) return failed(before.error);
    const value = await newValue(this.#parts.valueFrom);
    if (!value.ok) return { kind: "failed", lines: [value.error] };
    if (this.#isValueOf(filled, value.value))
      return { kind: "failed", lines: ["the value is the present one (expected another one)"] };
    const written = await place.write(value.value, before.value);
    if (!written.ok) return failed(written.error);
    const putBack = (why: string) => putBackTo(place, before.value, value.value, why);

    const seen = await this.#until((list) => {
      const found = slotOf(list, slot);
      if (!found || !this.#isValueOf(found, value.value)) return undefined;
      return found.problem !== null || found.isLetIn ? found : undefined;
    });
    if (!seen.ok) {
      if (seen.error.kind === "away") return { kind: "away", error: seen.error.error };
      const { hmac } = slotOf(seen.error.list, slot) ?? {};
      // somebody else's is there: that is a rotation too, and the next look finds it
      if (hmac && hmac !== slot.hmac) return { kind: "done" };
      return putBack(
        `${slot.reference}: the agent does not see what was written within ${patience / 1_000} s: this is another host or store than it reads, or another file`,
      );
    }
    const { problem, since } = seen.value;
    if (problem !== null) return putBack(`${slot.reference}: ${problem}`);
    if (since !== null && filled.since !== null && since < filled.since)
      return putBack(`${slot.reference}: the value was used before the present one (expected a new one)`);
    return { kind: "done" };
  }

  /**
   * Ends it: one value is written into the other one's slot, which withdraws that.
   *
   * @param from what the agent saw when that was decided
   * @param anyway also where somebody comes with the other one
   */
  async settle(keep: Slot, drop: Slot, from: SlotList, anyway: boolean): Promise<Stepped> {
    const place = this.placeOf(drop, keep);
    const value = await this.valueOf(keep);
    const error = place.ok ? (value.ok ? undefined : value.error) : place.error;
    if (error?.byHand) {
      const restart = [keep, drop].some(({ reference }) => reference.startsWith("ref+env:"))
        ? " and restart the agent"
        : "";
      const advice = `Put the value of ${keep.reference} into ${drop.reference}, too${restart}.`;
      return failed({ ...error, advice: [advice] });
    }
    if (!place.ok) return failed(place.error);
    if (!value.ok) return failed(value.error);
    const before = await this.#checked(drop, place.value);
    if (!before.ok) return failed(before.error);
    const written = await place.value.write(value.value, before.value);
    if (!written.ok) return failed(written.error);
    const seen = await this.#until((list) => (list.isOneValue ? list : undefined));
    const putBack = (why: string) => putBackTo(place.value, before.value, value.value, why);
    if (!seen.ok)
      return seen.error.kind === "away"
        ? { kind: "away", error: seen.error.error }
        : putBack(
            `${drop.reference}: the agent does not see what was written within ${patience / 1_000} s: this is another host or store than it reads, or another file`,
          );
    const { withdrawn } = seen.value;
    if (anyway || !withdrawn || withdrawn.at < from.now) return { kind: "done" };
    const back = await putBack("");
    return back.lines.length > 1 ? back : { kind: "used" };
  }

  /** What is at a place, where that is what the agent sees: else it is another one. */
  async #checked(slot: Slot, place: SlotPlace): Promise<Result<string | undefined, Unwritten>> {
    const found = await place.read();
    if (!found.ok) return found;
    const isSame =
      slot.state === "empty"
        ? found.value === undefined
        : found.value !== undefined && (slot.hmac === null || this.#isValueOf(slot, found.value));
    if (isSame) return found;
    return fail({
      reason: `${slot.reference}: what is there for this command is not what the agent reads`,
      advice: [
        "This is another host or store than the agent's: run it where that is:",
        `  ${this.#parts.onHost}`,
      ],
    });
  }

  #isValueOf({ hmac }: Slot, value: string): boolean {
    return hmac === createHmac("sha256", this.#key).update(value).digest("hex");
  }

  /** Looks until something is found. */
  async #until<T>(
    find: (list: SlotList) => T | undefined,
  ): Promise<Result<T, { kind: "away"; error: AdminError } | { kind: "late"; list: SlotList }>> {
    for (const late = performance.now() + patience; ; await sleep(pause)) {
      const looked = await this.look();
      if (!looked.ok) return fail({ kind: "away", error: looked.error });
      const found = find(looked.value);
      if (found !== undefined) return ok(found);
      if (performance.now() > late) return fail({ kind: "late", list: looked.value });
    }
  }
}

async function putBackTo(
  place: SlotPlace,
  before: string | undefined,
  written: string,
  why: string,
): Promise<Extract<Stepped, { kind: "failed" }>> {
  const back = await place.write(before, written);
  const lines = back.ok
    ? ["What was there before is there again."]
    : [`What was there before cannot be put back: ${back.error.reason}`, ...back.error.advice];
  return { kind: "failed", lines: why === "" && back.ok ? [why] : [why, ...lines] };
}

function slotOf({ slots }: SlotList, { reference }: Slot): Slot | undefined {
  return slots.find((one) => one.reference === reference);
}

function failed({ reason, advice, byHand }: Unwritten): Stepped {
  return { kind: byHand ? "byHand" : "failed", lines: [reason, ...advice] };
}
