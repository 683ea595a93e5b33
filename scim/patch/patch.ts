/** PATCH (RFC 7644, section 3.5.2): all operations, or an error and nothing. */

import { fail, ok } from "../../model/result.ts";
import { behindCore, childOf, groupNode, type ResourceNode, userNode } from "../attribute.ts";
import { type ScimResult, scimError } from "../error.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { membersNode } from "../members.ts";
import { unseenName } from "../names.ts";
import { finishUser, longName, type NormalisedUser, namesOf, readResource } from "../resource.ts";
import { type Findings, unwrap } from "../value.ts";
import { change, PatchRun } from "./change.ts";
import { type MemberChange, MemberChanges } from "./member-changes.ts";
import { inOperation, type PatchOperation, readOperations } from "./message.ts";
import { nameIn, type PatchPath, parsePath } from "./path.ts";

/** The most operations in one PATCH of a user: there are fewer attributes to change. */
export const maxUserOperations = 200;

/** The most operations in one PATCH of a group: some clients send one a member. */
export const maxGroupOperations = 20_000;

/** What a PATCH makes of a group. */
export interface PatchedGroup {
  /** The attributes to store, without `members`, as `normaliseGroup` gives them. */
  readonly resource: JsonObject;
  readonly members: MemberChange;
  /** As in `NormalisedUser`. */
  readonly ignored: readonly string[];
}

/**
 * Applies a PATCH to a user.
 *
 * `active` that is removed becomes false: whoever takes the assertion away does not mean to grant.
 *
 * @param present the stored resource; it is not changed
 * @param root the User type of the connector, with its extensions
 * @returns the resource to store, or the error of the first operation that fails
 */
export function patchUser(
  present: JsonObject,
  body: Json,
  root: ResourceNode = userNode,
): ScimResult<NormalisedUser> {
  const isDeclared = ([name]: [string, Json]) => childOf(root, name) !== undefined;
  const all = Object.entries(present);
  const patched = patch(root, Object.fromEntries(all.filter(isDeclared)), body, maxUserOperations);
  if (!patched.ok) return patched;
  const { resource, findings } = patched.value;
  const finished = finishUser(root, resource, resource.active ?? false, findings, present);
  if (!finished.ok) return finished;
  // what an extension held stays for the day on which it is declared again
  const held = Object.fromEntries(all.filter((one) => !isDeclared(one)));
  return ok({ ...finished.value, resource: { ...finished.value.resource, ...held } });
}

/**
 * Applies a PATCH to a group without its members: what becomes of them is returned as a change, so that no group is
 * ever loaded whole.
 *
 * @param present the stored resource, which has no `members`; it is not changed
 * @returns the resource to store and the change, or the error of the first operation that fails
 */
export function patchGroup(present: JsonObject, body: Json): ScimResult<PatchedGroup> {
  const members = new MemberChanges();
  const patched = patch(groupNode, present, body, maxGroupOperations, members);
  if (!patched.ok) return patched;
  const { resource, findings } = patched.value;
  const wrong = longName(resource) ?? unseenName(groupNode, resource, present);
  if (wrong) return fail(wrong);
  return ok({ resource, members: members.result(), ignored: [...findings.ignored] });
}

function patch(
  root: ResourceNode,
  present: JsonObject,
  body: Json,
  limit: number,
  members?: MemberChanges,
): ScimResult<{ resource: JsonObject; findings: Findings }> {
  const operations = readOperations(body, limit);
  if (!operations.ok) return operations;
  const run = new PatchRun();
  let resource = present;
  for (const [index, operation] of operations.value.entries()) {
    resource = apply(root, resource, operation, run, members);
    if (run.error) return fail(inOperation(index, run.error));
  }
  resource = readResource(root, resource, run.findings);
  return run.error ? fail(run.error) : ok({ resource, findings: run.findings });
}

function apply(
  root: ResourceNode,
  resource: JsonObject,
  operation: PatchOperation,
  run: PatchRun,
  members: MemberChanges | undefined,
): JsonObject {
  const { op } = operation;
  let patched = resource;
  for (const { path, value } of targetsOf(root, operation, run))
    if (path.attribute === membersNode) members?.change(path, op, value, run);
    else patched = change(patched, path, op, value, run);
  return patched;
}

/** What an operation points at, and the value that it has for that. */
interface Target {
  readonly path: PatchPath;
  readonly value: Json | undefined;
}

/**
 * What an operation points at: by its path, or by the names in its value. What no schema knows is noted and left out, as in a
 * body: Entra's mappings name attributes of their own beside `active`, and a leaver must not stay for that.
 */
export function* targetsOf(
  root: ResourceNode,
  { path: text, value }: PatchOperation,
  run: PatchRun,
): Iterable<Target> {
  if (text !== undefined && behindCore(root, text) !== "") {
    const path = parsePath(root, text);
    if (!path.ok) run.refuse(path.error);
    else if (path.value) yield { path: path.value, value };
    else run.findings.ignore(root, nameIn(text));
    return;
  }
  const attributes = unwrap(value ?? null) ?? null;
  if (!isObject(attributes)) {
    run.refuse(scimError("invalidValue", "without a path, value must be an object of attributes"));
    return;
  }
  for (const [name, given] of namesOf(root, attributes)) {
    // Entra names sub-attributes and values here too: "name.givenName", "emails[type eq \"work\"].value".
    const path = parsePath(root, name);
    if (path.ok && path.value) {
      const { attribute, sub } = path.value;
      // Okta sends the id along. What is the service provider's is no mistake here, but no change either.
      const isReadOnly = attribute.mutability === "readOnly" || sub?.mutability === "readOnly";
      if (!isReadOnly) yield { path: path.value, value: given };
    } else if (path.ok || path.error.code === "invalidPath") run.findings.ignore(root, nameIn(name));
    else run.refuse(path.error);
  }
}
