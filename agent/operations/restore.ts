/**
 * What a start does about a store that is not as it was left, and everybody can read: an altered release has its copy put in its
 * place, and a store that is a copy from before is marked as one.
 */
import type { Time } from "../../model/time.ts";
import { loadClock } from "../clock/row.ts";
import type { ClockReading } from "../clock/rule.ts";
import { Directory } from "../directory/directory.ts";
import type { HeldAccess } from "../mercurial/held.ts";
import { Archive } from "../releases/archive.ts";
import { readRemovals } from "../releases/removals.ts";
import { newestAudit } from "../store/audit-end.ts";
import { describeRestored, markRestored, type RestoredStore } from "../store/restored.ts";
import type { Store } from "../store/schema.ts";
import { writeAudit } from "./audit.ts";
import { Holds } from "./held/holds.ts";
import { type TakenOut, takeOutOfCopy } from "./since-copy.ts";

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
 * Whether a store ends before what the access file has seen, and is not known as such a copy yet. Nothing is written.
 *
 * @param seen the newest row of the audit that was noted outside of the store; less than 0 where none was
 */
export async function findRestored(
  store: Store,
  seen: number,
  now: Time,
): Promise<RestoredStore | undefined> {
  const ended = await newestAudit(store);
  if (ended >= seen) return undefined;
  return { ended, seen, at: (await loadClock(store, now))?.time ?? now };
}

/**
 * Marks it as one, and takes out of it what is gone by the access file. Its audit goes on behind what that has seen, so that no
 * number is given twice: not to whoever reads the audit, and not to hide another copy. A store in which no release ever ran is a new one.
 *
 * @param held what the access file says
 */
export function noteRestored(
  store: Store,
  restored: RestoredStore,
  held: HeldAccess,
  { environment, ...reading }: ClockReading & { readonly environment: string },
): Promise<void> {
  return store.transaction().execute(async (store) => {
    const { seen } = restored;
    const row = (sequence: number, taken?: TakenOut): Promise<void> =>
      writeAudit(store, [
        {
          sequence,
          at: reading.now,
          actor: "agent",
          operation: "store.restore",
          target: "store",
          outcome: "done",
          code: "storeRestored",
          ...(taken && { after: JSON.stringify({ taken }) }),
          detail: [describeRestored(restored), ...(taken ? describeTaken(taken) : [])].join("; "),
        },
      ]);
    if (await new Archive(store).hasRun()) {
      const why = { named: [], detail: "", restored };
      const { runtime } = await readRemovals(store, environment, { why, held: () => held });
      // a file that is new, or older than the store, says of nobody that they are gone
      const isNewer = (held.audit ?? 0) > restored.ended;
      // what a file does not tell of, nobody goes on to have
      if (!isNewer) await endAll(store);
      // nobody knows who has left since it was asked for: who still is to have it is sent again by their provider
      const holds = new Holds(store);
      await holds.endGiving({
        ...{ state: "superseded", at: reading.now, by: "agent" },
        reason: "the store is a copy from before, and it may have been taken back since",
      });
      await holds.onlyTake("storeRestored");
      await row(seen + 1, isNewer ? await takeOutOfCopy(store, held, runtime, reading) : undefined);
      return markRestored(store, restored);
    }
    // a new store has nobody in it, and the one that was there before may come back
    await row(seen);
    await store.deleteFrom("audit").where("sequence", "=", seen).execute();
  });
}

/** Ends all rights that people took for themselves. */
async function endAll(store: Store): Promise<void> {
  const { breakGlass } = new Directory(store);
  for (const { id } of await breakGlass.all()) await breakGlass.end(id);
}

function describeTaken({ users, groups, members, keys }: TakenOut): string[] {
  return users.length + groups.length + members + keys === 0
    ? []
    : [
        `taken out of it, since they are gone by the access file: ${users.length} users, ${groups.length} groups, ${members} memberships, ${keys} SSH keys`,
      ];
}
