/** How the access file follows where a large group has other members, or another name. */
import type { Program } from "../../policy/program.ts";
import type { Directory } from "../directory/directory.ts";
import type { GroupRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { subjectOf } from "./judge.ts";
import type { MovedGroup, RosterMove } from "./outcome.ts";

/** How many accounts are looked at in one step: Mercurial waits for the file meanwhile. */
const accountsInAStep = 1_000;

/** What a group has changed in the access file: by its name before a write, and by the one after. */
export function rosterMove(
  program: Program,
  connector: string,
  names: readonly (Pick<GroupRow, "connector" | "display_name" | "twin"> | undefined)[],
): RosterMove {
  const groups = new Map<string, MovedGroup>();
  for (const named of names) {
    if (!named) continue;
    const key = subjectOf(program, named);
    if (key !== undefined) groups.set(key, { key, name: named.display_name, isTwin: named.twin !== 0 });
  }
  return { connector, groups: [...groups.values()] };
}

/**
 * The edits of some accounts of the connector, of all that changes for each: from what the store says now, so that nothing
 * of them is older than what others have written meanwhile.
 *
 * @param last the account behind which they are
 * @param gives whether who is a member comes in: not where the file may know better than a store from before who has left
 * @returns `next`, the last one of them; undefined behind the last of all
 */
export async function moveEdits(
  { groups, memberships, users }: Directory,
  { connector, groups: moved }: RosterMove,
  last: string,
  gives: boolean,
): Promise<{ readonly edits: readonly AccessEdit[]; readonly next: string | undefined }> {
  if (moved.length === 0) return { edits: [], next: undefined };
  const accounts = await users.accountsBehind(last, { connector, limit: accountsInAStep });
  const ids = accounts.map(({ id }) => id);
  const leaves: AccessEdit[] = [];
  const joins: AccessEdit[] = [];
  for (const { key: group, ...named } of moved) {
    const members = new Set<string>();
    for (const roster of await groups.rostersOf(connector, named))
      for (const id of await memberships.among(roster, ids)) members.add(id);
    for (const { id, account } of accounts)
      if (!members.has(id)) leaves.push({ kind: "leave", account, group });
      else if (gives) joins.push({ kind: "join", account, group });
  }
  return { edits: [...leaves, ...joins], next: accounts.at(-1)?.account };
}
