/**
 * Who gets an account, or loses it, since a write of a group makes them a member of one that a trigger names, or no longer: each of
 * them is written again as stored, and judged as any user who is let in or leaves.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Verdict } from "../../policy/constraints/change.ts";
import type { WithheldAccount } from "../../report/outcome.ts";
import { chunks, type UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { groupsOfUsers } from "./judge.ts";
import type { Outcome, Rejection } from "./outcome.ts";
import type { Writing } from "./writing.ts";

/** Users, by SCIM id, with the group that they leave and the one that they join, by key. */
export type GroupMove = readonly [ids: readonly string[], from: string | undefined, to: string | undefined];

/** The groups that a user was in before a write of a group moved them, and is in now, by key: as a member, and by what derives them. */
export interface MovedGroups {
  readonly before: ReadonlySet<string>;
  readonly now: ReadonlySet<string>;
}

export interface Triggered {
  /** Who was written again, by SCIM id: they are judged. */
  readonly users: ReadonlySet<string>;
  readonly edits: readonly AccessEdit[];
  readonly warnings: readonly Verdict[];
  readonly letIn: readonly string[];
  readonly shutOut: readonly string[];
  /** What they do not get until an approver says so. */
  readonly withheld: readonly WithheldAccount[];
}

/**
 * Settles the accounts of who moves, where the groups are stored as they are from now on. Who only leaves gets nothing by it.
 *
 * @param settle writes a user again, who was in other groups before
 * @returns why it cannot be, such as a limit that is reached, or a rule for who is let in
 */
export async function settleMembers(
  writing: Writing,
  moves: readonly GroupMove[],
  settle: (writing: Writing, user: UserRow, groups: MovedGroups) => Promise<Outcome<UserRow>>,
): Promise<Result<Triggered, Rejection>> {
  const { directory, active, connector } = writing;
  const { triggers } = active.program;
  const found = {
    users: new Set<string>(),
    edits: [] as AccessEdit[],
    warnings: new Map<string, Verdict>(),
    letIn: [] as string[],
    shutOut: [] as string[],
    withheld: [] as WithheldAccount[],
  };
  for (const [ids, from, to] of moves) {
    if (from === to || !(triggers.names(connector, from) || triggers.names(connector, to))) continue;
    for (const some of chunks(ids)) {
      const users = await directory.users.byIds(some);
      const groups = await groupsOfUsers(directory, active.program, users);
      for (const user of users) {
        const there = groups.get(user.id) ?? new Set<string>();
        const isLetIn = triggers.letIn(connector, there);
        const hasAny = user.account !== null || user.withheld !== null;
        if (isLetIn === hasAny || (isLetIn && to === undefined)) continue;
        const had = new Set(there);
        if (to !== undefined) had.delete(to);
        if (from !== undefined) had.add(from);
        const outcome = await settle(writing, user, { before: had, now: there });
        if (outcome.kind !== "done") return fail(of(user, outcome));
        const { effect, changes, warnings, resource } = outcome;
        if (effect.of !== "user" || changes === "everything") continue;
        found.users.add(user.id);
        for (const edit of changes) found.edits.push(edit);
        for (const warning of warnings) found.warnings.set(warning.constraint, warning);
        if (resource.account !== null && user.account === null) found.letIn.push(resource.account);
        if (resource.account === null && user.account !== null) found.shutOut.push(user.account);
        if (effect.withheld) found.withheld.push(effect.withheld);
      }
      if (ids.length > some.length) await nextTurn();
    }
  }
  return ok({ ...found, warnings: [...found.warnings.values()] });
}

/** Of whom a refusal is, where several are written. */
function of<R extends Rejection>({ id }: UserRow, rejection: R): R {
  return { ...rejection, detail: `user ${id}: ${rejection.detail}` };
}
