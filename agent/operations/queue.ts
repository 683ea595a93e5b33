/** What waits for its turn: how much of it goes together, and that no more than one release is waited for. */
import { mayTakeAway } from "./may-take-away.ts";
import { isResource, type Operation, placeOf } from "./operation.ts";
import { type Outcome, refused } from "./outcome.ts";
import type { Waiting } from "./waiting.ts";

/** The most operations in one commit: reads wait for all of them, some 0.3 ms each. */
const largestBatch = 64;

const underway = refused("releaseUnderway", "another release is being judged (come again when it is done)");

/** What has to come after a release is done, before it is answered; it answers the last word, and never fails. */
export type LastWord = (outcome: Outcome) => Promise<Outcome>;

/** Whoever takes nothing away; or all but releases. */
export type HeldBack = "givers" | "everybody";

export class Queue {
  #waiting: Waiting[] = [];
  #isReleaseUnderway = false;
  /** Who has no turn until the release under way is done. */
  #held: HeldBack | undefined;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether anybody's turn can come. */
  get hasNext(): boolean {
    return !this.#waiting.every((one) => this.#isHeld(one));
  }

  /** Has some wait until the release under way is done. */
  holdBack(whom: HeldBack): void {
    this.#held = whom;
  }

  #isHeld(waiting: Waiting): boolean {
    if (!this.#held) return false;
    return this.#held === "everybody" ? waiting.operation.kind !== "release" : givesOnly(waiting);
  }

  /** Puts one behind all others. */
  add(
    operation: Operation,
    { settle, ...waiting }: Omit<Waiting, "operation" | "refused"> & { readonly settle?: LastWord },
  ): void {
    const { answer, fail } = waiting;
    const goOn = <T>(tell: (told: T) => void) => {
      return (told: T) => {
        this.#held = undefined;
        tell(told);
      };
    };
    // it comes while the one that it is about is under way
    if (operation.kind === "release" && operation.verb === "return")
      this.#waiting.push({ operation, ...waiting, answer: goOn(answer), fail: goOn(fail) });
    else if (operation.kind !== "release") this.#waiting.push({ operation, ...waiting });
    // nobody is kept in by what is under way
    else if (this.#isReleaseUnderway && operation.verb === "deactivate") {
      const settled: Waiting["answer"] = settle ? (outcome) => void settle(outcome).then(answer) : answer;
      this.#waiting.push({ operation, ...waiting, answer: settled });
    }
    // judging a release takes long, and nobody is kept in by several
    else if (this.#isReleaseUnderway) {
      answer(underway);
      this.#waiting.push({ operation, refused: underway, answer: () => {}, fail: () => {} });
    } else {
      this.#isReleaseUnderway = true;
      const end = <T>(tell: (told: T) => void) => {
        return goOn((told: T) => {
          this.#isReleaseUnderway = false;
          tell(told);
        });
      };
      // writes go on once it is done, and the next release when it is settled
      const settled: Waiting["answer"] = settle
        ? goOn((outcome) => void settle(outcome).then(end(answer)))
        : end(answer);
      this.#waiting.push({ operation, ...waiting, answer: settled, fail: end(fail) });
    }
  }

  /** Puts some before all others. */
  putBack(some: readonly Waiting[]): void {
    this.#waiting.unshift(...some);
  }

  /**
   * Takes what goes together from the front.
   *
   * @param isDoneElsewhere whether one whose turn has come is no part of it
   */
  async *take(isDoneElsewhere: (waiting: Waiting) => Promise<boolean>): AsyncGenerator<Waiting> {
    let taken = 0;
    for (let next = this.#next(); next; next = this.#next()) {
      // what comes behind waits, also for its place behind a long write
      const isAlone = !next.refused && (next.operation.kind === "release" || next.operation.kind === "clock");
      if (isAlone && taken > 0) return this.putBack([next]);
      if (await isDoneElsewhere(next)) continue;
      yield next;
      taken++;
      if (isAlone || taken === largestBatch) return;
    }
  }

  #next(): Waiting | undefined {
    if (!this.#held) return this.#waiting.shift();
    const goes = this.#waiting.find((one) => !this.#isHeld(one));
    if (!goes) return undefined;
    // what came before it for the same resource has its turn before it
    const place = placeOfWaiting(goes);
    const first = this.#waiting.findIndex(
      (one) => one === goes || (place !== undefined && placeOfWaiting(one) === place),
    );
    return this.#waiting.splice(first, 1)[0];
  }
}

/** What was looked at once: those that wait are looked through for each turn. */
const looked = new WeakMap<Operation, boolean>();

/** Whether one takes nothing away, and can wait. */
function givesOnly({ operation, part, refused }: Waiting): boolean {
  if (part || refused || !isResource(operation)) return false;
  const takes = looked.get(operation) ?? mayTakeAway(operation);
  looked.set(operation, takes);
  return !takes;
}

function placeOfWaiting({ operation }: Waiting): string | undefined {
  return isResource(operation) ? placeOf(operation) : undefined;
}
