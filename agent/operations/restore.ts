/**
 * What a start does about a store that is not as it was left, and everybody can read: an altered release has its copy put in its
 * place, and a store that is a copy from before is marked as one.
 */
import type { Time } from "../../model/time.ts";
import { Archive } from "../releases/archive.ts";
import { describeRestored, markRestored } from "../releases/restored.ts";
import { newestAudit } from "../store/audit-end.ts";
import type { Store } from "../store/schema.ts";
import { writeAudit } from "./audit.ts";

/** Makes both texts of the active release what was activated, where one of them still is; returns its digest when one was not. */
export function restoreRelease(store: Store, now: Time): Promise<string | undefined> {
  return store.transaction().execute(async (store) => {
    const digest = await new Archive(store).restore();
    if (digest !== undefined)
      await writeAudit(store, [
        {
          at: now,
          actor: "agent",
          operation: "release.restore",
          target: digest,
          outcome: "done",
          release: digest,
          code: "releaseAltered",
          detail: "what is stored of the active release was altered, and its copy was put in its place",
        },
      ]);
    return digest;
  });
}

/**
 * Marks a store that ends before what the access file has seen. Its audit goes on behind that, so that no number is given twice:
 * not to whoever reads the audit, and not to hide another copy.
 *
 * @param seen the newest row of the audit by the access file
 */
export function findRestored(store: Store, seen: number | undefined, now: Time): Promise<void> {
  return store.transaction().execute(async (store) => {
    const ended = await newestAudit(store);
    if (seen === undefined || ended >= seen) return;
    const restored = { ended, seen };
    const row = (sequence: number): Promise<void> =>
      writeAudit(store, [
        {
          sequence,
          at: now,
          actor: "agent",
          operation: "store.restore",
          target: "store",
          outcome: "done",
          code: "storeRestored",
          detail: describeRestored(restored),
        },
      ]);
    if (await new Archive(store).hasRun()) {
      await row(seen + 1);
      return markRestored(store, restored);
    }
    // a new store has nobody in it, and the one that was there before may come back
    await row(seen);
    await store.deleteFrom("audit").where("sequence", "=", seen).execute();
  });
}
