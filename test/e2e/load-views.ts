/** What lanes wrote, as each place shows it: HTTP, the store's tables, and the access file. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { send } from "../agent/request.ts";
import type { KillWorld } from "./kill-world.ts";
import { type LaneState, type LaneUser, laneOf, ownGroup, sharedGroups } from "./load-lane.ts";

/** Everything that SCIM answers. */
export interface Directory {
  readonly users: ReadonlyMap<string, LaneUser>;
  /** Members by userName. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** By userName and displayName. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Reads all users and groups over HTTP, page by page. */
export async function readDirectory(world: KillWorld): Promise<Directory> {
  const [users, groups] = [await readAll(world, "Users"), await readAll(world, "Groups")];
  const names = new Map(users.map(({ id, userName }) => [id, String(userName)]));
  return {
    users: new Map(users.map(({ userName, active, title }) => [String(userName), { active, title }])),
    groups: new Map(
      groups.map(({ displayName, members = [] }) => [
        String(displayName),
        // a member that is no user shows as its id, which no lane knows
        members.map(({ value }) => names.get(value) ?? value),
      ]),
    ),
    ids: new Map(
      [...users, ...groups].map(({ id, userName, displayName }) => [String(userName ?? displayName), id]),
    ),
  };
}

/** A lane's part of a directory. */
export function partOf({ users, groups }: Directory, lane: number): LaneState {
  const isOurs = (name: string) => laneOf(name) === lane;
  return {
    users: new Map([...users].filter(([name]) => isOurs(name))),
    groups: new Map(
      [...sharedGroups, ownGroup(lane)].flatMap((name) => {
        const members = groups.get(name);
        return members ? [[name, new Set(members.filter(isOurs))] as const] : [];
      }),
    ),
  };
}

/** A state in one form, so that equal ones are equal texts. */
export function describeState({ users, groups }: LaneState): string {
  return JSON.stringify([
    [...users].map(([name, { active, title }]) => [name, active, title]).sort(),
    [...groups].map(([name, members]) => [name, [...members].sort()]).sort(),
  ]);
}

/** The rights that a state gives, as the access file words them: accounts that are let in, and their groups. */
export function rightsOf({ users, groups }: LaneState): string[] {
  const active = [...users].filter(([, user]) => user.active).map(([name]) => name);
  const memberships = active.flatMap((user) =>
    [...groups].flatMap(([group, members]) => (members.has(user) ? `${accountOf(user)} okta/${group}` : [])),
  );
  return [...active.map(accountOf), ...memberships].sort();
}

/** The rights in the access file of each lane: `account`, `account group`. */
function rightsIn(file: string): Map<number, string[]> {
  const database = new Database(file, { readonly: true });
  let rows: { right: string }[];
  try {
    // both as of one moment; a statement that is still known would keep its lock, also when it is closed
    database.exec("BEGIN");
    rows = [
      ...database.prepare("SELECT account AS right FROM accounts WHERE active = 1").all(),
      ...database.prepare(`SELECT account || ' ' || "group" AS right FROM memberships`).all(),
    ] as { right: string }[];
  } finally {
    if (database.inTransaction) database.exec("ROLLBACK");
    database.close();
  }
  const byLane = new Map<number, string[]>();
  for (const right of rows.map(({ right }) => right).sort())
    byLane.set(laneOf(right), [...(byLane.get(laneOf(right)) ?? []), right]);
  return byLane;
}

/**
 * The rights of each lane in the access file of an agent that was killed: what it had committed. Where a commit was cut
 * off, a reader sees nothing at all until the agent has rolled it back.
 *
 * @throws {Error} when a reader sees anything else
 */
export function rightsAfterKill(file: string): Map<number, string[]> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-access-"));
  try {
    const copy = join(folder, "access.db");
    for (const end of ["", "-journal"]) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
    const writable = new Database(copy);
    writable.prepare("SELECT value FROM meta").all();
    writable.close();
    const committed = rightsIn(copy);
    const seen = rightsSeen(file);
    if (seen && JSON.stringify([...seen]) !== JSON.stringify([...committed]))
      throw new Error("a reader of the access file sees what was never committed");
    return committed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What a reader sees in a file as it lies there; undefined where there is none, or SQLite refuses, since it must be rolled back
 * first.
 */
export function rightsSeen(file: string): Map<number, string[]> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return rightsIn(file);
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (!/^SQLITE_(READONLY|CANTOPEN|BUSY)/.test(code)) throw error;
    return undefined;
  }
}

interface Shown {
  readonly id: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly active: boolean;
  readonly title: string;
  readonly members?: readonly { readonly value: string }[];
}

async function readAll({ scim }: KillWorld, path: string): Promise<Shown[]> {
  const all: Shown[] = [];
  for (;;) {
    const { status, text } = await send(`${scim.url}/${path}?startIndex=${all.length + 1}`, {
      headers: { Authorization: `Bearer ${scim.token}` },
      ca: scim.ca,
    });
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    const { Resources = [], totalResults } = JSON.parse(text) as {
      Resources?: Shown[];
      totalResults: number;
    };
    all.push(...Resources);
    if (all.length >= totalResults || Resources.length === 0) return all;
  }
}

function accountOf(userName: string): string {
  return userName.split("@")[0] ?? "";
}
