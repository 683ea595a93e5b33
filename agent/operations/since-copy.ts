/**
 * What the access file knows of the time since a copy of the store was made: whoever has left is taken out of the copy too, so that
 * no release brings them back, and its groups are those that there were. Nobody is given anything.
 */
import { canonicalJson } from "../../model/canonical.ts";
import { foldName } from "../../model/name.ts";
import { keysWithin, keyText } from "../../policy/ssh-key.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { ClockReading } from "../clock/rule.ts";
import { Directory } from "../directory/directory.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { nameKey } from "../mercurial/access-rows.ts";
import type { HeldAccess } from "../mercurial/held.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";
import { withoutKeys } from "./lost-keys.ts";
import { userWrites } from "./users.ts";

/** Who and what was taken out of a copy. */
export interface TakenOut {
  /** By SCIM id. */
  readonly users: readonly string[];
  /** By the SCIM id of the copy. */
  readonly groups: readonly string[];
  /** How many members have left a group that there still is. */
  readonly members: number;
  /** How many public keys. */
  readonly keys: number;
}

/**
 * Takes them out, in a transaction.
 *
 * @param held what the access file says, which is newer than the store
 * @param runtime by which access is taken away where no release can be trusted
 */
export async function takeOutOfCopy(
  store: Store,
  held: HeldAccess,
  runtime: Runtime,
  reading: ClockReading,
): Promise<TakenOut> {
  const directory = new Directory(store);
  const users = await retireLost(directory, held, runtime, reading);
  // an approver may have ended it since
  for (const { connector } of await directory.renumberings.all(reading.now))
    await directory.renumberings.allow(connector, null);
  await catchUpTaken(directory, held, reading);
  const { groups, members } = await catchUpGroups(directory, held, reading);
  return { users, groups, members, keys: await catchUpKeys(directory, held, reading) };
}

/** Deactivates whoever has no account any more: a deleted user is not told from a deactivated one, so both leave all groups. */
async function retireLost(
  directory: Directory,
  held: HeldAccess,
  active: Runtime,
  reading: ClockReading,
): Promise<string[]> {
  const { holders = new Map() } = held;
  if (!tellsOfPeople(held)) return [];
  const holding = new Set(holders.values());
  const lost: string[] = [];
  for (const { id, connector, account } of await directory.users.present()) {
    const holder = holders.get(account);
    // one who goes by another name meanwhile is there
    if (holder === id || (holder === undefined && holding.has(id))) continue;
    const row = await directory.users.find(connector, id);
    if (row) await userWrites.retire({ directory, active, connector, ...reading }, row as UserRow);
    lost.push(id);
  }
  return lost;
}

/**
 * Has the rights that people took for themselves be those that there were: one that has ended since does not come back, and one that
 * was taken since goes on, by the set that it was taken by. Why it was taken, the file does not say.
 */
async function catchUpTaken(
  { breakGlass }: Directory,
  { taken, holders }: HeldAccess,
  { now }: ClockReading,
): Promise<void> {
  const there = new Map(taken.map((one) => [one.id, one]));
  const known = await breakGlass.all();
  for (const { id, until } of known) {
    const same = there.get(id);
    if (!same) await breakGlass.end(id);
    else if (same.until !== until) await breakGlass.endAt(id, same.until);
  }
  const ids = new Set(known.map(({ id }) => id));
  for (const one of taken) {
    const user_id = holders?.get(one.account);
    if (ids.has(one.id) || user_id === undefined) continue;
    const reason = "not known: the store is a copy from before it was taken";
    await breakGlass.put({ ...one, user_id, since: now, reason, taken_by: "agent" });
  }
}

/** Whether the file tells who has no account: where no release was active, nobody had one. */
function tellsOfPeople({ holders, release }: HeldAccess): boolean {
  return holders !== undefined && release !== "";
}

/** A group of the copy, and which one it is by the access file. */
interface Known {
  readonly row: GroupRow;
  readonly id: string;
  readonly group: string;
  readonly name: string;
}

/**
 * Has the groups of a copy those members, names and ids that there were: one that was made again by its name is that one, with whoever
 * was in both, and its provider can take them out.
 */
async function catchUpGroups(
  { groups, memberships }: Directory,
  held: HeldAccess,
  { now }: ClockReading,
): Promise<Pick<TakenOut, "groups" | "members">> {
  if (!held.groups) return { groups: [], members: 0 };
  const rows = await groups.rows();
  const there = new Set(rows.map(({ id }) => id));
  const madeSince = new Map(
    [...held.groups].flatMap(([id, called]) => (there.has(id) ? [] : [[called.name, { id, ...called }]])),
  );
  const known: Known[] = [];
  const gone: GroupRow[] = [];
  for (const row of rows) {
    const key = nameKey(row.connector, row.display_name);
    const same = held.groups.get(row.id);
    const found = same ? { id: row.id, ...same } : row.twin === 0 ? madeSince.get(key) : undefined;
    // of one that nothing selects, the new name is not told: nobody has anything by it
    const name = found?.name === key ? row.display_name : nameOf(found?.group ?? "");
    if (found && name !== undefined) known.push({ row, ...found, name });
    else gone.push(row);
  }
  const others = known.filter(({ row, id, name }) => id !== row.id || name !== row.display_name);
  // two may have changed their names with each other
  for (const { id } of [...gone, ...others.map(({ row }) => row)]) await groups.delete(id);
  for (const { roster } of gone) await memberships.endOfGroup(roster);
  for (const { row, id, name } of others) await groups.put(calledAnew(row, id, name, now), undefined);

  const accounts = new Map([...(held.holders ?? [])].map(([account, user]) => [user, account]));
  const inFile = new Set(held.memberships.map(({ account, group }) => `${account} ${group}`));
  let members = 0;
  for (const { row, id, group } of known) {
    const isMember = (user: string) => {
      // where the file says nothing of members, the copy is all that is known; not of another group
      if (!tellsOfPeople(held) || group === "") return id === row.id;
      // who had no account may have left the group meanwhile
      const account = accounts.get(user);
      return account !== undefined && inFile.has(`${account} ${group}`);
    };
    const left = (await memberships.members(row.roster)).filter((user) => !isMember(user));
    members += (await memberships.leave(row.roster, left)).length;
  }
  return { groups: [...gone, ...others.map(({ row }) => row)].map(({ id }) => id), members };
}

/** The name of a group as the file has it, a twin's included; undefined where nothing selects it. */
function nameOf(group: string): string | undefined {
  return group === "" ? undefined : group.slice(group.indexOf("/") + 1);
}

/**
 * Leaves everybody those of their public keys that their account has. Who had no account may have given theirs up meanwhile, as they
 * may have left a group.
 */
async function catchUpKeys(
  { users, sshKeys }: Directory,
  held: HeldAccess,
  { now }: ClockReading,
): Promise<number> {
  if (!tellsOfPeople(held) || !held.keys) return 0;
  const [there, owned] = [held.keys, await sshKeys.all()];
  // where no key ever was anybody's, a text that looks like one is none
  if (there.length + owned.size === 0) return 0;
  const accounts = new Map([...(held.holders ?? [])].map(([account, user]) => [user, account]));
  const inFile = new Set(there.map((key) => `${key.account} ${keyText(key)}`));
  let count = 0;
  for (const { id, connector, resource } of await users.all()) {
    const known = [...keysWithin(resource), ...(await sshKeys.ofUser(id))];
    const lost = known.filter((key) => !inFile.has(`${accounts.get(id)} ${keyText(key)}`));
    if (lost.length === 0) continue;
    await sshKeys.giveUp(id, lost);
    count += new Set(lost.map(keyText)).size;
    const row = await users.find(connector, id);
    const left = canonicalJson(withoutKeys(resource as unknown as JsonObject, lost));
    if (row && row.resource !== left)
      await users.put({ ...row, resource: left, modified: now, version: row.version + 1 }, row);
  }
  return count;
}

function calledAnew(row: GroupRow, id: string, name: string, now: number): GroupRow {
  if (name === row.display_name) return { ...row, id };
  const resource = { ...(JSON.parse(row.resource) as JsonObject), displayName: name };
  return {
    ...row,
    id,
    display_name: foldName(name),
    resource: canonicalJson(resource),
    modified: now,
    version: row.version + 1,
  };
}
