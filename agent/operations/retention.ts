/**
 * Forgets rows of the audit that are older than the host's configuration keeps them, the oldest first. A few at a time, with pauses
 * in between, so that nobody who writes waits for it. Nothing is decided by what is that old: a plan looks at rows since it was
 * made, and whether the store is a copy from before at the newest one, which always stays.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";
import type { Writer } from "./writer.ts";

/** How often it looks, for how many rows at once, and how long it leaves to others after those. */
const pause: Milliseconds = 3_600_000;
const atOnce = 500;
const between: Milliseconds = 50;

/**
 * Begins to forget.
 *
 * @param age how long a row is kept
 * @returns what ends it
 */
export function forgetAudit(
  age: Milliseconds,
  writer: Pick<Writer, "aside" | "clock" | "isTight">,
  log: FastifyBaseLogger,
): () => void {
  const end = new AbortController();
  const { signal } = end;
  const rest = (span: Milliseconds) => sleep(span, true, { ref: false, signal }).catch(() => false);
  const forgetAll = async () => {
    let forgotten = 0;
    // where the clock is in doubt nobody knows what is old, and on a full disk the log has no room for anything but removals
    while (!signal.aborted && !writer.isTight && !writer.clock.read().clock.inDoubt) {
      const before = writer.clock.now() - age;
      const some = await writer.aside((store) => forgetSome(store, before));
      forgotten += some;
      if (some < atOnce) break;
      await rest(between);
    }
    if (forgotten > 0)
      log.info({ forgotten }, "rows of the audit were forgotten, by the retention of agent.yaml");
  };
  const run = async () => {
    do await forgetAll().catch((error) => log.error(error, "old rows of the audit cannot be forgotten now"));
    while (await rest(pause));
  };
  void run();
  return () => end.abort();
}

/** Answers how many. Whatever stands behind a row that is kept stays, though the clock went back in between. */
async function forgetSome(store: Store, before: Time): Promise<number> {
  const rows = await store
    .selectFrom("audit")
    .select(["sequence", "at"])
    .orderBy("sequence")
    .limit(atOnce + 1)
    .execute();
  const old = rows.slice(0, Math.min(atOnce, rows.length - 1));
  const kept = old.findIndex(({ at }) => at >= before);
  const last = old.at(kept < 0 ? old.length - 1 : kept - 1);
  if (old.length === 0 || kept === 0 || !last) return 0;
  await store.deleteFrom("audit").where("sequence", "<=", last.sequence).execute();
  return kept < 0 ? old.length : kept;
}
