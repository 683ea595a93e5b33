/**
 * How operations are performed by a running agent: one after the other, each with its audit row, and enforced before it is
 * answered. Those that wait at the same time are committed together, since the disk takes as long for one as for many.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds, Time } from "../../model/time.ts";
import { endedRules } from "../../policy/ineffective.ts";
import type { AgentClock } from "../clock/clock.ts";
import { saveClock } from "../clock/row.ts";
import type { HostRules } from "../config.ts";
import { Directory } from "../directory/directory.ts";
import {
  type AccessEdit,
  type AccessFile,
  AccessFileBusy,
  type PreparedAccess,
} from "../mercurial/access-file.ts";
import { accessSnapshot, leaversOf } from "../releases/access-snapshot.ts";
import type { Evaluator } from "../releases/evaluator.ts";
import type { Runtime } from "../releases/runtime.ts";
import { TransactionLost } from "../store/savepoint.ts";
import type { Store } from "../store/schema.ts";
import { auditEntry, writeAudit } from "./audit.ts";
import type { Operation } from "./operation.ts";
import type { Outcome } from "./outcome.ts";
import { perform, type Resulting } from "./perform.ts";
import { Serial } from "./serial.ts";
import { tellOutcome } from "./told.ts";

/** The most operations in one commit: reads wait for all of them, some 0.3 ms each. */
const largestBatch = 64;

/** How long after a failure the access file is tried again. */
const mendingPause: Milliseconds = 1_000;

/** Something failed that is nobody's mistake: the client should try again. */
export class Unavailable extends Error {}

/** An operation that waits for its turn, and for the commit after it. */
interface Waiting {
  readonly operation: Operation;
  readonly answer: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/** What the operations of one commit come to. */
interface Batch {
  /** What is told to whom when it is committed. */
  readonly answers: readonly (() => void)[];
  readonly edits: readonly AccessEdit[];
  /** What is active from the commit on, where that changes. */
  readonly next?: Runtime | null;
  /** What time it is from the commit on, where an approver says another one. */
  readonly time?: Time;
}

export interface WriterParts {
  readonly store: Store;
  readonly access: AccessFile;
  readonly host: HostRules;
  /** Evaluates releases for everybody in other threads; without one, this one does. */
  readonly evaluation?: Evaluator;
  readonly log: FastifyBaseLogger;
  /** The time of everything that is written, and of everybody who asks this writer. */
  readonly clock: AgentClock;
  /** Null when no release is active. */
  readonly active: Runtime | null;
  /** Whether none is because the stored one cannot be trusted: people keep the access that the file gives them. */
  readonly keepsAccess?: boolean;
}

export class Writer {
  readonly #serial = new Serial();
  readonly #store: Store;
  readonly #access: AccessFile;
  readonly #host: HostRules;
  readonly #evaluation: Evaluator | undefined;
  readonly #log: FastifyBaseLogger;
  readonly clock: AgentClock;
  #active: Runtime | null;
  #keepsAccess: boolean;
  #waiting: Waiting[] = [];
  /** Whether the access file may lack what the store has, because writing it failed. */
  #stale = true;
  /** When the time was kept last. */
  #kept: Time;
  #isClosed = false;

  constructor({ store, access, host, evaluation, log, clock, active, keepsAccess = false }: WriterParts) {
    this.#store = store;
    this.#access = access;
    this.#host = host;
    this.#evaluation = evaluation;
    this.#log = log;
    this.clock = clock;
    this.#active = active;
    this.#keepsAccess = keepsAccess;
    this.#kept = clock.now();
  }

  /** What is active now; null when no release is. */
  get active(): Runtime | null {
    return this.#active;
  }

  /** Whether the access file goes on with what it holds, since the stored release cannot be trusted. */
  get keepsAccess(): boolean {
    return this.#keepsAccess;
  }

  /**
   * Performs an operation when its turn comes.
   *
   * @throws {Unavailable} when it could not be stored or enforced; a repeat is safe
   */
  submit<O extends Operation>(operation: O): Promise<Outcome<Resulting<O>>> {
    return new Promise((resolve, reject) => {
      const answer = resolve as Waiting["answer"];
      if (this.#waiting.push({ operation, answer, fail: reject }) === 1)
        // whoever else has just asked comes along
        setImmediate(() => void this.#serial.run(() => this.#performWaiting()));
    });
  }

  /** Makes the access file equal to what the store says. Runs at start, and after a failure. */
  async reconcile(): Promise<void> {
    await this.#serial.run(() => this.#rebuild());
  }

  /**
   * Looks at the clock, as it is to be done now and then. Keeps how late it is, for the next process, and takes what has ended
   * meanwhile out of the access file, for the host's clock may be set back.
   */
  async keepTime(): Promise<void> {
    const keep = async () => {
      const reading = this.clock.read();
      await saveClock(this.#store, reading);
      const { permissions = {} } = this.#active?.program.release ?? {};
      const [before, by] = [this.#kept, reading.now].map((time) => endedRules({ permissions }, time).length);
      if (before !== by) await this.#rebuild();
      this.#kept = reading.now;
    };
    await this.#serial.run(keep).catch((error) => this.#log.error(error, "the time cannot be kept"));
  }

  /** Waits until nothing is under way, and begins nothing by itself from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    do await this.#serial.run(() => nextTurn());
    while (this.#waiting.length > 0);
    await this.keepTime();
  }

  async #performWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, largestBatch);
      let taken = some.length;
      try {
        if (this.#stale) await this.#rebuild();
        taken = await this.#commit(some);
      } catch (error) {
        const told = this.#unavailable(error);
        for (const { fail } of some) fail(told);
      }
      this.#waiting = this.#waiting.slice(taken);
      await nextTurn();
    }
  }

  /** What the clients are told of a commit that did not come about: nothing is stored, and a repeat is safe. */
  #unavailable(error: unknown): Unavailable {
    if (error instanceof AccessFileBusy) return new Unavailable(error.message);
    this.#log.error(error, "nothing can be stored now");
    return new Unavailable("nothing can be stored now; the agent's log says why");
  }

  /**
   * Commits as many of the operations as go together, from the first one on, and answers them; returns how many.
   *
   * @throws when none of them is stored
   */
  async #commit(waiting: readonly Waiting[]): Promise<number> {
    let prepared: PreparedAccess | undefined;
    let batch: Batch;
    try {
      batch = await this.#store.transaction().execute(async (store) => {
        const done = await this.#performAll(store, waiting);
        const { edits, next } = done;
        if (next !== undefined)
          prepared = await this.#access.prepareSnapshot(
            await accessSnapshot(new Directory(store), next, done.time ?? this.clock.now()),
          );
        else if (edits.length > 0) prepared = await this.#access.prepare(edits);
        return done;
      });
    } catch (error) {
      prepared?.rollback();
      throw error;
    }
    const { answers, next, time } = batch;
    if (time !== undefined) this.clock.set(time);
    try {
      prepared?.commit();
      // who is answered may look at once at what is active
      if (next !== undefined) this.#goOnWith(next);
      for (const answer of answers) answer();
    } catch (error) {
      // stored, but not enforced: it is not acknowledged, and the next operation begins with mending the file
      if (next !== undefined) this.#goOnWith(next);
      this.#stale = true;
      this.#log.error(error, "the access file could not be written");
      this.#mendSoon();
      for (const { fail } of waiting.slice(0, answers.length))
        fail(new Unavailable("the change is stored but not enforced yet"));
    }
    return answers.length;
  }

  /** Performs them in their order, each as if it were alone. A release is the only one, since it changes how the next are judged. */
  async #performAll(store: Store, waiting: readonly Waiting[]): Promise<Batch> {
    const active = this.#active;
    const release = active?.active.digest ?? null;
    const answers: (() => void)[] = [];
    const edits: AccessEdit[] = [];
    const audit: ReturnType<typeof auditEntry>[] = [];
    let next: Runtime | null | undefined;
    let time: Time | undefined;
    for (const { operation, answer, fail } of waiting) {
      // it is judged by another thread, which sees what is committed
      if (operation.kind === "release" && answers.length > 0) break;
      const reading = this.clock.read();
      let outcome: Outcome;
      try {
        outcome = await perform(operation, {
          store,
          active,
          host: this.#host,
          ...(this.#evaluation && { evaluation: this.#evaluation }),
          ...reading,
        });
      } catch (error) {
        if (error instanceof TransactionLost) throw error;
        answers.push(() => fail(error));
        continue;
      }
      audit.push(auditEntry(operation, outcome, { at: reading.now, release }));
      answers.push(() => {
        tellOutcome(this.#log, operation, outcome);
        answer(outcome);
      });
      if (outcome.kind !== "done") continue;
      if (outcome.effect.of === "clock") time = reading.clock.system;
      if (outcome.changes === "everything") {
        next = outcome.resource as Runtime | null;
        break;
      }
      // one by one: a group has more members than a call has arguments
      for (const edit of outcome.changes) edits.push(edit);
    }
    await writeAudit(store, audit);
    const { clock, now } = this.clock.read();
    // what is measured from here on counts from what is kept
    if (next !== undefined || time !== undefined) await saveClock(store, { clock, now: time ?? now });
    return { answers, edits, ...(next !== undefined && { next }), ...(time !== undefined && { time }) };
  }

  /** Tries to make the access file whole again, until it is: nobody else may write for hours. */
  #mendSoon(): void {
    setTimeout(() => {
      const mend = async () => {
        if (this.#stale && !this.#isClosed) await this.#rebuild();
      };
      this.#serial.run(mend).catch((error) => {
        this.#log.error(error, "the access file still cannot be written");
        this.#mendSoon();
      });
    }, mendingPause).unref();
  }

  #goOnWith(next: Runtime | null): void {
    this.#active = next;
    this.#keepsAccess = false;
  }

  async #rebuild(): Promise<void> {
    const directory = new Directory(this.#store);
    const prepared = this.#keepsAccess
      ? await this.#access.prepare(await leaversOf(directory))
      : await this.#access.prepareSnapshot(await accessSnapshot(directory, this.#active, this.clock.now()));
    prepared.commit();
    this.#stale = false;
  }
}
