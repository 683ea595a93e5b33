/** What a start does about a stored release that was altered: its copy is put in its place, and everybody can read that. */
import type { Time } from "../../model/time.ts";
import { Archive } from "../releases/archive.ts";
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
