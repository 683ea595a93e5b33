/**
 * How every write runs, whichever direction it comes from: alone, in one transaction with its audit row, and enforced
 * before it is answered. What is refused changes nothing but the audit.
 */
import type { FastifyBaseLogger } from "fastify";
import {
  type AccessChange,
  type AccessFile,
  AccessFileBusy,
  type AccessSnapshot,
} from "../mercurial/access-file.ts";
import type { Runtime } from "../runtime.ts";
import { Serial } from "../serial.ts";
import { writeAudit } from "../store/audit.ts";
import type { Store } from "../store/schema.ts";
import { accessSnapshot } from "./snapshot.ts";

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
  /** Runs when everything is committed. */
  readonly committed?: () => void;
}

/** Why a write is refused; each direction has its own form of it. */
export interface RefusedWrite {
  readonly status: number;
  readonly detail: string;
  /** What is wrong in particular, where there is more than one thing. */
  readonly problems?: readonly string[];
}

// the audit is read by people: the rest of a thousand problems is in the answer
const mostAuditedProblems = 5;

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

class Rollback<E> extends Error {
  readonly error: E;
  constructor(error: E) {
    super("refused");
    this.error = error;
  }
}

export class Writer {
  readonly #serial = new Serial();
  readonly #store: Store;
  readonly #access: AccessFile;
  readonly #log: FastifyBaseLogger;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Null when no release is active. */
  runtime: Runtime | null = null;
  /** Whether the access file may lack what the store has, because writing it failed. */
  #stale = true;

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
  async run<T, E extends RefusedWrite>(request: WriteRequest, work: Work<T, E>): Promise<WriteResult<T, E>> {
    return this.#serial.run(async () => {
      if (this.#stale) await this.#rebuild();
      try {
        const value = await this.#commit(request, work);
        return { ok: true, value };
      } catch (error) {
        if (error instanceof Rollback) {
          const refusal = error.error as E;
          await this.#audit(this.#store, request, "refused", refusal);
          return { ok: false, error: refusal };
        }
        if (error instanceof AccessFileBusy) throw new Unavailable(error.message);
        throw error;
      }
    });
  }

  /** Makes the access file equal to what the store says. Runs at start, and after a failure. */
  async reconcile(): Promise<void> {
    await this.#serial.run(() => this.#rebuild());
  }

  /** Waits until no write is under way. */
  async idle(): Promise<void> {
    await this.#serial.run(async () => undefined);
  }

  async #commit<T, E extends RefusedWrite>(request: WriteRequest, work: Work<T, E>): Promise<T> {
    let prepared: Awaited<ReturnType<AccessFile["prepare"]>> | undefined;
    let effect: WriteEffect<T>;
    try {
      effect = await this.#store.transaction().execute(async (store) => {
        const result = await work(store, this.runtime, this.now());
        if (!result.ok) throw new Rollback(result.error);
        const { access, target } = result.value;
        await this.#audit(
          store,
          target === undefined ? request : { ...request, target },
          "done",
          result.value,
        );
        if ("accounts" in access) prepared = await this.#access.prepareSnapshot(access);
        else if (access.length > 0) prepared = await this.#access.prepare(access);
        return result.value;
      });
    } catch (error) {
      prepared?.rollback();
      throw error;
    }
    try {
      prepared?.commit();
    } catch (error) {
      // stored, but not enforced: it is not acknowledged, and the next write begins with mending the file
      this.#stale = true;
      this.#log.error(error, "the access file could not be written");
      throw new Unavailable("the change is stored but not enforced yet");
    } finally {
      effect.committed?.();
    }
    return effect.value;
  }

  async #rebuild(): Promise<void> {
    const prepared = await this.#access.prepareSnapshot(await accessSnapshot(this.#store, this.runtime));
    prepared.commit();
    this.#stale = false;
  }

  async #audit(
    store: Store,
    request: WriteRequest,
    outcome: "done" | "refused",
    { status, detail, problems = [] }: RefusedWrite,
  ): Promise<void> {
    const text = [detail, ...problems.slice(0, mostAuditedProblems)].join("; ");
    const release = this.runtime?.active.digest ?? null;
    await writeAudit(store, { ...request, at: this.now(), outcome, status, release, detail: text });
  }
}
