/** PATCH of the reference model (RFC 7644, section 3.5.2): each operation in its turn, on a copy. */
import { type Attribute, type Kind, lookUp, resourceOf, subOf, valueNamed } from "./attributes.ts";
import { type Filter, selectsValue, valueToCompare } from "./filter.ts";
import { isObject, type Json, type JsonObject, same } from "./json.ts";
import { collect, Refusal, refuse } from "./refusal.ts";
import { foldedText, isPrimary, read, readOne, single, spellOut } from "./values.ts";

/** `name`, `name[filter]` or `name[filter].sub`; a sub-attribute without a filter is part of the name. */
export interface Path {
  readonly name: string;
  readonly filter?: Filter;
  readonly sub?: string;
}

/** An operation; without a path its value is a list of paths, each with its value. */
export type Operation =
  | { readonly op: string; readonly path: Path; readonly value?: Json }
  | { readonly op: string; readonly values: readonly (readonly [Path, Json])[] }
  | { readonly op: string; readonly path: null; readonly value?: Json };

type Op = "add" | "replace" | "remove";

/** A path that the schema knows. */
interface Target {
  readonly extension: Attribute | undefined;
  readonly attribute: Attribute;
  readonly filter: Filter | undefined;
  readonly sub: Attribute | undefined;
}

/**
 * Applies the operations to the resource, in place. A group has its `members` here as a list of ids. Answers who was to
 * join, even if a later operation takes them out again.
 */
export function patch(kind: Kind, resource: JsonObject, operations: readonly Operation[]): Set<string> {
  const named = new Set<string>();
  for (const operation of operations) readOp(operation);
  for (const operation of operations) {
    const op = readOp(operation);
    if ("path" in operation) {
      if (operation.path === null) refuse("invalidValue");
      apply(resource, op, targetOf(kind, operation.path), operation.value, named);
    } else
      collect(
        operation.values.map(
          ([path, value]) =>
            () =>
              applyNamed(kind, resource, op, path, value, named),
        ),
      );
  }
  return named;
}

/** What an operation says of one attribute, without a filter or a part of it. */
export interface Word {
  readonly op: "add" | "replace" | "remove";
  /** The one value that a filter names. */
  readonly id?: string;
  readonly value: Json | undefined;
}

/**
 * What the operations say of one attribute, one after the other, whatever is wrong with the rest of them. Nothing, where the
 * message as a whole is none.
 */
export function wordsOn(kind: Kind, name: "active" | "members", operations: readonly Operation[]): Word[] {
  const words: Word[] = [];
  for (const operation of operations) {
    const op = attempt(() => readOp(operation));
    if (op instanceof Refusal && op.reasons.some(({ scimType }) => scimType === "invalidSyntax")) return [];
    if (op instanceof Refusal || ("path" in operation && operation.path === null)) continue;
    const pairs = "path" in operation ? [[operation.path, operation.value] as const] : operation.values;
    for (const [path, value] of pairs) {
      const target = path && attempt(() => targetOf(kind, path));
      if (!target || target instanceof Refusal || target.attribute.name !== name) continue;
      const { filter, sub } = target;
      const id = filter && !sub && op === "remove" ? idIn(filter) : undefined;
      if (id !== undefined) words.push({ op, id, value });
      else if (!filter && !sub) words.push({ op, value });
      // somebody is meant, and nobody knows who
      else if (op !== "remove") words.push({ op: "add", value: [{}] });
    }
  }
  return words;
}

/** What a step gives, or its refusal. */
export function attempt<T>(step: () => T): T | Refusal {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Entra writes "Add". What is no operation makes the whole message invalid. */
function readOp(operation: Operation): Op {
  const op = operation.op.toLowerCase();
  if (op !== "add" && op !== "replace" && op !== "remove") return refuse("invalidSyntax");
  const hasPath = "path" in operation && operation.path !== null;
  if (op === "remove" && !hasPath) refuse("noTarget");
  if (op !== "remove" && !("values" in operation) && operation.value === undefined) refuse("invalidValue");
  return op;
}

/** One attribute of a value without a path: what nobody knows, and what is read-only, is no change. */
function applyNamed(
  kind: Kind,
  resource: JsonObject,
  op: Op,
  path: Path,
  value: Json,
  named: Set<string>,
): void {
  const target = knownTarget(kind, path);
  if (target?.attribute.readOnly || target?.sub?.readOnly) return;
  apply(resource, op, target, value, named);
}

function knownTarget(kind: Kind, path: Path): Target | undefined {
  try {
    return targetOf(kind, path);
  } catch (error) {
    if (error instanceof Refusal && error.reasons.every(({ scimType }) => scimType === "invalidPath"))
      return undefined;
    throw error;
  }
}

/** Undefined for what no schema knows. */
function targetOf(kind: Kind, { name, filter, sub }: Path): Target | undefined {
  const chain = lookUp(kind, name);
  if (!chain) return undefined;
  const [first, second, third] = chain;
  const isExtension = first?.name.startsWith("urn:") && second;
  const extension = isExtension ? first : undefined;
  const attribute = (isExtension ? second : first) as Attribute;
  const inner = isExtension ? third : second;
  if (!filter) return { extension, attribute, filter, sub: inner };
  if (inner || !attribute.many || attribute.type !== "complex") return refuse("invalidPath");
  const found = sub === undefined ? undefined : subOf(attribute, sub);
  selectsValue(attribute, filter, {});
  return sub !== undefined && !found ? undefined : { extension, attribute, filter, sub: found };
}

function apply(
  resource: JsonObject,
  op: Op,
  target: Target | undefined,
  value: Json | undefined,
  named: Set<string>,
): void {
  if (!target) return;
  const { extension, attribute, filter, sub } = target;
  if (attribute.readOnly || sub?.readOnly) refuse("mutability");
  if (attribute.hidden) return;
  if (attribute.name === "members") {
    changeMembers(resource, op, target, value, named);
    return;
  }
  const holder = extension ? below(resource, extension.name) : resource;
  const { name } = attribute;
  const before = elements(holder[name]);
  if (filter) changeSelected(holder, op, target, filter, value);
  else if (sub && attribute.many) changeEach(holder, op, attribute, sub, value);
  else if (sub) setSub(below(holder, name), sub, op, value);
  else if (op === "remove") removeWhole(holder, attribute, value);
  else assign(holder, attribute, op, value);
  if (attribute.many) keepOnePrimary(holder, attribute, before);
  tidy(holder, name);
  if (extension) tidy(resource, extension.name);
  if (attribute.required && holder[name] === undefined) refuse("mutability");
}

/** Sections 3.5.2.1 and 3.5.2.3. What is unassigned unassigns, but that it adds nothing to many values. */
function assign(
  holder: JsonObject,
  attribute: Attribute,
  op: "add" | "replace",
  given: Json | undefined,
): void {
  const { name } = attribute;
  const isWhole = attribute.many || attribute.type !== "complex";
  const value = isWhole ? read(attribute, given) : single(given);
  if (value === undefined) {
    if (op === "replace" || !attribute.many) delete holder[name];
  } else if (attribute.many) {
    holder[name] = op === "replace" ? value : union(attribute, elements(holder[name]), elements(value));
  } else if (attribute.type === "complex") {
    // the sub-attributes that are not given stay as they are, for both operations
    const object = below(holder, name);
    const parts = spellOut(attribute, value);
    for (const sub of attribute.subs ?? []) {
      const part = valueNamed(parts, sub.name);
      if (part !== undefined && !sub.readOnly) {
        assign(object, sub, op, part);
        tidy(object, sub.name);
      }
    }
  } else holder[name] = value;
}

function setSub(parent: JsonObject, sub: Attribute, op: Op, value: Json | undefined): void {
  if (op === "remove") delete parent[sub.name];
  else assign(parent, sub, op, value);
}

/** `remove` of a whole attribute; or of the values listed beside the path, as Entra does. */
function removeWhole(holder: JsonObject, attribute: Attribute, value: Json | undefined): void {
  if (!attribute.many || value === undefined || value === null) delete holder[attribute.name];
  else {
    const listed = elements(read(attribute, value));
    holder[attribute.name] = elements(holder[attribute.name]).filter(
      (one) => !listed.some((wanted) => isMeant(attribute, one, wanted)),
    );
  }
}

function hasAll(attribute: Attribute, one: Json, wanted: Json): boolean {
  if (!isObject(one) || !isObject(wanted)) return false;
  return (attribute.subs ?? []).every((sub) => {
    const fold = (value: Json | undefined) => (typeof value === "string" ? foldedText(sub, value) : value);
    return wanted[sub.name] === undefined || fold(one[sub.name]) === fold(wanted[sub.name]);
  });
}

/** Whether a value is meant by another: by its `value`, where they are not for two uses; one without, by all that it says. */
function isMeant(attribute: Attribute, one: Json, wanted: Json): boolean {
  if (!isObject(one) || !isObject(wanted) || wanted.value === undefined)
    return hasAll(attribute, one, wanted);
  const { value, type } = wanted;
  if (!hasAll(attribute, one, { value })) return false;
  return one.type === undefined || type === undefined || hasAll(attribute, one, { type });
}

/** `add` of values: one that is there already is that one, amended; best one for the same use (RFC 7643, section 2.4). */
function union(attribute: Attribute, present: readonly Json[], given: readonly Json[]): Json[] {
  const values = present.map((one) =>
    isPrimary(one) && given.some(isPrimary) ? { ...(one as JsonObject), primary: false } : one,
  );
  for (const one of given as JsonObject[]) {
    const { type, value } = one;
    const hasType = (other: JsonObject) =>
      type === undefined ? other.type === undefined : hasAll(attribute, other, { type });
    const twins = (values as JsonObject[]).map((other) =>
      value === undefined ? same(other, one) : isMeant(attribute, other, one),
    );
    const best = twins.findLastIndex((isTwin, i) => isTwin && hasType(values[i] as JsonObject));
    const twin = best < 0 ? twins.lastIndexOf(true) : best;
    if (twin < 0) values.push(one);
    else values[twin] = { ...(values[twin] as JsonObject), ...one };
  }
  return values;
}

function changeSelected(
  holder: JsonObject,
  op: Op,
  { attribute, sub }: Target,
  filter: Filter,
  value: Json | undefined,
): void {
  const present = elements(holder[attribute.name]) as JsonObject[];
  if (!present.some((one) => selectsValue(attribute, filter, one))) {
    // what is not there is removed already
    if (op === "remove") return;
    const described = describedBy(attribute, filter);
    if (!described || (op === "replace" && !sub)) refuse("noTarget");
    if (single(value) === undefined) return;
    // Entra means a new value by emails[type eq "work"].value
    const made: JsonObject = { [attribute.name]: described };
    if (sub) assign(described, sub, op, value);
    else assign(made, { ...attribute, many: false }, op, value);
    holder[attribute.name] = [...present, made[attribute.name] as Json];
    return;
  }
  holder[attribute.name] = present.flatMap((one) => {
    if (!selectsValue(attribute, filter, one)) return [one];
    const changed = { [attribute.name]: { ...one } as Json };
    if (sub) setSub(changed[attribute.name] as JsonObject, sub, op, value);
    else if (op === "remove") return [];
    else if (op === "replace") {
      const next = readOne(attribute, value);
      return next === undefined ? [] : [next];
    } else assign(changed, { ...attribute, many: false }, op, value);
    return [changed[attribute.name] as Json];
  });
}

/** What a filter of nothing but `eq` and `and` says of a value. */
function describedBy(attribute: Attribute, filter: Filter): JsonObject | undefined {
  if (filter.op === "()") return describedBy(attribute, filter.inner);
  if (filter.op === "and") {
    const [left, right] = [describedBy(attribute, filter.left), describedBy(attribute, filter.right)];
    const isTwice = Object.keys(left ?? {}).some((name) => Object.hasOwn(right ?? {}, name));
    return left && right && !isTwice ? { ...left, ...right } : undefined;
  }
  if (filter.op !== "eq" || filter.value === null) return undefined;
  const sub = subOf(attribute, filter.name);
  return sub && { [sub.name]: valueToCompare(sub, filter.value) };
}

/** `emails.display`: the sub-attribute of every value. */
function changeEach(
  holder: JsonObject,
  op: Op,
  attribute: Attribute,
  sub: Attribute,
  value: Json | undefined,
): void {
  const present = elements(holder[attribute.name]) as JsonObject[];
  if (present.length === 0 && op !== "remove") refuse("noTarget");
  const changed = present.map((one) => ({ ...one }));
  for (const one of changed) setSub(one, sub, op, value);
  holder[attribute.name] = changed;
}

/** When a value has become the primary one, the one before it no longer is (section 3.5.2). */
function keepOnePrimary(holder: JsonObject, { name }: Attribute, before: readonly Json[]): void {
  const values = elements(holder[name]);
  const primaries = values.filter(isPrimary);
  if (primaries.length < 2) return;
  const fresh = primaries.filter((one) => !before.includes(one));
  if (fresh.length !== 1) refuse("invalidValue");
  holder[name] = values.map((one) =>
    isPrimary(one) && one !== fresh[0] ? { ...(one as JsonObject), primary: false } : one,
  );
}

/**
 * Members: a path is `members`, or for `remove` also `members[value eq "id"]`. An id may be listed that is nobody's; only
 * whether such a one may join is for the provider to say.
 */
function changeMembers(
  resource: JsonObject,
  op: Op,
  { filter, sub }: Target,
  value: Json | undefined,
  named: Set<string>,
): void {
  const present = elements(resource.members) as string[];
  let listed: string[];
  if (filter || sub) {
    const id = filter && idIn(filter);
    if (op !== "remove" || sub) refuse("invalidPath");
    listed = [id ?? refuse("invalidPath")];
  } else if (op === "remove" && (value === undefined || value === null)) listed = present;
  else listed = readMembers(value, op === "remove");
  if (op !== "remove") for (const id of listed) named.add(id);
  if (op === "replace") resource.members = listed;
  else if (op === "add") resource.members = [...new Set([...present, ...listed])];
  else resource.members = present.filter((id) => !listed.includes(id));
}

const membersAttribute = subOf(resourceOf.Group, "members") as Attribute;

/** The id in `members[value eq "id"]`; undefined for any other filter. */
function idIn(filter: Filter): string | undefined {
  const id = describedBy(membersAttribute, filter)?.value;
  return typeof id === "string" ? id : undefined;
}

/** The ids of members: `{ value: id }`, or bare. No group is a member of a group. */
export function readMembers(given: Json | undefined, isRemoval = false): string[] {
  const ids: string[] = [];
  for (const member of Array.isArray(given) ? given : [given ?? null]) {
    if (member === null) continue;
    const id = isObject(member) ? valueNamed(member, "value") : member;
    const type = isObject(member) ? valueNamed(member, "type") : undefined;
    if (typeof id !== "string" || id === "") return refuse("invalidValue");
    if (!isRemoval && String(type).toLowerCase() === "group") refuse("invalidValue");
    if (!ids.includes(id)) ids.push(id);
  }
  return ids;
}

function elements(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The complex value of that name, made where there is none. */
function below(holder: JsonObject, name: string): JsonObject {
  const present = holder[name];
  const object = isObject(present) ? { ...present } : {};
  holder[name] = object;
  return object;
}

/** Takes away what has become empty: it is unassigned (RFC 7643, section 2.5). */
function tidy(holder: JsonObject, name: string): void {
  const value = holder[name];
  if (Array.isArray(value))
    holder[name] = value.filter((one) => !isObject(one) || Object.keys(one).length > 0);
  const now = holder[name];
  if (now !== undefined && now !== null && typeof now === "object" && Object.keys(now).length === 0)
    delete holder[name];
}
