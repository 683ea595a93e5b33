/**
 * The ends of rights that people took for themselves: with their time, with the account, with the group that let them, and with a
 * release that lets them no longer. Looked at in each transaction that may be the cause, so that neither is stored without the other.
 */
import type { Time } from "../../model/time.ts";
import { mayKeep } from "../../policy/break-glass.ts";
import type { EndedBecause } from "../../report/outcome.ts";
import type { BreakGlassRow } from "../directory/break-glass.ts";
import { Directory } from "../directory/directory.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import type { Removals } from "../releases/removals.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";
import { auditEntry, writeAudit } from "./audit.ts";
import { inAudit, returned } from "./break-glass.ts";
import { groupsOfUsers } from "./judge.ts";
import { type Done, noDifference } from "./outcome.ts";

export interface EndingParts {
  /** A transaction, in which everything else is done. */
  readonly store: Store;
  /** What is active from then on. */
  readonly active: Runtime | null;
  /** By what access is taken away where the release does not run: nobody can say then whom it lets. */
  readonly removals?: Removals | undefined;
  readonly now: Time;
  /** Who has left a group by it, by SCIM id. */
  readonly left: ReadonlySet<string>;
}

/** Ends what nobody may have any longer, and writes that into the audit; answers the edits of the access file. */
export async function endTaken(parts: EndingParts): Promise<AccessEdit[]> {
  const { breakGlass } = new Directory(parts.store);
  const rows = await breakGlass.all();
  if (rows.length === 0) return [];
  const why = await reasons(parts, rows);
  const ended = rows.filter(({ id }) => why.has(id));
  for (const { id } of ended) await breakGlass.end(id);
  const release = parts.active?.active.digest ?? null;
  await writeAudit(
    parts.store,
    ended.map((row) => {
      const operation = { actor: "agent", kind: "break-glass", verb: "end", id: row.id, of: null } as const;
      return auditEntry(operation, ending(row, why.get(row.id) ?? "over"), { at: parts.now, release });
    }),
  );
  return ended.map(returned);
}

/** Why each of them ends; those that go on are not in it. */
async function reasons(
  { store, active, removals, now, left }: EndingParts,
  rows: readonly BreakGlassRow[],
): Promise<Map<string, EndedBecause>> {
  const directory = new Directory(store);
  const users = new Map(
    (await directory.users.byIds(rows.map(({ user_id }) => user_id))).map((user) => [user.id, user]),
  );
  const groups = active && (await groupsOfUsers(directory, active.program, [...users.values()]));
  const why = (row: BreakGlassRow): EndedBecause | undefined => {
    if (row.until <= now) return "over";
    if (!active && !removals?.notRun) return "no release";
    if (users.get(row.user_id)?.account !== row.account) return "no account";
    if (active) {
      const there = groups?.get(row.user_id) ?? new Set();
      return mayKeep(active.program.release, row, there) ? undefined : "not allowed";
    }
    return left.has(row.user_id) ? "not allowed" : undefined;
  };
  return new Map(
    rows.flatMap((row) => {
      const because = why(row);
      return because ? [[row.id, because] as const] : [];
    }),
  );
}

function ending(row: BreakGlassRow, because: EndedBecause): Done<null> {
  return {
    kind: "done",
    resource: null,
    target: row.account,
    changes: [],
    effect: { of: "ended right", ...row, because },
    ignored: [],
    warnings: [],
    difference: { ...noDifference, before: inAudit(row) },
  };
}
