/**
 * How every write runs, whichever direction it comes from: one after the other, with its audit row, and enforced before
 * it is answered. What is refused changes nothing but the audit. Writes that wait at the same time are committed
 * together, since the disk takes as long for one as for many.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import { accessSnapshot } from "../directory/snapshot.ts";
import {
  type AccessChange,
  type AccessFile,
  AccessFileBusy,
  type AccessSnapshot,
  type PreparedAccess,
} from "../mercurial/access-file.ts";
import type { Runtime } from "../releases/runtime.ts";
import { TransactionLost, tentatively } from "../store/savepoint.ts";
import type { Store } from "../store/schema.ts";
import { type AuditEntry, writeAudit } from "./audit.ts";
import { Serial } from "./serial.ts";

/** Who does what to what. */
export interface WriteRequest {
  /** `scim:okta`, `admin:ci`. */
  readonly actor: string;
  /** `user.create`, `release.activate`, … */
  readonly operation: string;
  readonly target: string;
}

/** What a write does to the world besides its rows. */
export interface WriteEffect<T> {
  readonly value: T;
  /** What changes in the access file; a whole snapshot when a release changes. */
  readonly access: readonly AccessChange[] | AccessSnapshot;
  /** For the audit: one line, without secrets. */
  readonly detail: string;
  /** The target's name, where it is only known now. */
  readonly target?: string;
  readonly status: number;
  /** Runs when everything is committed; only beside a snapshot. */
  readonly committed?: () => void;
}

/** Why a write is refused; each direction has its own form of it. */
export interface RefusedWrite {
  readonly status: number;
  readonly detail: string;
  /** What is wrong in particular, where there is more than one thing. */
  readonly problems?: readonly string[];
}

/** The most writes in one commit: reads wait for all of them, some 0.3 ms each. */
const largestBatch = 64;

// the audit is read by people: the rest of a thousand problems is in the answer
const mostAuditedProblems = 5;

/** How long after a failure the access file is tried again, in milliseconds. */
const mendingPause = 1_000;

/** The longest detail of an audit row, in characters: a name in it comes from outside. */
const longestDetail = 4_000;

export type WriteResult<T, E extends RefusedWrite> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** One write, given its transaction, what is active, and the time: milliseconds since 1970. */
export type Work<T, E extends RefusedWrite> = (
  store: Store,
  runtime: Runtime | null,
  now: number,
) => Promise<WriteResult<WriteEffect<T>, E>>;

/** Something failed that is nobody's mistake: the client should try again. */
export class Unavailable extends Error {}

/** A write that waits for its turn, and for the commit after it. */
interface Waiting {
  readonly request: WriteRequest;
  readonly work: Work<unknown, RefusedWrite>;
  readonly answer: (result: WriteResult<unknown, RefusedWrite>) => void;
  readonly fail: (error: unknown) => void;
}

/** What the writes of one commit come to. */
interface Batch {
  /** What is told to whom when it is committed. */
  readonly answers: (() => void)[];
  readonly audit: AuditEntry[];
  access: AccessChange[] | AccessSnapshot;
  /** Runs when everything is committed. */
  committed: (() => void) | undefined;
}

export class Writer {
  readonly #serial = new Serial();
  readonly #store: Store;
  readonly #access: AccessFile;
  readonly #log: FastifyBaseLogger;
  #waiting: Waiting[] = [];
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Null when no release is active. */
  runtime: Runtime | null = null;
  /** Whether the access file may lack what the store has, because writing it failed. */
  #stale = true;
  #isClosed = false;

  constructor(store: Store, access: AccessFile, log: FastifyBaseLogger, clock: () => number = Date.now) {
    this.#store = store;
    this.#access = access;
    this.#log = log;
    this.now = clock;
  }

  /**
   * Runs one write. `work` gets the transaction and the runtime, and answers its effect or a refusal.
   *
   * @throws {Unavailable} when it could not be stored or enforced; a repeat is safe
   */
  run<T, E extends RefusedWrite>(request: WriteRequest, work: Work<T, E>): Promise<WriteResult<T, E>> {
    return new Promise((resolve, reject) => {
      const answer = resolve as Waiting["answer"];
      if (this.#waiting.push({ request, work, answer, fail: reject }) === 1)
        // whoever else has just asked comes along
        setImmediate(() => void this.#serial.run(() => this.#runWaiting()));
    });
  }

  /** Makes the access file equal to what the store says. Runs at start, and after a failure. */
  async reconcile(): Promise<void> {
    await this.#serial.run(() => this.#rebuild());
  }

  /** Waits until no write is under way, and begins none by itself from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    do await this.#serial.run(() => nextTurn());
    while (this.#waiting.length > 0);
  }

  async #runWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const writes = this.#waiting.slice(0, largestBatch);
      let taken = writes.length;
      try {
        if (this.#stale) await this.#rebuild();
        taken = await this.#commit(writes);
      } catch (error) {
        const told = this.#unavailable(error);
        for (const { fail } of writes) fail(told);
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
   * Commits as many of the writes as go together, from the first one on, and answers them; returns how many.
   *
   * @throws when none of them is stored
   */
  async #commit(writes: readonly Waiting[]): Promise<number> {
    let prepared: PreparedAccess | undefined;
    let batch: Batch;
    try {
      batch = await this.#store.transaction().execute(async (store) => {
        const done = await this.#perform(store, writes);
        await writeAudit(store, done.audit);
        const { access } = done;
        if ("accounts" in access) prepared = await this.#access.prepareSnapshot(access);
        else if (access.length > 0) prepared = await this.#access.prepare(access);
        return done;
      });
    } catch (error) {
      prepared?.rollback();
      throw error;
    }
    try {
      prepared?.commit();
      for (const answer of batch.answers) answer();
    } catch (error) {
      // stored, but not enforced: it is not acknowledged, and the next write begins with mending the file
      this.#stale = true;
      this.#log.error(error, "the access file could not be written");
      this.#mendSoon();
      for (const { fail } of writes.slice(0, batch.answers.length))
        fail(new Unavailable("the change is stored but not enforced yet"));
    } finally {
      batch.committed?.();
    }
    return batch.answers.length;
  }

  /** Does the writes in their order, each as if it were alone. A release is the last one, since it changes how the next are judged. */
  async #perform(store: Store, writes: readonly Waiting[]): Promise<Batch> {
    const changes: AccessChange[] = [];
    const batch: Batch = { answers: [], audit: [], access: changes, committed: undefined };
    for (const { request, work, answer, fail } of writes) {
      let result: Awaited<ReturnType<typeof work>>;
      try {
        result = await tentatively(store, () => work(store, this.runtime, this.now()));
      } catch (error) {
        if (error instanceof TransactionLost) throw error;
        batch.answers.push(() => fail(error));
        continue;
      }
      if (!result.ok) {
        batch.audit.push(this.#entry(request, "refused", result.error));
        batch.answers.push(() => answer(result));
        continue;
      }
      const { value, access, target, committed } = result.value;
      batch.audit.push(
        this.#entry(target === undefined ? request : { ...request, target }, "done", result.value),
      );
      batch.answers.push(() => answer({ ok: true, value }));
      if ("accounts" in access) return { ...batch, access, committed };
      changes.push(...access);
    }
    return batch;
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

  async #rebuild(): Promise<void> {
    const prepared = await this.#access.prepareSnapshot(await accessSnapshot(this.#store, this.runtime));
    prepared.commit();
    this.#stale = false;
  }

  #entry(
    request: WriteRequest,
    outcome: "done" | "refused",
    { status, detail, problems = [] }: RefusedWrite,
  ): AuditEntry {
    const all = [detail, ...problems.slice(0, mostAuditedProblems)].join("; ");
    const text = all.length > longestDetail ? `${all.slice(0, longestDetail)}…` : all;
    const release = this.runtime?.active.digest ?? null;
    return { ...request, at: this.now(), outcome, status, release, detail: text };
  }
}
