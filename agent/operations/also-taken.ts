/**
 * What a removal takes away beside what it names. Where a connector came in the place of another one, their provider may have sent
 * everybody again, and knows each of them by the later id alone: whoever leaves as the one user leaves as the other one too.
 */
import { foldName } from "../../model/name.ts";
import type { JsonObject } from "../../scim/json.ts";
import { withoutMembers } from "../../scim/patch/member-changes.ts";
import { Directory } from "../directory/directory.ts";
import { reachedBy } from "../releases/serving.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { isResource, type Operation, type ResourceOperation } from "./operation.ts";
import type { Done, Outcome } from "./outcome.ts";

/**
 * The operations that take it away, to be performed with the one that was done. Whoever sent that could have sent them: their own
 * connector's people leave by it, and those of the connectors in whose place it came.
 */
export async function alsoTaken(
  operation: Operation,
  outcome: Outcome,
  surroundings: Surroundings,
): Promise<ResourceOperation[]> {
  if (!isResource(operation) || operation.verb === "create" || outcome.kind !== "done") return [];
  const { actor, connector, kind, takesAwayOnly } = operation;
  const reached = reachedBy(surroundings, actor.replace(/^scim:/, ""));
  const others = reached.filter((name) => name !== connector);
  if (others.length === 0) return [];
  const directory = new Directory(surroundings.store);
  const taking = (other: string, id: string, change: JsonObject): ResourceOperation => ({
    ...{ actor, kind, connector: other, verb: "modify", id },
    ...(takesAwayOnly && { takesAwayOnly }),
    body: { Operations: [change] },
  });
  const further: ResourceOperation[] = [];
  for (const other of others)
    if (kind === "user")
      for (const id of await leaversIn(directory, other, operation, outcome))
        further.push(taking(other, id, { op: "replace", path: "active", value: false }));
    else
      for (const { id, members } of await leftIn(directory, other, connector, outcome))
        further.push(
          taking(other, id, { op: "remove", path: "members", value: members.map((value) => ({ value })) }),
        );
  return further;
}

/** Of a user who was deactivated or deleted, the same person in another connector: who is still active there. */
async function leaversIn(
  { users }: Directory,
  other: string,
  { verb, connector, id }: Exclude<ResourceOperation, { readonly verb: "create" }>,
  { difference: { before, after } }: Done<unknown>,
): Promise<string[]> {
  if (verb !== "delete" && after.active !== false) return [];
  const there = await users.find(connector, id);
  const same = await users.same(other, there ? (JSON.parse(there.resource) as JsonObject) : before);
  return same.filter(({ resource }) => JSON.parse(resource).active !== false).map((user) => user.id);
}

/** Of those who left a group, the same people in the groups of that name of another connector. */
async function leftIn(
  { users, groups, memberships }: Directory,
  other: string,
  connector: string,
  { difference: { before, after }, effect }: Done<unknown>,
): Promise<{ readonly id: string; readonly members: readonly string[] }[]> {
  const left = (before.members ?? []) as readonly string[];
  if (left.length === 0 || !("name" in effect)) return [];
  const names = [before.displayName, after.displayName, effect.name].filter(
    (name) => typeof name === "string",
  );
  const people: string[] = [];
  for (const id of left) {
    const there = await users.find(connector, id);
    if (!there) continue;
    for (const one of await users.same(other, JSON.parse(there.resource) as JsonObject)) people.push(one.id);
  }
  const found: { id: string; members: readonly string[] }[] = [];
  for (const name of new Set(names.map(foldName)))
    for (const { id, roster } of await groups.ofName(other, name)) {
      const members = await memberships.leaving(roster, withoutMembers(people));
      if (members.length > 0) found.push({ id, members });
    }
  return found;
}
