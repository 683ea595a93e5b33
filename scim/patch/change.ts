/**
 * What one PATCH operation makes of an attribute (RFC 7644, sections 3.5.2.1 to 3.5.2.3). Nothing is changed in
 * place: what an operation touches is copied, the rest is shared with the resource as it was.
 */
import type { AttributeNode } from "../attribute.ts";
import { type ScimError, scimError } from "../error.ts";
import { describe, isObject, type Json, type JsonObject } from "../json.ts";
import { Findings, inOrder, isPrimary, maxValues, read, readOne, unwrap } from "../value.ts";
import { addTo, means } from "./elements.ts";
import type { Op } from "./message.ts";
import type { PatchPath } from "./path.ts";

/** The most comparisons of values in one PATCH: some 0.3 s. A real one makes a hundred. */
const maxPatchComparisons = 2_000_000;

/** What turned up while operations were applied. The first refusal ends the PATCH. */
export class PatchRun {
  readonly findings = new Findings();
  #refusal: ScimError | undefined;
  #comparisons = 0;

  /** Refuses the operation. */
  refuse(error: ScimError) {
    this.#refusal ??= error;
  }

  /** Counts comparisons before they are made; false when the PATCH has had its share of them. */
  spend(comparisons: number): boolean {
    this.#comparisons += comparisons;
    if (this.#comparisons <= maxPatchComparisons) return true;
    this.refuse(
      scimError("tooLarge", `it compares values more than ${maxPatchComparisons} times: send it in parts`),
    );
    return false;
  }

  /** Why the PATCH ends here; undefined while it may go on. */
  get error(): ScimError | undefined {
    return this.#refusal ?? this.findings.error;
  }
}

/** Applies an operation where the path points, which is not a group's `members`; returns the new resource. */
export function change(
  resource: JsonObject,
  path: PatchPath,
  op: Op,
  value: Json | undefined,
  run: PatchRun,
): JsonObject {
  const { extension, attribute, sub } = path;
  if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
    run.refuse(scimError("mutability", `${(sub ?? attribute).path} is read-only`, (sub ?? attribute).path));
    return resource;
  }
  // A password: accepted and forgotten.
  if (!attribute.stored) return resource;
  if (!extension) return changeIn(resource, path, op, value, run);
  const before = resource[extension.name];
  const after = changeIn(isObject(before) ? before : {}, path, op, value, run);
  return set(resource, extension, unlessEmpty(after));
}

function changeIn(
  parent: JsonObject,
  path: PatchPath,
  op: Op,
  value: Json | undefined,
  run: PatchRun,
): JsonObject {
  const { attribute, filter, sub } = path;
  const before = parent[attribute.name];
  let after: Json | undefined;
  if (filter && !attribute.multiValued) after = removeIfSelected(path, before, op, run);
  else if (filter) after = changeSelected(path, before, op, value, run);
  else if (sub && attribute.multiValued) after = changeEach(path, before, op, value, run);
  else if (sub) after = changeSub(isObject(before) ? before : {}, sub, op, value, run);
  else
    after =
      op === "remove" ? remove(attribute, before, value, run) : assign(op, attribute, before, value, run);

  if (Array.isArray(after)) after = keepOnePrimary(attribute, before, after, run);
  if (after === undefined && attribute.required && !run.error) {
    run.refuse(
      scimError("mutability", `${attribute.path} is required and cannot be removed`, attribute.path),
    );
  }
  return set(parent, attribute, after);
}

/** `add` and `replace` of a whole attribute. Null and empty arrays unassign, but that `add` adds nothing to many values. */
function assign(
  op: "add" | "replace",
  node: AttributeNode,
  before: Json | undefined,
  value: Json | undefined,
  run: PatchRun,
): Json | undefined {
  if (!node.multiValued) return assignOne(op, node, before, value, run);
  const given = read(node, value ?? null, run.findings);
  if (op === "replace") return given;
  return Array.isArray(given)
    ? addTo(node, elements(before), given, (comparisons) => run.spend(comparisons))
    : before;
}

/** Assigns one value: both operations replace what is there (RFC 7644, section 3.5.2.1). Sub-attributes of a complex one that are not given stay. */
function assignOne(
  op: "add" | "replace",
  node: AttributeNode,
  before: Json | undefined,
  value: Json | undefined,
  run: PatchRun,
): Json | undefined {
  const single = unwrap(value ?? null);
  if (single === null || single === undefined) return undefined;
  if (node.type !== "complex") return readOne(node, single, run.findings);
  if (!isObject(single)) {
    if (typeof single === "string" && node.children.has("value")) {
      return assignOne(op, node, before, { value: single }, run);
    }
    run.findings.problem(node, `expected an object, found ${describe(single)}`);
    return before;
  }
  let after = isObject(before) ? before : {};
  for (const name of Object.keys(single)) {
    const child = node.children.get(name.toLowerCase());
    if (!child) run.findings.ignore(node, name);
    else if (child.stored) {
      after = set(after, child, assign(op, child, after[child.name], single[name], run));
    }
  }
  return unlessEmpty(after);
}

/** `remove` of a whole attribute, or of the values that a client lists beside the path, as Entra does. */
function remove(
  node: AttributeNode,
  before: Json | undefined,
  value: Json | undefined,
  run: PatchRun,
): Json | undefined {
  if (!node.multiValued || value === undefined || value === null) return undefined;
  const given = elements(read(node, value, run.findings));
  const present = elements(before);
  if (given.length === 0 || !run.spend(present.length * given.length)) return before;
  return unlessNone(present.filter((element) => !given.some((one) => means(node, one, element))));
}

/** An operation on `attr[filter]` or `attr[filter].sub`. */
function changeSelected(
  { attribute, filter, sub }: PatchPath,
  before: Json | undefined,
  op: Op,
  value: Json | undefined,
  run: PatchRun,
): Json | undefined {
  const present = elements(before);
  if (!filter || !run.spend(present.length * filter.comparisons)) return before;
  const selected = new Set(present.filter(filter.matches));
  if (selected.size === 0) {
    // What is not there is removed already: a repeated request must not fail.
    if (op === "remove") return before;
    if (!filter.described || (op === "replace" && !sub)) {
      run.refuse(scimError("noTarget", `no value of ${attribute.path} matches the filter`, attribute.path));
      return before;
    }
    if ((unwrap(value ?? null) ?? null) === null) return before;
    // Entra replaces or adds emails[type eq "work"].value where there is no such element, and means a new one.
    const created = sub
      ? changeSub(filter.described, sub, op, value, run)
      : assignOne(op, attribute, filter.described, value, run);
    return isObject(created) ? [...present, inOrder(attribute, created)] : before;
  }
  return unlessNone(
    present.flatMap((element) => {
      if (!selected.has(element)) return [element];
      if (!isObject(element))
        return op === "remove" ? [] : (readOne(attribute, value ?? null, run.findings) ?? []);
      let after: Json | undefined;
      if (sub) after = unlessEmpty(changeSub(element, sub, op, value, run));
      else if (op === "replace") after = readOne(attribute, value ?? null, run.findings);
      else if (op === "add") after = assignOne(op, attribute, element, value, run);
      return after === undefined ? [] : [after];
    }),
  );
}

/** `remove` of an attribute with one value, or a part of it, where the filter selects that value. */
function removeIfSelected(
  path: PatchPath,
  before: Json | undefined,
  op: Op,
  run: PatchRun,
): Json | undefined {
  if (op === "remove" && before !== undefined)
    return elements(changeSelected(path, [before], op, undefined, run))[0];
  if (op !== "remove") {
    const { path: name } = path.attribute;
    run.refuse(scimError("invalidPath", `${name} has one value, and a filter chooses only what to remove`));
  }
  return before;
}

/** An operation on `attr.sub` of a multi-valued attribute: on every value. */
function changeEach(
  { attribute, sub }: PatchPath,
  before: Json | undefined,
  op: Op,
  value: Json | undefined,
  run: PatchRun,
): Json | undefined {
  const present = elements(before);
  if (present.length === 0 && op !== "remove") {
    run.refuse(
      scimError("noTarget", `${attribute.path} has no value whose ${sub?.name} could be set`, attribute.path),
    );
  }
  return unlessNone(
    present.flatMap((element) => {
      const after = sub && isObject(element) ? changeSub(element, sub, op, value, run) : element;
      return isObject(after) && !unlessEmpty(after) ? [] : [after];
    }),
  );
}

/** A copy in any case: `keepOnePrimary` takes what was touched for what the client speaks of. */
function changeSub(
  parent: JsonObject,
  sub: AttributeNode,
  op: Op,
  value: Json | undefined,
  run: PatchRun,
): JsonObject {
  const after = op === "remove" ? undefined : assign(op, sub, parent[sub.name], value, run);
  return set({ ...parent }, sub, after);
}

/** When a value has become the primary one, the one before it no longer is (RFC 7644, section 3.5.2). */
function keepOnePrimary(node: AttributeNode, before: Json | undefined, after: Json[], run: PatchRun): Json[] {
  if (after.length > maxValues) {
    run.findings.problem(node, `would have ${after.length} values; at most ${maxValues} are kept`);
    return after;
  }
  const primaries = after.filter(isPrimary);
  if (primaries.length < 2 || run.error) return after;
  const already = new Set(elements(before));
  const [first, ...more] = primaries.filter((element) => !already.has(element));
  if (!first || more.length > 0) {
    run.findings.problem(node, '"primary" may be true for one value only');
    return after;
  }
  return after.map((element) =>
    element !== first && isPrimary(element) ? { ...element, primary: false } : element,
  );
}

function set(parent: JsonObject, node: AttributeNode, value: Json | undefined): JsonObject {
  if (parent[node.name] === value) return parent;
  const copy = { ...parent };
  if (value === undefined) delete copy[node.name];
  else copy[node.name] = value;
  return copy;
}

const elements = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const unlessNone = (values: Json[]) => (values.length > 0 ? values : undefined);
const unlessEmpty = (object: JsonObject) => (Object.keys(object).length > 0 ? object : undefined);
