/** What fails is as old as before when the clock goes back: nobody would be told again until a wrong future was reached. */
import type { Milliseconds } from "../../../model/time.ts";
import type { Store } from "../../store/schema.ts";

/** Sets all their times back. */
export async function setFailuresBack(store: Store, back: Milliseconds): Promise<void> {
  if (back === 0) return;
  await store
    .updateTable("failures")
    .set(({ eb }) => ({
      first_at: eb("first_at", "-", back),
      last_at: eb("last_at", "-", back),
      told_at: eb("told_at", "-", back),
    }))
    .execute();
  await store
    .updateTable("failing")
    .set(({ eb }) => ({ at: eb("at", "-", back) }))
    .execute();
}
