/**
 * Tells whom the environment's alerts name of what happened. It works beside the operations: it waits for receivers, reads by a
 * connection of its own, and has the writer's turn only for as long as a few rows take. Whatever it does is done again after
 * kill -9, so that each receiver hears of each matter at least once, by the same id.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";
import { pauseAfter } from "./backoff.ts";
import {
  type Discarded,
  discard,
  type Letter,
  nextDue,
  nextMoment,
  type Settled,
  sendAgain,
  settle,
} from "./deliveries.ts";
import { type AlertEvent, raise } from "./event.ts";
import { passOn } from "./heirs.ts";
import { lettersOf } from "./letters.ts";
import {
  endCoolDowns,
  type Moment,
  newestEvent,
  newId,
  nextDigest,
  prune,
  routedUntil,
  routeEvents,
} from "./outbox.ts";
import { testPayload } from "./payload.ts";
import { destinationsOf } from "./routing.ts";
import type { Sender } from "./sender.ts";
import { type Attempt, failed } from "./webhook.ts";

export interface AlertsParts {
  /** For reads, which see what is committed and never wait for a write. */
  readonly reads: Store;
  /** Stores something in a turn and transaction of its own between operations. */
  readonly store: <T>(work: (store: Store) => Promise<T>) => Promise<T>;
  /** Whether there is room for nothing but what takes access away. */
  readonly isTight: () => boolean;
  readonly moment: () => Moment;
  /** By whose alerts it is told: the release that runs, or the last one that did. */
  readonly release: () => Promise<Release | undefined>;
  readonly sender: Sender;
  readonly log: FastifyBaseLogger;
}

/** What came of a test. */
export interface Tested {
  readonly destination: string;
  readonly taken: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** How long nobody looks at the outbox, if nobody says that there is something. */
const longestRest: Milliseconds = 1_000;
/** Who writes much makes many events: they are gathered so long, so that writes do not wait for as many commits. */
const gathering: Milliseconds = 100;
/** The most that is sent at once, one at a time to each destination. */
const mostAtOnce = 32;
/** After a failure a destination is left alone so long, whatever else waits for it. */
const rest: Milliseconds = 1_000;
/** An attempt is over then, whatever it waits for. */
const longestAttempt: Milliseconds = 60_000;
const pruning: Milliseconds = 3_600_000;
/** The most that is kept in memory, of what cannot be stored. */
const mostInMemory = 200;

export class Alerts {
  readonly #parts: AlertsParts;
  readonly #end = new AbortController();
  #wake: () => void = () => {};
  #isAwake = false;
  #hurry: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  /** What happened outside of a transaction, and is to be stored. */
  #told: AlertEvent[] = [];
  /** What is sent without a row, since there was no room for one. */
  #letters: (Letter & { readonly due: Milliseconds })[] = [];
  /** What came of attempts and cannot be stored now, by the row: it is not sent again. */
  readonly #unstored = new Map<number, { readonly attempts: number; readonly result: Settled }>();
  /** The destinations to which something is under way. */
  readonly #underway = new Map<string, Promise<void>>();
  /** Until when a destination is left alone. */
  readonly #resting = new Map<string, Milliseconds>();
  #routed: number | undefined;
  #pruned = Number.NEGATIVE_INFINITY;
  #failure: string | undefined;

  constructor(parts: AlertsParts) {
    this.#parts = parts;
  }

  /** Begins: what was left by an earlier process goes on. */
  start(): void {
    this.#running = this.#run();
  }

  /** Looks soon whether there is something to do. */
  readonly wake = (): void => {
    this.#isAwake = true;
    this.#wake();
  };

  /** Tells of what happened outside of a transaction. It never fails, and keeps nobody waiting. */
  readonly tell = (...events: readonly AlertEvent[]): void => {
    this.#told.push(...events);
    // whoever floods it has been told of
    if (this.#told.length > mostInMemory) this.#told = this.#told.slice(-mostInMemory);
    this.wake();
    if (events.length > 0) this.#hurry();
  };

  /**
   * Sends a test at once, and answers what came of it.
   *
   * @param to one destination; all of the release's when it is left out
   * @returns nothing where the release has no such destination
   */
  async test(to?: string): Promise<readonly Tested[]> {
    const release = await this.#parts.release();
    const all = release ? destinationsOf(release) : [];
    if (!release) return [];
    const { at } = this.#parts.moment();
    return Promise.all(
      all
        .filter((destination) => to === undefined || destination === to)
        .map(async (destination): Promise<Tested> => {
          const body = JSON.stringify(testPayload(release.environment, at));
          const attempt = await this.#attempt(release, { id: newId(), destination, body });
          return attempt.kind === "taken"
            ? { destination, taken: true }
            : { destination, taken: false, reason: attempt.reason };
        }),
    );
  }

  /**
   * Has what was given up sent again: by ids, or all of it. Answers how many.
   *
   * @param noted stores with them who wanted it, where there are any
   */
  async sendAgain(
    ids: readonly string[] | "dead",
    noted: (store: Store, count: number) => Promise<void>,
  ): Promise<number> {
    const release = await this.#parts.release();
    const now = this.#parts.moment();
    const count = await this.#parts.store(async (store) => {
      const again = await sendAgain(store, ids, now.measured);
      if (release) await passOn(store, release, now);
      if (again > 0) await noted(store, again);
      return again;
    });
    this.#resting.clear();
    this.wake();
    return count;
  }

  /**
   * Has what was given up taken away: by ids, or all of it. Answers how many.
   *
   * @param noted stores with it who wanted that, where there is any
   */
  discard(
    ids: readonly string[] | "dead",
    noted: (store: Store, discarded: readonly Discarded[]) => Promise<void>,
  ): Promise<number> {
    return this.#parts.store(async (store) => {
      const discarded = await discard(store, ids);
      if (discarded.length > 0) await noted(store, discarded);
      return discarded.length;
    });
  }

  /** Ends. What is under way is sent again by the next process. */
  async close(): Promise<void> {
    this.#end.abort();
    this.wake();
    await this.#running;
    await Promise.all(this.#underway.values());
    // what nobody has stored yet
    await this.#store().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { log } = this.#parts;
    while (!this.#end.signal.aborted) {
      this.#isAwake = false;
      let pause = longestRest;
      try {
        await this.#store();
        await this.#sendDue();
        pause = await this.#untilNext();
        this.#failure = undefined;
      } catch (error) {
        // the log may be on the disk that is full
        const { message } = error as Error;
        if (this.#failure !== message) log.error(error, "alerts cannot be stored or read now");
        this.#failure = message;
      }
      await this.#rest(pause);
    }
  }

  /** Waits for as long, or until somebody says that there is something. */
  async #rest(pause: Milliseconds): Promise<void> {
    const { signal } = this.#end;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const timer = new AbortController();
    const over = sleep(pause, undefined, { ref: false, signal: timer.signal }).catch(() => undefined);
    if (!this.#isAwake && !signal.aborted) await Promise.race([woken, over]);
    timer.abort();
    // what is nowhere but in memory is not gathered for: kill -9 would take it
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    const gathered = new AbortController();
    const either = AbortSignal.any([signal, gathered.signal]);
    const gather = sleep(gathering, undefined, { ref: false, signal: either }).catch(() => undefined);
    if (!signal.aborted && this.#told.length === 0) await Promise.race([gather, hurried]);
    gathered.abort();
  }

  /** Stores what was told, makes deliveries of events, and notes what came of attempts, where there is any of that. */
  async #store(): Promise<void> {
    const { reads, store, isTight, moment } = this.#parts;
    if (isTight()) return this.#keepInMemory();
    const before = this.#routed ?? (await routedUntil(reads));
    this.#routed = before;
    const { measured } = moment();
    const isRouted = (await newestEvent(reads)) <= before;
    const digest = await nextDigest(reads);
    const isOld = measured - this.#pruned >= pruning;
    const hasDigest = digest !== undefined && digest <= measured;
    if (isRouted && !hasDigest && !isOld && this.#told.length === 0 && this.#unstored.size === 0) return;
    const release = await this.#parts.release();
    const told = this.#told;
    const results = [...this.#unstored];
    this.#routed = await store(async (store) => {
      const now = moment();
      await raise(store, now.at, told);
      for (const [sequence, { attempts, result }] of results)
        await settle(store, sequence, attempts, result, now);
      await endCoolDowns(store, release, now);
      if (release) await passOn(store, release, now);
      if (isOld) await prune(store, now.at);
      return routeEvents(store, release, now);
    });
    this.#told = this.#told.filter((event) => !told.includes(event));
    for (const [sequence] of results) this.#unstored.delete(sequence);
    if (isOld) this.#pruned = measured;
    // more than go into one transaction
    if (this.#routed > before && (await newestEvent(reads)) > this.#routed) this.wake();
  }

  /** Without room for rows, what was told is sent all the same, as well as it goes. */
  async #keepInMemory(): Promise<void> {
    if (this.#told.length === 0) return;
    const release = await this.#parts.release();
    const told = this.#told;
    this.#told = [];
    if (!release) return;
    const { at, measured } = this.#parts.moment();
    const letters = lettersOf(release, told, at).map((letter) => ({ ...letter, due: measured }));
    const matters = new Set(this.#letters.map(({ destination, matter }) => `${destination} ${matter}`));
    for (const letter of letters) {
      const matter = `${letter.destination} ${letter.matter}`;
      if (matters.has(matter) || this.#letters.length >= mostInMemory) continue;
      matters.add(matter);
      this.#letters.push(letter);
    }
  }

  /** Sends what is due, and waits for none of it. */
  async #sendDue(): Promise<void> {
    const { reads, moment } = this.#parts;
    const { measured } = moment();
    for (const [destination, until] of this.#resting)
      if (until <= measured) this.#resting.delete(destination);
    while (this.#underway.size < mostAtOnce) {
      const busy = [...this.#underway.keys(), ...this.#resting.keys()];
      const isReady = ({ destination, due }: { readonly destination: string; readonly due: Milliseconds }) =>
        due <= measured && !busy.includes(destination);
      const letter =
        this.#letters.find(isReady) ??
        (await nextDue(reads, measured, { destinations: busy, sequences: [...this.#unstored.keys()] }));
      if (!letter) return;
      const { destination } = letter;
      this.#underway.set(
        destination,
        this.#sendOne(letter)
          .catch((error) => this.#parts.log.error(error, "an alert could not be sent"))
          .finally(() => {
            this.#underway.delete(destination);
            this.wake();
          }),
      );
    }
  }

  async #sendOne(letter: Letter): Promise<void> {
    const { log, moment, store, isTight } = this.#parts;
    const { destination, matter, id, sequence } = letter;
    const release = await this.#parts.release();
    const attempt = release
      ? await this.#attempt(release, letter)
      : failed("no release was ever active that says where to");
    // the next process does it again
    if (attempt.kind === "failed" && this.#end.signal.aborted) return;
    const attempts = letter.attempts + 1;
    const result = settledBy(attempt, attempts, letter);
    const { measured } = moment();
    if (attempt.kind === "failed") {
      this.#resting.set(destination, measured + Math.max(rest, attempt.wait ?? 0));
      const facts = { destination, matter, id, attempts };
      if (result.state === "dead")
        log.error(
          facts,
          `an alert is given up: ${attempt.reason}; hgscim alerts retry sends it again once that is mended`,
        );
      else if (attempts === 1) log.warn(facts, `an alert cannot be delivered now: ${attempt.reason}`);
    } else if (letter.attempts > 0) log.info({ destination, matter, id, attempts }, "an alert is delivered");
    if (sequence === undefined) {
      this.#letters = this.#letters.filter((other) => other.id !== id);
      if (result.state === "waiting")
        this.#letters.push({ ...letter, attempts, due: measured + result.pause });
      return;
    }
    const later = () => void this.#unstored.set(sequence, { attempts, result });
    if (isTight()) return later();
    await store((store) => settle(store, sequence, attempts, result, moment())).catch(later);
  }

  /** One attempt, which ends whatever it waits for. */
  async #attempt(release: Release, letter: Pick<Letter, "id" | "destination" | "body">): Promise<Attempt> {
    const timer = new AbortController();
    const over = sleep(longestAttempt, failed("it took too long"), { ref: false, signal: timer.signal });
    try {
      return await Promise.race([
        this.#parts.sender.send(release, letter, this.#end.signal),
        over.catch(() => failed("it took too long")),
      ]);
    } catch (error) {
      this.#parts.log.error(error, "an alert could not be sent");
      return failed("the agent failed; its log says why");
    } finally {
      timer.abort();
    }
  }

  /** How long there is nothing to do, at most. */
  async #untilNext(): Promise<Milliseconds> {
    const { reads, moment } = this.#parts;
    const next = await nextMoment(reads);
    const { measured } = moment();
    const moments = [next, ...this.#resting.values(), ...this.#letters.map(({ due }) => due)];
    const ahead = moments.flatMap((one) => (one !== undefined && one > measured ? one - measured : []));
    return Math.min(longestRest, ...ahead);
  }
}

/** What an attempt means for what was sent. */
function settledBy(attempt: Attempt, attempts: number, { retry }: Pick<Letter, "retry">): Settled {
  if (attempt.kind === "taken") return { state: "delivered" };
  const { reason, wait = 0, isLast } = attempt;
  if (isLast || attempts > retry.attempts) return { state: "dead", reason };
  return { state: "waiting", reason, pause: Math.max(wait, pauseAfter(attempts, retry)) };
}
