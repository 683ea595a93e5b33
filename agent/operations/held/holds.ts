/** The rows of what is held. */
import { randomUUID } from "node:crypto";
import type { Insertable, Selectable, Updateable } from "kysely";
import type { Release } from "../../../model/release.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { Verdict } from "../../../policy/constraints/change.ts";
import { chunks } from "../../directory/rows.ts";
import { dialectOf } from "../../store/dialect.ts";
import type { HoldState, Store, Tables } from "../../store/schema.ts";
import { endFailing } from "../failures/ended.ts";
import type { ResourceOperation } from "../operation.ts";
import type { Holdable, HoldPlace } from "./stored.ts";
import { meanwhileOf } from "./suspensions.ts";

export type HoldRow = Selectable<Tables["holds"]>;

/** How a hold can end. */
export type HoldEnding = Exclude<HoldState, "pending" | "taken">;

/** So many, and the room on the disk that they take. */
export interface Size {
  readonly count: number;
  readonly bytes: number;
}

const endings = [
  "approved",
  "released",
  "discarded",
  "superseded",
  "expired",
  "rejected",
] as const satisfies readonly HoldEnding[];

/** The most that are forgotten at once, since they were remembered long enough. */
const mostForgotten = 500;

/** By whom or what, and why. */
export interface Ending {
  readonly state: HoldEnding;
  readonly at: Time;
  readonly by: string;
  readonly reason: string;
}

/** For how long it is remembered how a hold ended. */
const remembered: Milliseconds = 30 * 24 * 60 * 60 * 1_000;

export class Holds {
  readonly #store: Store;
  readonly #moved: Set<string> | undefined;

  /** @param moved takes the users who may be suspended, or no longer, by what is written here: see `suspensionEdits` */
  constructor(store: Store, moved?: Set<string>) {
    this.#store = store;
    this.#moved = moved;
  }

  /** Whether anything waits. */
  async areAny(): Promise<boolean> {
    const one = this.#store.selectFrom("holds").select("id").where("state", "=", "pending").limit(1);
    return (await one.executeTakeFirst()) !== undefined;
  }

  /** How much of a connector waits. */
  async sizeOf(connector: string): Promise<Size> {
    const { count, bytes } = await this.#store
      .selectFrom("holds")
      .select(({ fn }) => [fn.countAll<number>().as("count"), fn.sum<number | null>("bytes").as("bytes")])
      .where("connector", "=", connector)
      .where("state", "=", "pending")
      .executeTakeFirstOrThrow();
    return { count: Number(count), bytes: Number(bytes ?? 0) };
  }

  /** Forgets of a connector the oldest of what has ended, but for so much. */
  async forgetEnded(connector: string, kept: Size): Promise<void> {
    const ended = await this.#store
      .selectFrom("holds")
      .select(["sequence", "bytes"])
      .where("connector", "=", connector)
      .where("state", "in", endings)
      .orderBy("sequence", "desc")
      .execute();
    let bytes = 0;
    const first = ended.findIndex((row, index) => {
      bytes += row.bytes;
      return index >= kept.count || bytes > kept.bytes;
    });
    if (first < 0) return;
    await this.#store
      .deleteFrom("holds")
      .where("connector", "=", connector)
      .where("state", "in", endings)
      .where("sequence", "<=", ended[first]?.sequence ?? 0)
      .execute();
  }

  find(id: string): Promise<HoldRow | undefined> {
    return this.#store.selectFrom("holds").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** What waits at a place in its order, and the removals that were done meanwhile. */
  async at({ place, name }: HoldPlace): Promise<HoldRow[]> {
    const open = this.#store.selectFrom("holds").selectAll().where("state", "in", ["pending", "taken"]);
    const rows = await open.where("place", "=", place).orderBy("sequence").execute();
    if (name === null) return rows;
    // a new one without an externalId is known by its name
    const named = await open.where("name", "=", name).orderBy("sequence").execute();
    const same = named.filter((row) => row.place !== place && (row.place === name || place === name));
    return [...rows, ...same].sort((a, b) => a.sequence - b.sequence);
  }

  /** Keeps an operation; answers its id. */
  async add(row: Omit<Insertable<Tables["holds"]>, "id" | "sequence" | "due" | "attempts">): Promise<string> {
    const id = randomUUID();
    await this.#store
      .insertInto("holds")
      .values({ ...row, id, due: 0, attempts: 1 })
      .execute();
    return id;
  }

  /** Puts one into the order where another one is, and that behind all others. */
  async exchange(id: string, other: Pick<HoldRow, "id" | "sequence">): Promise<void> {
    const last = (await this.find(id))?.sequence;
    if (last === undefined) return;
    // no two have the same place, not for a moment either
    await this.change(id, { sequence: -last });
    await this.change(other.id, { sequence: last });
    await this.change(id, { sequence: other.sequence });
  }

  async change(id: string, values: Updateable<Tables["holds"]>): Promise<void> {
    if (values.meanwhile !== undefined) await this.#noteSuspended([id]);
    await this.#store.updateTable("holds").set(values).where("id", "=", id).execute();
  }

  /** Notes whose writes may be the end of why it is held. */
  async watch(hold: string, subjects: readonly string[]): Promise<void> {
    for (const some of chunks([...new Set(subjects)]))
      await this.#store
        .insertInto("hold_subjects")
        .values(some.map((subject) => ({ subject, hold })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  }

  /** Notes whom it is about, by SCIM id, in place of whoever was before. */
  async concern(hold: string, users: readonly string[]): Promise<void> {
    await this.#store.deleteFrom("hold_people").where("hold", "=", hold).execute();
    for (const some of chunks([...new Set(users)]))
      await this.#store
        .insertInto("hold_people")
        .values(some.map((user_id) => ({ user_id, hold })))
        .execute();
    await this.#noteSuspended([hold]);
  }

  /** Remembers whom these suspend now. */
  async #noteSuspended(ids: readonly string[]): Promise<void> {
    if (!this.#moved) return;
    const rows = await this.#store
      .selectFrom("holds")
      .innerJoin("hold_people", "hold_people.hold", "holds.id")
      .select("user_id")
      .where("holds.id", "in", ids)
      .where("meanwhile", "=", "suspend")
      .execute();
    for (const { user_id } of rows) this.#moved.add(user_id);
  }

  /** Has each that waits suspend whom it is about, or not, as a release says of what holds it. */
  async follow({ constraints }: Release): Promise<void> {
    const rules = await this.#store
      .selectFrom("holds")
      .select("rule")
      .distinct()
      .where("state", "=", "pending")
      .where("rule", "is not", null)
      .execute();
    for (const { rule } of rules) {
      const declared = String(rule)
        .split(" ")
        .flatMap((name) => constraints[name] ?? []);
      await this.#store
        .updateTable("holds")
        .set({ meanwhile: meanwhileOf(declared) })
        .where("state", "=", "pending")
        .where("rule", "=", rule)
        .execute();
    }
  }

  /** Ends some that wait. */
  async end(ids: readonly string[], { state, at, by, reason }: Ending): Promise<void> {
    for (const some of chunks(ids)) {
      await this.#noteSuspended(some);
      await this.#store.deleteFrom("hold_people").where("hold", "in", some).execute();
      await this.#store
        .updateTable("holds")
        .set({ state, ended: at, ended_by: by, reason, due: 0 })
        .where("id", "in", some)
        .execute();
      await this.#store.deleteFrom("hold_subjects").where("hold", "in", some).execute();
      await endFailing(this.#store, some);
    }
  }

  /** Ends all that waits and may give something. Removals wait on. */
  async endGiving(ending: Ending): Promise<void> {
    const giving = await this.#store
      .selectFrom("holds")
      .select("id")
      .where("state", "=", "pending")
      .where("removal", "=", 0)
      .execute();
    await this.end(
      giving.map(({ id }) => id),
      ending,
    );
  }

  /** Has what waits and takes something away do no more than that. */
  async onlyTake(why: NonNullable<ResourceOperation["takesAwayOnly"]>): Promise<void> {
    const rows = await this.#store
      .selectFrom("holds")
      .select(["id", "operation"])
      .where("state", "=", "pending")
      .where("removal", "=", 1)
      .execute();
    for (const { id, ...row } of rows) {
      const operation = { ...operationOf(row), takesAwayOnly: why };
      await this.change(id, { operation: JSON.stringify(operation) });
    }
  }

  /** Forgets removals that need not be kept any longer. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const some of chunks(ids)) await this.#store.deleteFrom("holds").where("id", "in", some).execute();
  }

  /** What waits for these to be written. */
  async watching(subjects: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    for (const some of chunks([...new Set(subjects)])) {
      const rows = await this.#store
        .selectFrom("hold_subjects")
        .select("hold")
        .where(dialectOf(this.#store).isAmong("subject", some))
        .execute();
      for (const { hold } of rows) found.add(hold);
    }
    return [...found];
  }

  /** Has some be judged again. */
  async haveJudged(ids: readonly string[]): Promise<void> {
    for (const some of chunks(ids))
      await this.#store
        .updateTable("holds")
        .set({ due: 1 })
        .where("id", "in", some)
        .where("state", "=", "pending")
        .execute();
  }

  /** Has everything be judged again, since another release is active. */
  async haveAllJudged(): Promise<void> {
    await this.#store.updateTable("holds").set({ due: 1 }).where("state", "=", "pending").execute();
  }

  /** Has all be judged again that waits for its cause to go: a rule that has ended may have been that. */
  async haveCausesJudged(): Promise<void> {
    const rows = this.#store.updateTable("holds").set({ due: 1 }).where("state", "=", "pending");
    await rows.where("waits", "=", "cause").execute();
  }

  /** The first ones that are to be judged again, but for some, with the room that each takes. */
  async due(most: number, resting: readonly string[]): Promise<Pick<HoldRow, "id" | "bytes">[]> {
    let rows = this.#store.selectFrom("holds").select(["id", "bytes"]).where("due", "=", 1);
    if (resting.length > 0) rows = rows.where("id", "not in", resting);
    return rows.orderBy("sequence").limit(most).execute();
  }

  /** Has one be judged again once what is for a time is over: a quarantine, a full disk. */
  async putOff(id: string): Promise<void> {
    await this.#store.updateTable("holds").set({ due: 2 }).where("id", "=", id).execute();
  }

  /** The first ones that were put off, but for those of connectors that have to wait on. */
  async putOffBefore(most: number, connectors: readonly string[]): Promise<string[]> {
    let rows = this.#store.selectFrom("holds").select("id").where("due", "=", 2);
    if (connectors.length > 0) rows = rows.where("connector", "not in", connectors);
    return (await rows.orderBy("sequence").limit(most).execute()).map(({ id }) => id);
  }

  /** Some whose time is over. */
  async over(now: Time, most: number): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("holds")
      .select("id")
      .where("state", "=", "pending")
      .where("expires", "<=", now)
      .orderBy("expires")
      .limit(most)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Forgets some of what ended long ago. */
  async clear(now: Time): Promise<void> {
    await this.#store
      .deleteFrom("holds")
      .where("id", "in", ({ selectFrom }) =>
        selectFrom("holds")
          .select("id")
          .where("ended", "<", now - remembered)
          .limit(mostForgotten),
      )
      .execute();
  }

  /** Sets all their times back, as the clock is. */
  async setBack(back: Milliseconds): Promise<void> {
    if (back === 0) return;
    await this.#store
      .updateTable("holds")
      .set(({ eb }) => ({ since: eb("since", "-", back), expires: eb("expires", "-", back) }))
      .where("state", "=", "pending")
      .execute();
  }

  /** Some that wait behind a place in the list. */
  page(
    after: number,
    most: number,
    { rule, connector }: { readonly rule?: string | undefined; readonly connector?: string | undefined },
  ): Promise<HoldRow[]> {
    let rows = this.#store.selectFrom("holds").selectAll().where("state", "=", "pending");
    rows = rows.where("sequence", ">", after);
    if (connector !== undefined) rows = rows.where("connector", "=", connector);
    if (rule !== undefined)
      rows = rows.where(({ or, eb }) =>
        or([
          eb("rule", "=", rule),
          eb("rule", "like", `${rule} %`),
          eb("rule", "like", `% ${rule}`),
          eb("rule", "like", `% ${rule} %`),
        ]),
      );
    return rows.orderBy("sequence").limit(most).execute();
  }

  /** How many wait. */
  async count(): Promise<number> {
    const { count } = await this.#store
      .selectFrom("holds")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("state", "=", "pending")
      .executeTakeFirstOrThrow();
    return Number(count);
  }
}

/** The operation of a row. */
export function operationOf({ operation }: Pick<HoldRow, "operation">): Holdable {
  return JSON.parse(operation) as Holdable;
}

/** Why it is held. */
export function verdictsOf({ verdicts }: Pick<HoldRow, "verdicts">): readonly Verdict[] {
  return JSON.parse(verdicts) as Verdict[];
}

/** Those that wait. */
export function pendingOf(queue: readonly HoldRow[]): HoldRow[] {
  return queue.filter(({ state }) => state === "pending");
}

/** All removals that were done since one waits, whatever waits in between: it brings back none of what they took. */
export function takenSince(queue: readonly HoldRow[], { sequence }: Pick<HoldRow, "sequence">): HoldRow[] {
  return queue.filter((row) => row.sequence > sequence && row.state === "taken");
}

/** The removals that were done between one that waits and the next one. */
export function takenBehind(queue: readonly HoldRow[], { sequence }: Pick<HoldRow, "sequence">): HoldRow[] {
  const behind = queue.filter((row) => row.sequence > sequence);
  const next = behind.findIndex(({ state }) => state === "pending");
  return next < 0 ? behind : behind.slice(0, next);
}
