/**
 * What a request takes away, as far as it is understood, whatever else stands in it: somebody's being active, or the membership
 * of a group. Where the whole request fails, this much is done. What cannot be read as the message that it should be takes
 * nothing away.
 */
import { type AttributeNode, childOf, groupNode, type ResourceNode, userNode } from "./attribute.ts";
import type { Json, JsonObject } from "./json.ts";
import { membersNode, readMemberIds } from "./members.ts";
import { change, PatchRun } from "./patch/change.ts";
import { type MemberChange, MemberChanges, onlyMembers, withoutMembers } from "./patch/member-changes.ts";
import { understoodOperations } from "./patch/message.ts";
import { maxGroupOperations, maxUserOperations, targetsOf } from "./patch/patch.ts";
import { readNamed } from "./resource.ts";
import { Findings, readOne } from "./value.ts";

/** Attributes that no schema knows, as in `NormalisedUser`: they are named, whatever is done. */
interface Ignored {
  readonly ignored: readonly string[];
}

/** What a request says of a user's being active. */
export interface ActivityTaken extends Ignored {
  readonly deactivates: boolean;
}

/**
 * Whether a whole user that replaces another says that they are not active.
 *
 * @param root the User type of the connector, with its extensions
 */
export function putDeactivates(body: Json, root: ResourceNode = userNode): ActivityTaken {
  const read = readNamed(root, body);
  if (!read.ok) return { deactivates: false, ignored: [] };
  const words = said(read.value, "active")
    .map((active) => readOne(activeOf(root), active, new Findings()))
    .filter((active) => typeof active === "boolean");
  return { deactivates: words.at(-1) === false, ignored: unknownIn(root, Object.fromEntries(read.value)) };
}

/**
 * Whether a PATCH makes a user inactive: its last word on `active` that is understood counts.
 *
 * @param root the User type of the connector, with its extensions
 */
export function patchDeactivates(body: Json, root: ResourceNode = userNode): ActivityTaken {
  const node = activeOf(root);
  const all = new PatchRun();
  let isActive = true;
  for (const operation of understoodOperations(body, maxUserOperations))
    for (const { path, value } of targetsOf(root, operation, all)) {
      if (path.attribute !== node) continue;
      const run = new PatchRun();
      const { active } = change({}, path, operation.op, value, run);
      if (!run.error) isActive = active === true;
    }
  return { deactivates: !isActive, ignored: [...all.findings.ignored] };
}

/**
 * Whether a PATCH of a user speaks of nothing but whether they are active.
 *
 * @param root the User type of the connector, with its extensions
 */
export function patchIsOfActivity(body: Json, root: ResourceNode = userNode): boolean {
  const node = activeOf(root);
  const targets = understoodOperations(body, maxUserOperations).map((operation) => [
    ...targetsOf(root, operation, new PatchRun()),
  ]);
  return targets.length > 0 && targets.flat().every(({ path }) => path.attribute === node);
}

/** Whether a PATCH of a group does nothing but take members out of it. */
export function patchOnlyRemoves(body: Json): boolean {
  const operations = understoodOperations(body, maxGroupOperations);
  return (
    operations.length > 0 &&
    operations.every(
      (operation) =>
        operation.op === "remove" &&
        [...targetsOf(groupNode, operation, new PatchRun())].every(
          ({ path }) => path.attribute === membersNode,
        ),
    )
  );
}

/**
 * What a whole user that replaces another makes of them where it is not understood whole: by those of its attributes that are, and
 * what is not there stays.
 *
 * @param root the User type of the connector, with its extensions
 */
export function putLeaves(present: JsonObject, body: Json, root: ResourceNode = userNode): JsonObject {
  const read = readNamed(root, body);
  const named = read.ok ? read.value : [];
  const operations = named.map(([name, value]) => ({ op: "replace", value: { [name]: value } }));
  return patchLeaves(present, { Operations: operations }, root);
}

/**
 * What a PATCH makes of a user, by those of its operations that are understood.
 *
 * @param root the User type of the connector, with its extensions
 */
export function patchLeaves(present: JsonObject, body: Json, root: ResourceNode = userNode): JsonObject {
  let left = present;
  for (const operation of understoodOperations(body, maxUserOperations))
    for (const { path, value } of targetsOf(root, operation, new PatchRun())) {
      const run = new PatchRun();
      const changed = change(left, path, operation.op, value, run);
      if (!run.error) left = changed;
    }
  return left;
}

/** What a request says of the members of a group. */
export interface MembersTaken extends Ignored {
  /** All of it. */
  readonly whole: MemberChange;
  /** Its removals alone: what counts of a request that names nobody who is known, for it speaks of another store. */
  readonly removals: MemberChange;
  /** Whether it names anybody who shall be a member, or tries to. */
  readonly names: boolean;
}

/** What a whole group that replaces another says of its members; undefined where it says nothing. */
export function putTakesMembers(body: Json): MembersTaken | undefined {
  const read = readNamed(groupNode, body);
  const members = (read.ok ? said(read.value, "members").at(-1) : null) ?? null;
  // where the rest is not understood either, what is not there is no empty list
  if (members === null) return undefined;
  const findings = new Findings();
  const ids = readMemberIds(members, findings);
  const names = ids.length > 0 || findings.error !== undefined;
  const ignored = read.ok ? unknownIn(groupNode, Object.fromEntries(read.value)) : [];
  return { whole: onlyMembers(ids), removals: withoutMembers([]), names, ignored };
}

/** What a PATCH says of the members of a group, in those of its operations that are understood. */
export function patchTakesMembers(body: Json): MembersTaken {
  const [whole, removals] = [new MemberChanges(), new MemberChanges()];
  const all = new PatchRun();
  let unclear = false;
  for (const operation of understoodOperations(body, maxGroupOperations))
    for (const { path, value } of targetsOf(groupNode, operation, all)) {
      if (path.attribute !== membersNode) continue;
      const run = new PatchRun();
      whole.change(path, operation.op, value, run);
      if (operation.op === "remove") removals.change(path, operation.op, value, new PatchRun());
      else unclear ||= run.error !== undefined;
    }
  const changes = whole.result();
  const names = unclear || changes.add.length + changes.passing.length > 0;
  return { whole: changes, removals: removals.result(), names, ignored: [...all.findings.ignored] };
}

/** The values of an attribute, in any case of its name: where it is said more than once, the last word counts. */
function said(named: readonly (readonly [name: string, value: Json])[], attribute: string): Json[] {
  return named.flatMap(([name, value]) => (name.toLowerCase() === attribute ? [value] : []));
}

function unknownIn(root: ResourceNode, body: Json): string[] {
  const findings = new Findings();
  readOne(root, body, findings);
  return [...findings.ignored];
}

function activeOf(root: ResourceNode): AttributeNode {
  return childOf(root, "active") as AttributeNode;
}
