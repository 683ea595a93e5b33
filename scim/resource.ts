/** What POST and PUT ask for, read by the schema (RFC 7644, sections 3.3 and 3.5.1). */

import { fail, ok } from "../model/result.ts";
import { behindCore, groupNode, type ResourceNode, userNode } from "./attribute.ts";
import { quote, type ScimError, type ScimResult, scimError } from "./error.ts";
import { describe, getIgnoringCase, isObject, type Json, type JsonObject } from "./json.ts";
import { readMemberIds } from "./members.ts";
import { unseenName } from "./names.ts";
import { Findings, inOrder, readOne, unwrap } from "./value.ts";

/** A user as a request asks for it. */
export interface NormalisedUser {
  /**
   * The attributes to store: canonical names in the schema's order, so that equal resources have equal
   * `JSON.stringify`. Without `schemas`, `id`, `meta` and `groups`, which are the service provider's, and
   * without `password`. `active` is always there.
   */
  readonly resource: JsonObject;
  /** The paths of the attributes that no schema knows: dropped, and named for the audit. At most 50. */
  readonly ignored: readonly string[];
}

/** A group as a request asks for it. */
export interface NormalisedGroup {
  /** The attributes to store, as in `NormalisedUser`, without `members`. */
  readonly resource: JsonObject;
  /** The ids of the members, each once, in the order given. */
  readonly members: readonly string[];
  /** As in `NormalisedUser`. */
  readonly ignored: readonly string[];
}

/** The largest body about a user, in bytes. */
export const maxUserBodyBytes = 1024 * 1024;

/** The largest user that is stored, in bytes of JSON: a list holds many of them at once. */
export const maxUserBytes = 256 * 1024;

/** The longest name by which users and groups are known, in UTF-16 code units. */
export const maxNameLength = 1024;

/** The attributes by which they are. */
const names = ["userName", "displayName", "externalId"];

/**
 * Reads the body of POST or PUT /Users.
 *
 * The RFC leaves an absent `active` to the provider: a new user is active, and a replaced one stays as they were,
 * so that a client that never sends `active` cannot bring a leaver back.
 *
 * @param present the stored resource that PUT replaces; absent for POST
 * @param root the User type of the connector, with its extensions
 * @returns `invalidValue` naming each attribute with a wrong value, `invalidSyntax` when it is no User at all,
 *   `tooLarge` when it is larger than `maxUserBytes`
 */
export function normaliseUser(
  body: Json,
  present?: JsonObject,
  root: ResourceNode = userNode,
): ScimResult<NormalisedUser> {
  const read = readBody(root, body);
  if (!read.ok) return read;
  const findings = new Findings();
  const resource = readResource(root, read.value, findings);
  const active = getIgnoringCase(read.value, "active");
  // null means "unassigned" (RFC 7643, section 2.5), and nobody is let in by what is not there
  if (active !== undefined && resource.active === undefined && !findings.error)
    return fail(
      scimError("invalidValue", `active: expected true or false, found ${describe(active)}`, "active"),
    );
  if (findings.error) return fail(findings.error);
  return finishUser(root, resource, resource.active ?? present?.active ?? true, findings, present);
}

/**
 * Reads the body of POST or PUT /Groups. Absent `members` are no members.
 *
 * @param present the stored resource that PUT replaces; absent for POST
 * @returns `invalidValue` naming each attribute with a wrong value, also for a member that is a group itself
 */
export function normaliseGroup(body: Json, present?: JsonObject): ScimResult<NormalisedGroup> {
  const read = readBody(groupNode, body);
  if (!read.ok) return read;
  const findings = new Findings();
  const resource = readResource(groupNode, read.value, findings);
  const members = readMemberIds(getIgnoringCase(read.value, "members") ?? null, findings);
  const wrongValue = findings.error ?? longName(resource) ?? unseenName(groupNode, resource, present);
  if (wrongValue) return fail(wrongValue);
  return ok({ resource, members, ignored: [...findings.ignored] });
}

/** A user as it is stored, with `active` in its place; `present` is what was stored before. */
export function finishUser(
  root: ResourceNode,
  resource: JsonObject,
  active: Json,
  findings: Findings,
  present: JsonObject | undefined,
): ScimResult<NormalisedUser> {
  const finished = inOrder(root, { ...resource, active });
  const wrong = longName(finished) ?? unseenName(root, finished, present);
  if (wrong) return fail(wrong);
  if (Buffer.byteLength(JSON.stringify(finished)) > maxUserBytes) {
    return fail(scimError("tooLarge", `the user would be larger than ${maxUserBytes / 1024} KiB`));
  }
  return ok({ resource: finished, ignored: [...findings.ignored] });
}

/** What is wrong with a name that is too long: it is looked for, matched with patterns, and stands in the audit. */
export function longName(resource: JsonObject): ScimError | undefined {
  const name = names.find((name) => String(resource[name] ?? "").length > maxNameLength);
  return name === undefined
    ? undefined
    : scimError("invalidValue", `${name}: is longer than ${maxNameLength} characters`, name);
}

/** Reads a whole resource; what is required and missing is a finding, also when there is nothing at all. */
export function readResource(root: ResourceNode, body: Json, findings: Findings): JsonObject {
  const resource = readOne(root, body, findings);
  return isObject(resource) ? resource : {};
}

/**
 * What is wrong with a message as a whole: its form, or that its `schemas` name something else.
 *
 * @param alias another URN that means the same where the message stands
 */
export function envelopeProblem(body: Json, urn: string, alias = urn): ScimError | undefined {
  if (!isObject(body)) {
    return scimError("invalidSyntax", `the body is ${describe(body)}; expected a JSON object`);
  }
  // Some clients leave `schemas` out; the address says what is meant.
  const schemas = getIgnoringCase(body, "schemas") ?? [];
  if (!Array.isArray(schemas) || !schemas.every((schema) => typeof schema === "string")) {
    return scimError("invalidSyntax", "schemas: expected an array of URNs");
  }
  const expected = [urn, alias].map((one) => one.toLowerCase());
  if (schemas.length > 0 && !schemas.some((schema) => expected.includes(schema.toLowerCase()))) {
    return scimError("invalidSyntax", `schemas: expected ${urn} among them`);
  }
  return undefined;
}

/** The core schema of SCIM 1.1, which OneLogin still names: users and groups had it in common. */
const oldCoreSchema = "urn:scim:schemas:core:1.0";

/**
 * The body of POST or PUT as a message: its form, and every attribute under its plain name.
 *
 * @returns `invalidSyntax` when it is no such resource, or says one attribute twice
 */
function readBody(root: ResourceNode, body: Json): ScimResult<JsonObject> {
  const named = readNamed(root, body);
  if (!named.ok) return named;
  const seen = new Set<string>();
  for (const [name] of named.value) {
    const lower = name.toLowerCase();
    if (seen.has(lower))
      return fail(scimError("invalidSyntax", `the attribute ${quote(name)} is given twice`));
    seen.add(lower);
  }
  return ok(Object.fromEntries(named.value));
}

/**
 * The attributes in the body of POST or PUT, as often as they are said.
 *
 * @returns `invalidSyntax` when it is no such resource
 */
export function readNamed(root: ResourceNode, body: Json): ScimResult<[name: string, value: Json][]> {
  const wrong = envelopeProblem(body, root.resourceType.schema.id, oldCoreSchema);
  return wrong ? fail(wrong) : ok(namesOf(root, body as JsonObject));
}

/**
 * The attributes of an object by their names. Those behind the URN of the resource's own schema are the resource's, though no
 * RFC puts them there: ignored as what nobody knows, an `active` in there would leave somebody in.
 */
export function namesOf(root: ResourceNode, object: JsonObject): [name: string, value: Json][] {
  return Object.entries(object).flatMap(([name, value]): [string, Json][] => {
    const plain = behindCore(root, name);
    const inner = plain === "" ? unwrap(value) : undefined;
    if (isObject(inner)) return namesOf(root, inner);
    return [[plain || name, value]];
  });
}
