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
import { type ByHand, byHand } from "./by-hand.ts";
import type { TriedPlace } from "./file-place.ts";
import { newValue } from "./new-value.ts";
import { slotPlace } from "./places.ts";
import type { SlotPlace, Unwritten } from "./slot-place.ts";

/** In which the agent has to see what was written: it looks when it is asked, and a mount of a network may be late. */
const patience: Milliseconds = 10_000;
const pause: Milliseconds = 500;

export interface RotationParts {
  readonly client: AdminClient;
  readonly secret: string;
  /** Lines: how the command is called on the agent's host. */
  readonly onHost: readonly string[];
  /** Where a person gives the value; one is made when absent. */
  readonly valueFrom: string | undefined;
}

/** What came of a step. */
export type Stepped =
  | { readonly kind: "done" }
  /** Somebody has come with the old value in the moment of its withdrawal: it is there again. */
  | { readonly kind: "used" }
  /** Somebody else has done something meanwhile: it is to be looked at anew. */
  | { readonly kind: "overtaken" }
  /** Nobody can do it from here: what a person does, in lines. */
  | { readonly kind: "byHand"; readonly lines: readonly string[] }
  | { readonly kind: "failed"; readonly lines: readonly string[] }
  /** What was written stays: whoever goes on finds it. */
  | { readonly kind: "away"; readonly error: AdminError };

/** Where a new value goes, and what is known of that before anything is written. */
export interface RotationTarget {
  readonly slot: Slot;
  /** A person's work, where no command writes there. */
  readonly place: TriedPlace | ByHand;
  /** What of the rotation a person has to do at its end. */
  readonly note: string | undefined;
}

interface Found {
  readonly place: TriedPlace;
  readonly before: string | undefined;
}

export class Rotation {
  readonly #parts: RotationParts;
  readonly #key = randomBytes(32);
  /** Read once: standard input is there once. */
  #given: ReturnType<typeof newValue> | undefined;

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  /** What the agent sees now, looked at anew. */
  look(): Promise<Answered<SlotList>> {
    const { client, secret } = this.#parts;
    return client.slots({ secret, key: this.#key.toString("hex") }, "look");
  }

  /** Where a slot is read and written from here. */
  placeOf({ reference }: Slot, beside?: Slot): Result<TriedPlace, Unwritten> {
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
    const given = await this.#newValue();
    return given.ok ? ok(this.#isValueOf(slot, given.value)) : given;
  }

  /**
   * Finds where a new value goes, and whether the rotation could be brought to its end from here: nothing is begun that nobody can end.
   * Nothing is written.
   */
  async prepare(
    { filled, free }: Extract<RotationStanding, { step: "rest" }>,
    { slots }: SlotList,
  ): Promise<Result<RotationTarget, Stepped>> {
    const tries: { slot: Slot; other: Slot; found: Result<Found, Stepped> }[] = [];
    for (const slot of free) {
      const other = slots.find((one) => one !== slot) ?? filled;
      const found = await this.#find(slot, other);
      tries.push({ slot, other, found });
      if (found.ok) break;
    }
    const isByHand = ({ found }: (typeof tries)[number]) => !found.ok && found.error.kind === "byHand";
    const best = tries.find(({ found }) => found.ok) ?? tries.find((one) => !isByHand(one)) ?? tries[0];
    if (!best) return fail({ kind: "failed", lines: ["there is no slot"] });
    const { slot, other, found } = best;
    const place = found.ok ? found.value.place : isByHand(best) ? byHand(slot.reference) : undefined;
    if (!found.ok && !place) return found;
    const end = await this.#find(other, slot);
    if (!end.ok && end.error.kind !== "byHand") return end;
    const note = end.ok
      ? undefined
      : `The rotation ends by hand: ${byHand(other.reference)?.reason ?? other.reference}. When the provider has the new value, this command says what to do.`;
    return place ? ok({ slot, place, note }) : fail({ kind: "overtaken" });
  }

  /** A place that could be written now, with what is there, where that is what the agent reads. */
  async #find(slot: Slot, beside: Slot): Promise<Result<Found, Stepped>> {
    const found = this.placeOf(slot, beside);
    if (!found.ok) return fail(failed(found.error));
    const place = found.value;
    const tried = await place.tried();
    if (!tried.ok && tried.error.byHand) return fail(failed(tried.error));
    // on another machine than the agent's it matters little that nothing can be written
    const before = await this.#checked(slot, place);
    if (!before.ok) return fail(await this.#unlessOvertaken(slot, before.error));
    return tried.ok ? ok({ place, before: before.value }) : fail(failed(tried.error));
  }

  /** Puts a new value beside the one that there is. */
  async begin(
    { slot, place }: RotationTarget,
    { filled }: Extract<RotationStanding, { step: "rest" }>,
  ): Promise<Stepped> {
    const value = await this.#newValue();
    if (!value.ok) return { kind: "failed", lines: [value.error] };
    if (this.#isValueOf(filled, value.value))
      return { kind: "failed", lines: ["the value is the present one (expected another one)"] };
    return "put" in place
      ? { kind: "byHand", lines: [place.reason, place.put(this.#what)] }
      : this.#put(slot, filled, place, value.value);
  }

  /** What a person puts somewhere. */
  get #what(): string {
    const { valueFrom } = this.#parts;
    if (valueFrom === undefined) return "the new value (openssl rand -hex 32 makes one)";
    return valueFrom === "-" ? "the value that you gave" : `the value of ${valueFrom}`;
  }

  #newValue(): ReturnType<typeof newValue> {
    const { valueFrom } = this.#parts;
    if (valueFrom === undefined) return newValue(undefined);
    this.#given ??= newValue(valueFrom);
    return this.#given;
  }

  async #put(slot: Slot, filled: Slot, place: SlotPlace, value: string): Promise<Stepped> {
    const before = await this.#checked(slot, place);
    if (!before.ok) return this.#unlessOvertaken(slot, before.error);
    const written = await place.write(value, before.value);
    if (!written.ok) return this.#unlessOvertaken(slot, written.error);
    const putBack = (why: string) => putBackTo(place, before.value, value, why);

    const seen = await this.#until((list) => {
      const found = slotOf(list, slot);
      if (!found || !this.#isValueOf(found, value)) return undefined;
      return found.problem !== null || found.isLetIn ? found : undefined;
    });
    if (!seen.ok) {
      if (seen.error.kind === "away") return { kind: "away", error: seen.error.error };
      const { hmac } = slotOf(seen.error.list, slot) ?? {};
      // somebody else's is there: that is a rotation too, and the next look finds it
      if (hmac && hmac !== slot.hmac) return { kind: "overtaken" };
      return putBack(this.#unseen(slot));
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
    const found = await this.#find(drop, keep);
    if (!found.ok && found.error.kind !== "byHand") return found.error;
    const value = await this.valueOf(keep);
    if (!found.ok || (!value.ok && value.error.byHand)) {
      const hand = byHand((found.ok ? keep : drop).reference);
      const what = `the value of ${keep.reference}`;
      const put = byHand(drop.reference)?.put(what) ?? `Put ${what} into ${drop.reference}, too.`;
      return { kind: "byHand", lines: [hand?.reason ?? "", put] };
    }
    if (!value.ok) return this.#unlessOvertaken(keep, value.error);
    const { place, before } = found.value;
    const written = await place.write(value.value, before);
    if (!written.ok) return this.#unlessOvertaken(drop, written.error);
    const seen = await this.#until((list) => (list.isOneValue ? list : undefined));
    const putBack = (why: string) => putBackTo(place, before, value.value, why);
    if (!seen.ok)
      return seen.error.kind === "away"
        ? { kind: "away", error: seen.error.error }
        : putBack(this.#unseen(drop));
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
      advice: slot.reference.startsWith("ref+vault:")
        ? ["VAULT_ADDR is another Vault than agent.yaml names, or VAULT_NAMESPACE another namespace."]
        : ["This is another host than the agent's: run it where that is:", ...this.#parts.onHost],
    });
  }

  #unseen({ reference }: Slot): string {
    return `${reference}: the agent does not see what was written within ${patience / 1_000} s: this is another host or store than it reads, or another file`;
  }

  /** Why something was not done, but where somebody else has changed the slot: then that is no failure. */
  async #unlessOvertaken(slot: Slot, error: Unwritten): Promise<Stepped> {
    const looked = await this.look();
    const found = looked.ok ? slotOf(looked.value, slot) : undefined;
    const isSame = !found || (found.hmac === slot.hmac && found.state === slot.state);
    return isSame ? failed(error) : { kind: "overtaken" };
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
