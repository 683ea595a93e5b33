/**
 * Who would come into a group by what is held of it, and who would leave it: a request about a group names nobody, but their ids, and
 * one that replaces all members not even those who leave.
 */
import type { HeldMoves } from "../../../api/contract.ts";
import { mostReadAtOnce, readGroupWrite } from "../../../scim/group-write.ts";
import type { JsonObject } from "../../../scim/json.ts";
import { type MemberChange, onlyMembers } from "../../../scim/patch/member-changes.ts";
import { Directory } from "../../directory/directory.ts";
import { dialectOf } from "../../store/dialect.ts";
import type { Store } from "../../store/schema.ts";
import { isResource, type ResourceOperation } from "../operation.ts";
import type { Holdable } from "./stored.ts";

/** So many of each are named. */
const mostNamed = 100;

/** As the group is now; null of what is about no group, or too large to be read where requests are answered. */
export async function movesOf(store: Store, operation: Holdable): Promise<HeldMoves | null> {
  if (!isResource(operation) || operation.kind !== "group" || isLarge(operation)) return null;
  const moving = await movingBy(store, operation);
  return moving && { leave: await namedOf(store, moving.left), join: await namedOf(store, moving.joined) };
}

/** Those who would move, by SCIM id; null where the request cannot be read. */
export async function movingBy(
  store: Store,
  operation: ResourceOperation,
): Promise<{ readonly left: readonly string[]; readonly joined: readonly string[] } | null> {
  const { groups, memberships } = new Directory(store);
  const group =
    operation.verb === "create" ? undefined : await groups.find(operation.connector, operation.id);
  const change = changeOf(operation, group && (JSON.parse(group.resource) as JsonObject));
  if (!change) return null;
  const left = group ? await memberships.leaving(group.roster, change) : [];
  const were = new Set(group ? await memberships.among(group.roster, change.add) : []);
  const joined = change.add.filter((id) => !were.has(id));
  return { left, joined };
}

function isLarge(operation: ResourceOperation): boolean {
  return "body" in operation && JSON.stringify(operation.body).length > mostReadAtOnce;
}

function changeOf(operation: ResourceOperation, present: JsonObject | undefined): MemberChange | undefined {
  if (operation.verb === "delete") return onlyMembers([]);
  const read = readGroupWrite(operation.verb, operation.body, present);
  return read.ok ? read.value.members : undefined;
}

async function namedOf(store: Store, ids: readonly string[]): Promise<HeldMoves["leave"]> {
  const some = [...ids].sort().slice(0, mostNamed);
  const rows = await store
    .selectFrom("users")
    .select(["id", "resource"])
    .where(dialectOf(store).isAmong("id", some))
    .execute();
  const names = new Map(rows.map(({ id, resource }) => [id, String(JSON.parse(resource).userName)]));
  const users = some.map((id) => ({ id, name: names.get(id) ?? null }));
  return { count: ids.length, users: users.sort((one, other) => compare(one.name ?? "", other.name ?? "")) };
}

/** The same order on every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
