/** The rows of what is sent: what is due, what came of an attempt, and what was given up. */
import type { Selectable } from "kysely";
import type { Milliseconds } from "../../model/time.ts";
import type { Store, Tables } from "../store/schema.ts";
import type { Backoff } from "./backoff.ts";
import type { Moment } from "./outbox.ts";

/** What is to be sent, and what has come of it so far. */
export interface Letter {
  /** The row; undefined for one that is in memory alone. */
  readonly sequence?: number;
  /** What the receiver knows it by again. */
  readonly id: string;
  /** The variable with the address. */
  readonly destination: string;
  readonly matter: string;
  readonly body: string;
  readonly attempts: number;
  readonly retry: Backoff;
}

/** What came of an attempt. */
export type Settled =
  | { readonly state: "delivered" }
  | { readonly state: "waiting"; readonly reason: string; readonly pause: Milliseconds }
  | { readonly state: "dead"; readonly reason: string };

/** The next delivery whose time has come. */
export async function nextDue(
  store: Store,
  measured: Milliseconds,
  without: { readonly destinations: readonly string[]; readonly sequences: readonly number[] },
): Promise<Letter | undefined> {
  let query = store
    .selectFrom("deliveries")
    .selectAll()
    .where("state", "=", "waiting")
    .where("due", "<=", measured);
  if (without.destinations.length > 0) query = query.where("destination", "not in", without.destinations);
  if (without.sequences.length > 0) query = query.where("sequence", "not in", without.sequences);
  const row = await query.orderBy("sequence").limit(1).executeTakeFirst();
  return row && letterOf(row);
}

function letterOf({ retry, ...row }: Selectable<Tables["deliveries"]>): Letter {
  const { sequence, id, destination, matter, body, attempts } = row;
  return { sequence, id, destination, matter, body, attempts, retry: JSON.parse(retry) as Backoff };
}

/** When the next one is due that has no turn yet; undefined for none. */
export async function nextMoment(store: Store): Promise<Milliseconds | undefined> {
  const { next } = await store
    .selectFrom("deliveries")
    .select(({ fn }) => fn.min<number | null>("due").as("next"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  return next ?? undefined;
}

/** Stores what came of an attempt. One that somebody has sent again meanwhile, or taken away, stays so. */
export async function settle(
  store: Store,
  sequence: number,
  attempts: number,
  result: Settled,
  { at, measured }: Moment,
): Promise<void> {
  await store
    .updateTable("deliveries")
    .set({
      ...{ state: result.state, attempts },
      reason: result.state === "delivered" ? null : result.reason,
      ...(result.state === "waiting" ? { due: measured + result.pause } : { ended: at }),
    })
    .where("sequence", "=", sequence)
    .where("state", "=", "waiting")
    .execute();
}

/** Has what was given up, or waits, sent again now: by their ids, or all that were given up. Answers how many. */
export async function sendAgain(
  store: Store,
  ids: readonly string[] | "dead",
  measured: Milliseconds,
): Promise<number> {
  const query = store
    .updateTable("deliveries")
    .set({ state: "waiting", attempts: 0, due: measured, ended: null });
  const { numUpdatedRows } = await (ids === "dead"
    ? query.where("state", "=", "dead")
    : query.where("id", "in", ids).where("state", "in", ["dead", "waiting"])
  ).executeTakeFirst();
  return Number(numUpdatedRows);
}

/** What was given up and is nobody's any more. */
export type Discarded = Pick<Letter, "id" | "destination" | "matter">;

/** Takes away what was given up: by ids, or all of it. */
export function discard(store: Store, ids: readonly string[] | "dead"): Promise<Discarded[]> {
  const dead = store.deleteFrom("deliveries").where("state", "=", "dead");
  const these = ids === "dead" ? dead : dead.where("id", "in", ids);
  return these.returning(["id", "destination", "matter"]).execute();
}

export type DeliveryState = Tables["deliveries"]["state"];

/** The rows of a state, or all, newest first. */
export function listDeliveries(
  store: Store,
  {
    state,
    before,
    limit,
  }: { readonly state?: DeliveryState; readonly before?: number; readonly limit: number },
) {
  let query = store.selectFrom("deliveries").selectAll();
  if (state) query = query.where("state", "=", state);
  if (before !== undefined) query = query.where("sequence", "<", before);
  return query.orderBy("sequence", "desc").limit(limit).execute();
}

/** How many rows each state has. */
export async function countDeliveries(store: Store): Promise<Readonly<Record<DeliveryState, number>>> {
  const rows = await store
    .selectFrom("deliveries")
    .select(["state", ({ fn }) => fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  return {
    ...{ waiting: 0, delivered: 0, dead: 0 },
    ...Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)])),
  };
}
