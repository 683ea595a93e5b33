/** Has what is held judged again where its cause may have gone, and looked at when its time is over. */
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { Store } from "../../store/schema.ts";
import type { HoldOperation } from "../operation.ts";
import type { Outcome } from "../outcome.ts";
import { Holds } from "./holds.ts";
import type { OpenHolds } from "./performed.ts";

/** How many are submitted together: others have their turn in between. */
const most = 32;

/** What takes so many bytes is long to judge, such as a group of thousands, and the writes of all who are in it have it judged again. */
const large = 256 * 1024;
/** So that these writes do not wait for it each time, it rests between two judgements. */
const rest: Milliseconds = 10_000;

export interface TendingParts {
  /** For reads. What is to be judged again was noted in the transaction of its cause, so that no end of the agent loses it. */
  readonly store: Store;
  readonly now: () => Time;
  readonly submit: (operation: HoldOperation) => Promise<Outcome>;
  /** Whether there is room for nothing but what takes access away, and which connectors do no more. */
  readonly limits: () => { readonly isTight: boolean; readonly quarantined: readonly string[] };
  readonly failed: (error: unknown) => void;
}

/** Who does what nobody asks for. */
const actor = "hgscim";

export class Tending {
  readonly #parts: TendingParts;
  readonly open: OpenHolds = { mayBeAny: true, room: new Map(), added: new Map() };
  #isClosed = false;
  #isWanted = false;
  #isUnderway = false;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: TendingParts) {
    this.#parts = parts;
  }

  /** Has judged again what waits for it. */
  tend(): void {
    if (!this.open.mayBeAny || this.#isClosed) return;
    this.#isWanted = true;
    if (this.#isUnderway) return;
    this.#isUnderway = true;
    this.#last = this.#goOn().catch((error) => this.#parts.failed(error));
  }

  /** The same, also of what was put off, and ends what has waited too long. */
  lookAgain(): void {
    this.#isOver = true;
    this.tend();
  }

  #isOver = false;

  /** Begins nothing from now on, and waits for the end of what is under way. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#last;
  }

  async #goOn(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false;
        await this.#all("judge", (holds) => this.#due(holds));
        if (!this.#isOver) continue;
        this.#isOver = false;
        const { isTight, quarantined } = this.#parts.limits();
        if (!isTight) await this.#all("judge", (holds) => holds.putOffBefore(most, quarantined));
        await this.#all("lapse", (holds) => holds.over(this.#parts.now(), most));
      }
    } finally {
      this.#isUnderway = false;
    }
  }

  /** Until when what is large rests. */
  readonly #resting = new Map<string, Time>();

  async #due(holds: Holds): Promise<string[]> {
    const now = this.#parts.now();
    for (const [id, until] of this.#resting) if (until <= now) this.#resting.delete(id);
    const due = await holds.due(most, [...this.#resting.keys()]);
    for (const { id, bytes } of due)
      if (bytes > large) {
        this.#resting.set(id, now + rest);
        setTimeout(() => this.tend(), rest).unref();
      }
    return due.map(({ id }) => id);
  }

  async #all(verb: "judge" | "lapse", next: (holds: Holds) => Promise<string[]>): Promise<void> {
    const holds = new Holds(this.#parts.store);
    const seen = new Set<string>();
    while (!this.#isClosed) {
      const ids = (await next(holds)).filter((id) => !seen.has(id));
      if (ids.length === 0) return;
      for (const id of ids) seen.add(id);
      await Promise.all(ids.map((id) => this.#parts.submit({ actor, kind: "hold", verb, id })));
    }
  }
}
