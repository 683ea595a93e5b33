/** What the store keeps of the agent's clock, so that the next process knows how late it was. */
import type { Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";
import { clockAt, type KeptClock } from "./rule.ts";

/**
 * What an earlier process left. One of a version that kept nothing left at least its audit: only that is known, and how long
 * ago its last write was says nothing.
 *
 * @param system what the system's clock says
 * @returns undefined where nothing speaks against that
 */
export async function loadClock(store: Store, system: Time): Promise<KeptClock | undefined> {
  const row = await store
    .selectFrom("clock")
    .select(["time", "reference", "measured", "gaps"])
    .executeTakeFirst();
  if (row) return row;
  const last = await store
    .selectFrom("audit")
    .select(({ fn }) => fn.max("at").as("at"))
    .executeTakeFirst();
  return last?.at != null && last.at > system ? clockAt(last.at, 0) : undefined;
}

/** Keeps it, in whole milliseconds. Inside a transaction, it stands and falls with the writes. */
export async function saveClock(store: Store, { time, reference, measured, gaps }: KeptClock): Promise<void> {
  const row = {
    time,
    reference: Math.ceil(reference),
    measured: Math.floor(measured),
    gaps: Math.ceil(gaps),
  };
  await store
    .insertInto("clock")
    .values({ id: 1, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}
