/**
 * How operations are performed by a running agent: one after the other, each with its audit row, and enforced before it is
 * answered. Those that wait at the same time are committed together, since the disk takes as long for one as for many.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Health } from "../../api/contract.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { endedRules } from "../../policy/ineffective.ts";
import type { VerificationFinding } from "../../report/verification.ts";
import type { SecretStores } from "../../secrets/stores/stores.ts";
import type { AgentClock } from "../clock/clock.ts";
import { saveClock } from "../clock/row.ts";
import type { HostRules } from "../config.ts";
import { Directory } from "../directory/directory.ts";
import type { AccessFile, PreparedAccess } from "../mercurial/access-file.ts";
import type { Probed } from "../mercurial/access-rows.ts";
import { accessSnapshot } from "../releases/access-snapshot.ts";
import type { Untrusted } from "../releases/archive.ts";
import type { Entrance } from "../releases/doors.ts";
import { type Evaluator, settingOf } from "../releases/evaluator.ts";
import { keepRepositories } from "../releases/known-repositories.ts";
import type { Removals } from "../releases/removals.ts";
import { ReviewedEffects } from "../releases/reviewed-effects.ts";
import type { Runtime } from "../releases/runtime.ts";
import { releaseOf, type Serving, serve, serveBy } from "../releases/serving.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { newestAudit } from "../store/audit-end.ts";
import type { Store } from "../store/schema.ts";
import { type Batch, performBatch } from "./batch.ts";
import { bodyReader } from "./body-reader.ts";
import { endTaken } from "./break-glass-ends.ts";
import type { Disk } from "./disk.ts";
import { Enforcement } from "./enforcement.ts";
import { fill } from "./fill.ts";
import { healthOf } from "./health.ts";
import { Holds } from "./held/holds.ts";
import { Tending } from "./held/tending.ts";
import { Judgements } from "./judgements.ts";
import { LongWrites } from "./long-writes.ts";
import type { Operation } from "./operation.ts";
import type { Outcome, RosterMove } from "./outcome.ts";
import type { Resulting } from "./perform.ts";
import { type QuarantinedConnector, type Quarantines, quarantinedOf } from "./quarantine/quarantines.ts";
import { type HeldBack, type LastWord, Queue } from "./queue.ts";
import { moveEdits } from "./roster-move.ts";
import { Serial } from "./serial.ts";
import { Unavailable, unavailableFor } from "./unavailable.ts";
import { noteReplaced } from "./verification/noted.ts";
import type { Waiting } from "./waiting.ts";

/** How long whoever waits for rest waits before they look again. */
const restPause: Milliseconds = 20;

export interface WriterParts {
  readonly store: Store;
  readonly access: AccessFile;
  readonly host: HostRules;
  /** Where the secrets of releases are read; without them, only the environment and files have some. */
  readonly stores?: SecretStores;
  /** What the store and the access file are on; without one, there is always room. */
  readonly disk?: Disk;
  /** Evaluates releases for everybody in other threads; without one, this one does. */
  readonly evaluation?: Evaluator;
  readonly log: FastifyBaseLogger;
  /** The time of everything that is written, and of everybody who asks this writer. */
  readonly clock: AgentClock;
  /** Null when no release is active. */
  readonly active: Runtime | null;
  /**
   * Of connectors that it does not have, or of all where the stored one cannot be trusted: then people keep the access that the
   * file gives them, or lose it by this.
   */
  readonly removals?: Removals | undefined;
  /** How connectors stand; in order where it is absent. */
  readonly quarantines?: Quarantines;
  /** Told of each operation that is asked for, and of what came of it. */
  readonly watch?: Watch;
  /** Stores what has to be before anything else, where it could not be yet. */
  readonly first?: () => Promise<void>;
  /** Is told that something may have happened that somebody is to be told of. */
  readonly committed?: () => void;
  /** Verifies what became active, and has the last word of it. */
  readonly settle?: LastWord;
  /** Why everything is refused, where an earlier process has shut the access file. */
  readonly shutBecause?: string | undefined;
}

/** Told of an operation when it begins to wait, and by what it answers, of what came of it; of nothing where it could not be stored. */
export type Watch = (operation: Operation) => (outcome: Outcome | undefined) => void;

export class Writer {
  readonly #serial = new Serial();
  readonly #store: Store;
  readonly #access: AccessFile;
  readonly #host: HostRules;
  readonly #stores: SecretStores | undefined;
  readonly #disk: Disk | undefined;
  readonly #watch: Watch;
  #quarantines: Quarantines;
  readonly #evaluation: Evaluator | undefined;
  readonly #log: FastifyBaseLogger;
  readonly clock: AgentClock;
  #serving: Serving;
  readonly #enforcement: Enforcement;
  readonly #longWrites: LongWrites;
  readonly #judgements: Judgements;
  readonly #committed: (() => void) | undefined;
  readonly #settle: LastWord | undefined;
  #shutBecause: string | undefined;
  /** What Mercurial goes by otherwise than by the store, as far as it is known. */
  #standing: readonly VerificationFinding[] = [];
  readonly #queue = new Queue();
  readonly #tending: Tending;
  #isScheduled = false;
  /** When the time was kept last. */
  #kept: Time;

  constructor(parts: WriterParts) {
    const { store, access, host, disk, evaluation, log, clock, active, removals, first } = parts;
    const { committed, watch, quarantines } = parts;
    this.#committed = committed;
    this.#settle = parts.settle;
    this.#shutBecause = parts.shutBecause;
    this.#store = store;
    this.#access = access;
    this.#host = host;
    this.#stores = parts.stores;
    this.#disk = disk;
    this.#watch = watch ?? (() => () => undefined);
    this.#quarantines = quarantines ?? new Map();
    this.#evaluation = evaluation;
    this.#log = log;
    this.clock = clock;
    this.#serving = serve(active, removals);
    this.#kept = clock.now();
    this.#enforcement = new Enforcement({
      access,
      log,
      serial: this.#serial,
      fill: async (isReplaced) => {
        await first?.();
        return fill(access, this.#here(store), log, { isReplaced, isShut: this.#isShut });
      },
      mended: () => noteReplaced(store, clock.now(), log),
    });
    const submit = (some: readonly Waiting[]) => {
      this.#queue.putBack(some);
      this.#schedule();
    };
    const holdBack = (whom: HeldBack) => this.#queue.holdBack(whom);
    this.#tending = new Tending({
      store,
      now: () => clock.now(),
      submit: (operation) => this.submit(operation),
      limits: () => ({
        isTight: this.isTight,
        quarantined: this.quarantined.map(({ connector }) => connector),
      }),
      failed: (error) => log.error(error, "what is held cannot be looked at now"),
    });
    this.#judgements = new Judgements({ here: () => this.#here(store), holdBack, submit });
    this.#longWrites = new LongWrites({
      directory: new Directory(store),
      step: (work) =>
        this.#inTurn(() => store.transaction().execute((within) => work(new Directory(within)))),
      program: () => this.active?.program,
      isTight: () => this.#disk?.isTight() ?? false,
      ...bodyReader(evaluation, () => settingOf({ active: null, ...clock.read() })),
      submit,
      enforce: (move) => this.#enforce(move),
      unavailable: (error) => unavailableFor(error, log),
      notCleared: (error) => log.error(error, "members of no group are still stored"),
    });
  }

  /** What is active now; null when no release is. */
  get active(): Runtime | null {
    return this.#serving.active;
  }

  /** By what identity providers are served: what is active, and what takes access away beside it. */
  get serving(): Serving {
    return this.#serving;
  }

  /** The connectors that only take access away, since too many of their writes failed. */
  get quarantined(): readonly QuarantinedConnector[] {
    return quarantinedOf(this.#quarantines, this.active?.program.release, this.clock.now());
  }

  /** What this does not do now. */
  get health(): Health {
    return healthOf({
      isBehind: this.#enforcement.isBehind,
      isTight: this.#disk?.isTight() ?? false,
      serving: this.#serving,
      quarantined: this.quarantined,
      clock: this.clock.read(),
      standing: this.#standing,
      shutBecause: this.#shutBecause,
    });
  }

  get #isShut(): boolean {
    return this.#shutBecause !== undefined;
  }

  /** Why everything is refused until a release is deployed; undefined where it is not. */
  get shutBecause(): string | undefined {
    return this.#shutBecause;
  }

  /** Remembers what Mercurial goes by otherwise than by the store, for whoever asks how the agent is. */
  stands(findings: readonly VerificationFinding[]): void {
    this.#standing = findings;
  }

  /** Why the access file goes on with what it holds, where the stored release cannot be trusted. */
  get untrusted(): Untrusted | undefined {
    return this.#serving.removals?.notRun?.why;
  }

  /**
   * Performs an operation when its turn comes.
   *
   * @param with `bytes`, the body of an operation on a group, whose own is empty then, as it came, where it is too large to be
   * read at once; `isStillLetIn`, whether who sent it may do it by then
   * @throws {Unavailable} when it could not be stored or enforced; a repeat is safe
   */
  submit<O extends Operation>(
    operation: O,
    request: Pick<Waiting, "bytes" | "isStillLetIn"> = {},
  ): Promise<Outcome<Resulting<O>>> {
    const end = this.#watch(operation);
    const settle = this.#settle;
    return new Promise((resolve, reject) => {
      const answer: Waiting["answer"] = (outcome) => {
        end(outcome);
        resolve(outcome as Outcome<Resulting<O>>);
      };
      const fail: Waiting["fail"] = (error) => {
        end(undefined);
        reject(error);
      };
      this.#queue.add(operation, { ...request, answer, fail, ...(settle && { settle }) });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#queue.hasNext) return;
    this.#isScheduled = true;
    // whoever else has just asked comes along
    setImmediate(() => void this.#serial.run(() => this.#performWaiting()));
  }

  /** Makes the access file equal to what the store says, now or as soon as it can be written, and keeps it so. Runs at start. */
  async reconcile(): Promise<void> {
    await this.#enforcement.begin();
    await this.#disk?.keepRoom();
    this.#longWrites.clear();
    // a rule may have ended while no agent ran
    await this.#serial
      .run(() => new Holds(this.#store).haveCausesJudged())
      .catch((error) => this.#log.error(error, "what is held cannot be judged again now"));
    this.#tending.lookAgain();
  }

  /**
   * Looks at the clock, as it is to be done now and then. Keeps how late it is, and how far the audit is, for the next process, and
   * takes what has ended meanwhile out of the access file, for the host's clock may be set back.
   */
  async keepTime(): Promise<void> {
    const keep = async () => {
      const reading = this.clock.read();
      await saveClock(this.#store, this.clock.kept);
      const { permissions = {} } = this.active?.program.release ?? {};
      const [before, by] = [this.#kept, reading.now].map((time) => endedRules({ permissions }, time).length);
      const over = await this.#endTaken();
      // where the clock is in doubt nobody knows what is old
      if (!reading.clock.inDoubt) await new Holds(this.#store).clear(reading.now);
      if (before !== by || over) await this.#enforcement.rebuild();
      if (before !== by) await new Holds(this.#store).haveCausesJudged();
      this.#kept = reading.now;
      if (!reading.clock.inDoubt) await new ReviewedEffects(this.#store).forget(reading.now);
      if (!this.untrusted?.restored) this.#enforcement.note(await newestAudit(this.#store));
    };
    await this.#serial.run(keep).catch((error) => this.#log.error(error, "the time cannot be kept"));
    this.#tending.lookAgain();
  }

  /** Ends the rights that people took and whose time is over; answers whether there were any. */
  async #endTaken(): Promise<boolean> {
    const { active, removals } = this.#serving;
    const parts = { active, removals, now: this.clock.now(), left: new Set<string>() };
    const ended = await this.#store.transaction().execute((store) => endTaken({ ...parts, store }));
    if (ended.length > 0) this.#enforcement.outdated();
    return ended.length > 0;
  }

  /** Remembers that these repositories are there: whoever loses access to one is counted, also when it is not there then. */
  async noteRepositories(there: readonly string[]): Promise<void> {
    await this.#serial.run(() => keepRepositories(this.#store, { there, forgotten: [] }));
  }

  /** Whether there is room for nothing but what takes access away. */
  get isTight(): boolean {
    return this.#disk?.isTight() ?? false;
  }

  /** Stores what is no operation, and changes nobody's access, in a turn and transaction of its own. */
  aside<T>(work: (store: Store) => Promise<T>): Promise<T> {
    return this.#serial.run(async () => {
      const result = await this.#store.transaction().execute(work);
      await this.#disk?.keepRoom();
      return result;
    });
  }

  /** Has Mercurial tell a nonce to who asks as an account and is refused, which changes nobody's access; null: no longer. */
  async probe(account: string, probe: Probed | null): Promise<void> {
    const write = async () => {
      const audit = await newestAudit(this.#store);
      (await this.#access.prepare([{ kind: "probe", account, probe }], audit)).commit();
    };
    await this.#serial
      .run(async () => {
        await this.#enforcement.mend();
        await this.#enforcement.write(write);
      })
      .catch((error) => Promise.reject(unavailableFor(error, this.#log)));
  }

  /**
   * Does something while nobody writes, and the access file holds all that is stored.
   *
   * @param work is told whether the file is shut
   * @returns whether it was done before the patience was over
   */
  async atRest(work: (isShut: boolean) => Promise<void>, patience: Milliseconds): Promise<boolean> {
    const attempt = async () => {
      // the file follows a long write in steps
      if (this.#longWrites.isFollowing) return false;
      await this.#enforcement.mend();
      await work(this.#isShut);
      return true;
    };
    for (let left = patience; left > 0; left -= restPause) {
      if (await this.#serial.run(attempt)) return true;
      await sleep(restPause);
    }
    return false;
  }

  /** Makes the access file anew from the store, whatever it holds: a new one, where the structure of this one is wrong. */
  remake(isNew: boolean): Promise<void> {
    return this.#serial.run(() => this.#enforcement.rebuild(isNew ? "new" : "open"));
  }

  /**
   * Has Mercurial refuse everything until another release becomes active.
   *
   * @param note stores why, before
   */
  shut(because: string, note: (store: Store) => Promise<void>): Promise<void> {
    return this.#serial.run(async () => {
      await this.#store.transaction().execute(note);
      this.#shutBecause = because;
      try {
        await this.#enforcement.rebuild("open");
      } catch (error) {
        // there is nothing that lets anybody in, and the watch makes it anew
        this.#enforcement.failed(error);
        this.#access.remove();
      }
    });
  }

  /** Lets the connectors of a release in otherwise, while it is the one that is served; answers whether it is. */
  admitBy(release: Release, find: (store: Store) => Promise<Entrance>): Promise<boolean> {
    const { environment } = this.#host;
    return this.#serial.run(async () => {
      if (release !== releaseOf(this.#serving)) return false;
      this.#serving = await this.#store
        .transaction()
        .execute(async (store) =>
          serveBy(await find(store), this.#serving, { store, environment, now: this.clock.now() }),
        );
      return true;
    });
  }

  /** Waits until nothing is under way, and begins nothing by itself from then on. */
  async close(): Promise<void> {
    this.#enforcement.close();
    do {
      await this.#serial.run(() => nextTurn());
      await this.#longWrites.close();
      await this.#judgements.close();
      await this.#tending.close();
    } while (!this.#queue.isEmpty);
    await this.keepTime();
  }

  /** One commit: whoever does a long write step by step has a turn before the next. */
  async #performWaiting(): Promise<void> {
    this.#isScheduled = false;
    const some: Waiting[] = [];
    try {
      for await (const next of this.#queue.take((one) => this.#isTakenElsewhere(one))) some.push(next);
      await this.#enforcement.mend();
      if (some.length > 0)
        this.#queue.putBack(some.slice(await this.#enforcement.write(() => this.#commit(some))));
      this.#committed?.();
      await this.#disk?.keepRoom();
      this.#tending.tend();
    } catch (error) {
      const told = unavailableFor(error, this.#log);
      for (const { fail } of some) fail(told);
    }
    this.#schedule();
  }

  /** Whether one whose turn has come is no part of a commit: it takes long, or is answered already. */
  async #isTakenElsewhere(waiting: Waiting): Promise<boolean> {
    try {
      return (await this.#longWrites.takes(waiting)) || (await this.#judgements.takes(waiting));
    } catch (error) {
      // it has left the queue, and nobody else would answer it
      waiting.fail(unavailableFor(error, this.#log));
      return true;
    }
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
        const { clock } = this;
        const isTight = this.#disk?.isTight() ?? false;
        const parts = {
          ...this.#here(store),
          serving: this.#serving,
          clock,
          log: this.#log,
          isTight,
          open: this.#tending.open,
          quarantines: this.#quarantines,
        };
        const done = await performBatch(waiting, parts);
        const { edits, next, isTold } = done;
        const audit = await newestAudit(store);
        if (next !== undefined) {
          const time = done.time ?? this.clock.now();
          const snapshot = await accessSnapshot(new Directory(store), next, time);
          // what is deployed is tried, whatever was shut before
          const isShut = this.#isShut && !isOfRelease(waiting);
          prepared = await this.#access.prepareSnapshot({ ...snapshot, isShut }, audit);
        } else if (edits.length > 0 || isTold) prepared = await this.#access.prepare(edits, audit);
        return done;
      });
    } catch (error) {
      prepared?.rollback();
      throw error;
    }
    const { answers, serving, time } = batch;
    if (time !== undefined) this.clock.set(time);
    const before = this.quarantined.length;
    this.#quarantines = batch.quarantines;
    // stored: who is answered may look at once at what is active, and so does whoever makes the file whole
    if (serving) this.#serving = serving;
    // what waits of a connector that is in order again has its turn
    if (this.quarantined.length < before) this.#tending.lookAgain();
    if (batch.next !== undefined && isOfRelease(waiting)) this.#shutBecause = undefined;
    try {
      await this.#enforcement.commit(prepared);
      for (const answer of answers) answer();
    } catch (error) {
      // stored, but not enforced: it is not acknowledged, and the next operation begins with mending the file
      this.#enforcement.failed(error);
      for (const { fail } of waiting.slice(0, answers.length))
        fail(new Unavailable("the change is stored but not enforced yet"));
    }
    return answers.length;
  }

  /** What is there and active now, for whoever reads or writes by this store or transaction. */
  #here(store: Store): Surroundings {
    return {
      store,
      active: this.active,
      untrusted: this.untrusted,
      removals: this.#serving.removals,
      host: this.#host,
      stores: this.#stores,
      ...(this.#evaluation && { evaluation: this.#evaluation }),
      ...this.clock.read(),
    };
  }

  /** One of many tasks of a long write: requests are taken in before the next, and performed. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#serial.run(task).finally(() => nextTurn());
  }

  /** Has the access file follow the store in steps: each account changes once, and others have their turn in between. */
  async #enforce(move: RosterMove): Promise<void> {
    const program = this.active?.program;
    try {
      for (let last: string | undefined = ""; last !== undefined; )
        last = await this.#inTurn(async (): Promise<string | undefined> => {
          // mending, or another release, writes all of the file
          await this.#enforcement.mend();
          if (this.active?.program !== program) return undefined;
          const directory = new Directory(this.#store);
          const { edits, next } = await moveEdits(directory, move, last ?? "", this.active !== null);
          const audit = await newestAudit(this.#store);
          await this.#enforcement.write(async () => (await this.#access.prepare(edits, audit)).commit());
          return next;
        });
    } catch (error) {
      this.#enforcement.failed(error);
      throw new Unavailable("the change is stored but not enforced yet");
    }
  }
}

/** Whether a commit is that of a release: it is the only operation of it. */
function isOfRelease([first]: readonly Waiting[]): boolean {
  return first?.operation.kind === "release";
}
