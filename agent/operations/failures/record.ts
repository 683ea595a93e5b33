/**
 * Failures in one place: what was not done as it was asked for, by connector, rule or code, and attribute, with whom it concerns.
 * Written in the transaction of the audit rows. It stands for somebody until a later write of theirs is done without it.
 *
 * Whatever a provider sends, it stays small: see `failureLimits`. Counts go on where people are not remembered any more.
 */
import { type Insertable, type Selectable, sql } from "kysely";
import type { Release } from "../../../model/release.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import { describeFailure } from "../../../report/failures.ts";
import { type AlertEvent, raise } from "../../alerts/event.ts";
import { chunks } from "../../directory/rows.ts";
import { dialectOf } from "../../store/dialect.ts";
import type { Store, Tables } from "../../store/schema.ts";
import { isResource, type Operation, type ResourceOperation } from "../operation.ts";
import type { Outcome } from "../outcome.ts";
import { type FoundFailure, findingsOf } from "./findings.ts";
import { type FailureSubject, failureSubjectOf } from "./subject.ts";

const hour: Milliseconds = 3_600_000;
const day: Milliseconds = 24 * hour;

export const failureLimits = {
  /** Of one connector: more attributes than that are counted together. */
  failures: 100,
  /** Whom one failure remembers. */
  people: 1_000,
  /** A failure that nobody met for so long does not stand: providers repeat what is refused. */
  lapse: 30 * day,
  /** As that, of one that names nobody: no later write of theirs can end it. */
  nobody: day,
  /** How long nobody is told again of one that comes and goes. */
  quiet: hour,
} as const;

/** The longest detail that is kept, in characters. */
const longestDetail = 500;

/** An operation that was performed. */
export interface Noted {
  readonly operation: Operation;
  readonly outcome: Outcome;
  readonly at: Time;
}

interface Step {
  readonly operation: ResourceOperation;
  readonly outcome: Outcome;
  readonly at: Time;
  readonly findings: readonly FoundFailure[];
  readonly subject: FailureSubject;
}

/**
 * Keeps what the operations of one commit come to. Inside a transaction, it stands and falls with them.
 *
 * @param release the one by which they were judged
 */
export async function recordFailures(
  store: Store,
  noted: readonly Noted[],
  release: Release | undefined,
): Promise<void> {
  const steps = noted.flatMap(({ operation, outcome, at }): Step[] =>
    isResource(operation)
      ? [
          {
            ...{ operation, outcome, at },
            findings: findingsOf(operation, outcome, release),
            subject: failureSubjectOf(operation, outcome),
          },
        ]
      : [],
  );
  if (steps.length === 0) return;
  const people = await rememberedOf(store, steps);
  const isQuiet = people.length === 0 && steps.every(({ findings }) => findings.length === 0);
  if (!isQuiet) await new Recording(store, people, steps).keep();
}

type FailureRow = Selectable<Tables["failures"]>;
type Person = Selectable<Tables["failing"]>;

/** Those of the steps whom any failure remembers: one look for all of a commit, whose text is the same for any number. */
async function rememberedOf(store: Store, steps: readonly Step[]): Promise<Person[]> {
  const { listOf } = dialectOf(store);
  const byConnector = new Map<string, Set<string>>();
  for (const { operation, subject } of steps) {
    const keys = byConnector.get(operation.connector) ?? new Set();
    for (const key of subject.keys) keys.add(key);
    byConnector.set(operation.connector, keys);
  }
  const people: Person[] = [];
  for (const [connector, keys] of byConnector) {
    const { rows } = await sql<Person>`
      SELECT failure, connector, subject, at, standing, example, detail, hold FROM failing
      WHERE connector = ${connector} AND subject IN (SELECT value FROM ${listOf([...keys])})`.execute(store);
    people.push(...rows);
  }
  return people;
}

/** Those that wait, of what may have been held. */
async function pendingOf(store: Store, holds: readonly (string | null)[]): Promise<Set<string>> {
  const known = [...new Set(holds.filter((hold) => hold !== null))];
  if (known.length === 0) return new Set();
  const rows = await store
    .selectFrom("holds")
    .select("id")
    .where("state", "=", "pending")
    .where(dialectOf(store).isAmong("id", known))
    .execute();
  return new Set(rows.map(({ id }) => id));
}

class Recording {
  readonly #store: Store;
  readonly #steps: readonly Step[];
  readonly #people = new Map<string, Person>();
  /** By the subject, of which failures they are. */
  readonly #failing = new Map<string, Set<number>>();
  readonly #rows = new Map<number, FailureRow>();
  readonly #byKey = new Map<string, FailureRow>();
  readonly #changed = new Set<FailureRow>();
  readonly #moved = new Set<Person>();
  readonly #events: AlertEvent[] = [];
  /** Of what is held, what waits. */
  #pending: ReadonlySet<string> = new Set();

  constructor(store: Store, people: readonly Person[], steps: readonly Step[]) {
    this.#store = store;
    this.#steps = steps;
    for (const person of people) this.#remember(person);
  }

  async keep(): Promise<void> {
    const ids = [...new Set([...this.#people.values()].map(({ failure }) => failure))];
    for (const some of chunks(ids))
      for (const row of await this.#store
        .selectFrom("failures")
        .selectAll()
        .where("id", "in", some)
        .execute())
        this.#learn(row);
    this.#pending = await pendingOf(this.#store, [
      ...[...this.#people.values()].map(({ hold }) => hold),
      ...this.#steps.flatMap(({ findings }) => findings.map(({ hold }) => hold)),
    ]);
    for (const step of this.#steps) {
      const met = new Set<number>();
      for (const finding of step.findings) met.add(await this.#meet(step, finding));
      this.#end(step, met);
    }
    for (const { id, ...row } of this.#changed)
      await this.#store.updateTable("failures").set(row).where("id", "=", id).execute();
    for (const some of chunks([...this.#moved]))
      await this.#store
        .insertInto("failing")
        .values(some)
        .onConflict((conflict) =>
          conflict.columns(["failure", "subject"]).doUpdateSet(({ ref }) => ({
            at: ref("excluded.at"),
            standing: ref("excluded.standing"),
            example: ref("excluded.example"),
            detail: ref("excluded.detail"),
            hold: ref("excluded.hold"),
          })),
        )
        .execute();
    const at = this.#steps.at(-1)?.at;
    if (at !== undefined) await raise(this.#store, at, this.#events);
  }

  /** Counts one, and remembers whom it concerns; answers the failure that it is. */
  async #meet({ operation, at, subject }: Step, finding: FoundFailure): Promise<number> {
    const row = await this.#rowOf(operation, finding, at);
    const { connector } = operation;
    if (row.standing > 0 && row.last_at <= at - failureLimits.lapse) await this.#forget(row);
    const isNew = !isStanding(row, at);
    Object.assign(row, {
      last_at: at,
      times: row.times + 1,
      owner: finding.owner ?? null,
      example: subject.example,
      detail: shortened(finding.detail),
    });
    this.#changed.add(row);
    const { example, detail } = row;
    const { hold } = finding;
    // what is held and has ended with the same commit is over
    const standing = Number(hold === null || this.#pending.has(hold));
    if (subject.key !== undefined)
      await this.#concern(row, subject.key, { at, standing, example, detail, hold });
    if (isNew && isTold(finding) && (row.told_at === null || row.told_at <= at - failureLimits.quiet)) {
      row.told_at = at;
      const { owner } = finding;
      // codes are a closed list, so that a flood of all of them is so many matters and no more
      const rule = finding.rule || finding.code;
      const summary = describeFailure({ ...row, connector });
      this.#events.push({
        ...{ kind: "failed", connector, owner, summary },
        ...(rule !== "" && { rule }),
        subject: `failure ${row.id}`,
        detail: `${summary}, first of ${operation.kind} ${row.example}: ${row.detail}`,
      });
    }
    return row.id;
  }

  async #concern(
    row: FailureRow,
    subject: string,
    met: Omit<Person, "failure" | "connector" | "subject">,
  ): Promise<void> {
    const known = this.#people.get(nameOf(row.id, subject));
    if (known) {
      row.standing += met.standing - known.standing;
      this.#moved.add(Object.assign(known, met));
    } else if (await this.#hasRoom(row)) {
      const person = { failure: row.id, connector: row.connector, subject, ...met };
      this.#remember(person);
      this.#moved.add(person);
      row.people++;
      row.remembered++;
      row.standing += met.standing;
    } else row.more = 1;
  }

  /** Whom a write without findings concerns is not failed by what it did before; and what is held is, by what holds it now. */
  #end({ operation, outcome, at, subject, findings }: Step, met: ReadonlySet<number>): void {
    const isWhole = outcome.kind === "done" && (!outcome.undone || outcome.isAllAsked === true);
    const waiting = findings.find(({ hold }) => hold !== null)?.hold;
    if (!isWhole && waiting === undefined) return;
    for (const key of subject.keys)
      for (const failure of this.#failing.get(key) ?? []) {
        const [row, person] = [this.#rows.get(failure), this.#people.get(nameOf(failure, key))];
        if (!row || !person || person.standing === 0 || met.has(failure)) continue;
        if (isWhole ? this.#pending.has(person.hold ?? "") : person.hold !== waiting) continue;
        // whoever changes a part says nothing of the others
        if (row.what === "ignored" && operation.verb === "modify") continue;
        // and who changes nothing is not judged
        if (row.what === "warned" && outcome.kind === "done" && outcome.effect.of === "nothing") continue;
        Object.assign(person, { at, standing: 0 });
        row.standing--;
        this.#moved.add(person);
        this.#changed.add(row);
      }
  }

  /** The failure of a finding, which is new where it was never met. */
  async #rowOf(operation: ResourceOperation, finding: FoundFailure, at: Time): Promise<FailureRow> {
    const { connector, kind } = operation;
    const { what, rule, code, attribute } = finding;
    const key = { connector, kind, what, rule, code, attribute };
    const known = this.#byKey.get(keyText(key)) ?? (await this.#find(key));
    if (known) return known;
    if (attribute !== "" && !(await this.#makeRoom(connector, at)))
      return this.#rowOf(operation, { ...finding, attribute: "" }, at);
    const row: Insertable<Tables["failures"]> = {
      ...key,
      ...{ owner: null, example: "", detail: "", told_at: null },
      ...{ first_at: at, last_at: at, times: 0, people: 0, remembered: 0, standing: 0, more: 0 },
    };
    return this.#learn(
      await this.#store.insertInto("failures").values(row).returningAll().executeTakeFirstOrThrow(),
    );
  }

  async #find(key: Key): Promise<FailureRow | undefined> {
    let query = this.#store.selectFrom("failures").selectAll();
    for (const column of keyColumns) query = query.where(column, "=", key[column]);
    const row = await query.executeTakeFirst();
    return row && this.#learn(row);
  }

  /** Whether a connector may have one more failure. In place of one that is over for a day, it may. */
  async #makeRoom(connector: string, at: Time): Promise<boolean> {
    const { count } = await this.#store
      .selectFrom("failures")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("connector", "=", connector)
      .where("attribute", "!=", "")
      .executeTakeFirstOrThrow();
    if (count < failureLimits.failures) return true;
    const over = await this.#store
      .selectFrom("failures")
      .select("id")
      .where("connector", "=", connector)
      .where("attribute", "!=", "")
      .where(({ or, eb }) =>
        or([
          eb.and([eb("standing", "=", 0), eb("last_at", "<=", at - day)]),
          eb("last_at", "<=", at - failureLimits.lapse),
        ]),
      )
      .orderBy("last_at")
      .execute();
    const oldest = over.find(({ id }) => !this.#rows.has(id));
    if (!oldest) return false;
    await this.#store.deleteFrom("failing").where("failure", "=", oldest.id).execute();
    await this.#store.deleteFrom("failures").where("id", "=", oldest.id).execute();
    return true;
  }

  /** Whether one more may be remembered of a failure: in place of those for whom it is over. */
  async #hasRoom(row: FailureRow): Promise<boolean> {
    if (row.remembered < failureLimits.people) return true;
    const here = new Set(this.#steps.flatMap(({ subject }) => subject.keys));
    const gone = await this.#store
      .deleteFrom("failing")
      .where("failure", "=", row.id)
      .where("standing", "=", 0)
      .where(({ not }) => not(dialectOf(this.#store).isAmong("subject", [...here])))
      .executeTakeFirst();
    row.remembered -= Number(gone.numDeletedRows);
    return row.remembered < failureLimits.people;
  }

  /** Nobody has met it for long: whoever does now is the first one again. */
  async #forget(row: FailureRow): Promise<void> {
    await this.#store.deleteFrom("failing").where("failure", "=", row.id).execute();
    for (const [name, person] of this.#people)
      if (person.failure === row.id) {
        this.#people.delete(name);
        this.#moved.delete(person);
        this.#failing.get(person.subject)?.delete(row.id);
      }
    Object.assign(row, { remembered: 0, standing: 0, more: 0 });
  }

  #remember(person: Person): void {
    const { failure, subject } = person;
    this.#people.set(nameOf(failure, subject), person);
    this.#failing.set(subject, (this.#failing.get(subject) ?? new Set()).add(failure));
  }

  #learn(row: FailureRow): FailureRow {
    const known = this.#rows.get(row.id);
    if (known) return known;
    this.#rows.set(row.id, row);
    this.#byKey.set(keyText(row), row);
    return row;
  }
}

/** Whether it still stands at a time: for anybody, or, where it names nobody, since it was met lately. */
export function isStanding(
  { standing, people, times, last_at }: Pick<FailureRow, "standing" | "people" | "times" | "last_at">,
  at: Time,
): boolean {
  const lapse = people > 0 ? failureLimits.lapse : failureLimits.nobody;
  return times > 0 && (standing > 0 || people === 0) && last_at > at - lapse;
}

const keyColumns = ["connector", "kind", "what", "rule", "code", "attribute"] as const;
type Key = Pick<FailureRow, (typeof keyColumns)[number]>;

const keyText = (key: Key) => JSON.stringify(keyColumns.map((column) => key[column]));
const nameOf = (failure: number, subject: string) => `${failure} ${subject}`;

/** Of what is held, and of a quarantine, somebody is told by an event of its own. */
function isTold({ what, code }: FoundFailure): boolean {
  return what !== "held" && code !== "held" && code !== "quarantined";
}

function shortened(text: string): string {
  return text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
}
