/**
 * A held request of an agent, or a deletion that it refused, as a policy test: the request as it is stored, and of the people who are
 * there no more than it takes for the same decision.
 */
import { stringify } from "yaml";
import type { Rehearsal } from "../../agent/operations/rehearsal.ts";
import type { AccessDump, AuditRow, HeldDetail } from "../../api/contract.ts";
import { type GroupIndex, groupIndex } from "../../model/groups.ts";
import type { Release } from "../../model/release.ts";
import { compileRelease, type Program } from "../../policy/program.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import type { Difference } from "./difference.ts";
import { play } from "./play.ts";
import { PolicyTest } from "./schema.ts";

/** What a recorded request was, and what came of it. */
export interface Recorded {
  readonly connector: string;
  readonly kind: "user" | "group";
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** The SCIM id of what it changes; null for what is to be created. */
  readonly target: string | null;
  readonly body: JsonObject | null;
  /** The resource as it is now; null where that is not known. */
  readonly present: JsonObject | null;
  readonly decision: "held" | "rejected";
  readonly rules: readonly string[];
}

/** A held request; undefined for one that no identity provider sent. */
export function recordedHold({
  connector,
  operation,
  target,
  request,
  present,
  rules,
}: HeldDetail): Recorded | undefined {
  const [kind, verb] = operation.split(".");
  if (kind !== "user" && kind !== "group") return undefined;
  const body = isRecord(request) ? request : null;
  const isPatch = body !== null && Object.keys(body).some((key) => key.toLowerCase() === "operations");
  const method = verb === "create" ? "POST" : verb === "delete" ? "DELETE" : isPatch ? "PATCH" : "PUT";
  return {
    ...{ connector, kind, method, target, body, rules, decision: "held" },
    present: isRecord(present) ? present : null,
  };
}

/** A refused deletion: of anything else that is refused, the audit keeps no body. */
export function recordedRefusal({ actor, operation, target, rule }: AuditRow): Recorded | undefined {
  const [kind, verb] = operation.split(".");
  const [, connector] = /^scim:(.+)$/.exec(actor) ?? [];
  if ((kind !== "user" && kind !== "group") || verb !== "delete" || connector === undefined) return undefined;
  const rules = rule?.split(" ") ?? [];
  return {
    connector,
    kind,
    method: "DELETE",
    target,
    body: null,
    present: null,
    decision: "rejected",
    rules,
  };
}

/** A policy test, and how what came of playing it differs from what came of the request; nothing where it is the same. */
export interface Recording {
  readonly text: string;
  readonly differences: readonly Difference[];
}

type Given = { userName: string; groups?: string[] } & JsonObject;

/**
 * Makes a policy test of a request.
 *
 * @param access who is there now
 * @param rehearsal of the release on which it is played
 */
export async function recordingOf(
  recorded: Recorded,
  access: AccessDump,
  rehearsal: Rehearsal,
): Promise<Recording> {
  const { release } = rehearsal;
  const people = peopleOf(recorded, access, release);
  const asTest = (given: readonly Given[]) => testOf(recorded, people.names, given, release);
  const differences = async (given: readonly Given[]) => {
    const test = PolicyTest.parse(asTest(given));
    const body = (test.when?.body ?? {}) as JsonObject;
    return play(rehearsal, release, { test, bodies: [body] });
  };
  const found = await differences(people.given);
  const given =
    found.length > 0
      ? people.given
      : await smallest(people.given, async (some) => (await differences(some)).length === 0);
  const title = `${recorded.method} by ${recorded.connector}: ${recorded.rules.join(", ") || "refused"}`;
  const file = { environments: [release.environment], tests: { [title]: asTest(given) } };
  return { text: stringify(file, { lineWidth: 0 }), differences: found };
}

/** The people whom the request may be about, and the names by which their ids stand in it. */
function peopleOf(recorded: Recorded, access: AccessDump, release: Release) {
  const { connector, kind, target, present } = recorded;
  const [program, groups] = [compileRelease(release), groupIndex(release.connectors)];
  const names = new Map<string, string>();
  const given: Given[] = [];
  for (const { account, connector: of, user, email, groups: keys } of nearest(access, recorded)) {
    const known = kind === "user" && user === target ? present : null;
    const resource = known ? attributesOf(known) : undefined;
    const userName = resource ? String(resource.userName) : nameFor(program, of, account, email);
    if (userName === undefined) continue;
    if (of === connector) names.set(user, userName);
    const joined = keys.flatMap((key) => namesIn(groups, of, key));
    given.push({
      ...(Object.keys(release.connectors).length > 1 && { connector: of }),
      ...resource,
      userName,
      ...(joined.length > 0 && { groups: joined }),
    });
  }
  // who has no account is not listed
  if (kind === "user" && target !== null && present && !names.has(target)) {
    const resource = attributesOf(present);
    names.set(target, resource.userName);
    given.push({ ...(Object.keys(release.connectors).length > 1 && { connector }), ...resource });
  }
  if (kind === "group" && target !== null && present) names.set(target, String(present.displayName));
  return { given, names };
}

/** The most accounts that are looked at. */
const mostAccounts = 500;

/** Those whom the request names first, then those who share a group with them. */
function nearest({ accounts }: AccessDump, { target, body, present }: Recorded): AccessDump["accounts"] {
  if (accounts.length <= mostAccounts) return accounts;
  const named = JSON.stringify(body ?? "");
  const isNamed = ({ user }: { user: string }) => user === target || named.includes(user);
  const name = present?.displayName;
  const near = new Set(accounts.filter(isNamed).flatMap(({ groups }) => groups));
  const shares = (groups: readonly string[]) =>
    groups.some((group) => near.has(group) || group.split("/")[1] === name);
  const rank = (one: AccessDump["accounts"][number]) => (isNamed(one) ? 0 : shares(one.groups) ? 1 : 2);
  return [...accounts].sort((a, b) => rank(a) - rank(b)).slice(0, mostAccounts);
}

function testOf(
  { connector, kind, method, target, body, present, decision, rules }: Recorded,
  names: ReadonlyMap<string, string>,
  given: readonly Given[],
  release: Release,
): Record<string, unknown> {
  const endpoint = kind === "user" ? "/Users" : "/Groups";
  const group = kind === "group" && present ? String(present.displayName) : undefined;
  const isThere = group === undefined || given.some(({ groups }) => groups?.includes(group));
  const [because] = rules;
  return {
    ...(given.length > 0 || !isThere
      ? { given: { ...(given.length > 0 && { users: given }), ...(!isThere && { groups: [group] }) } }
      : {}),
    when: {
      ...(Object.keys(release.connectors).length > 1 && { connector }),
      method,
      path: target === null ? endpoint : `${endpoint}/{${names.get(target) ?? target}}`,
      ...(body && { body: withNames(body, names) }),
    },
    expect: { decision, ...(because !== undefined && { because }) },
  };
}

/** The people without each one, and without each attribute and group, that the decision does not need. */
async function smallest(
  given: readonly Given[],
  isSame: (some: readonly Given[]) => Promise<boolean>,
): Promise<readonly Given[]> {
  let some = given;
  // halves first, so that thousands are few plays
  for (let size = Math.ceil(some.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < some.length; ) {
      const fewer = [...some.slice(0, at), ...some.slice(at + size)];
      if (await isSame(fewer)) some = fewer;
      else at += size;
    }
  for (const index of some.keys()) {
    const trying = async (fewer: Given) => {
      const tried = some.map((one, place) => (place === index ? fewer : one));
      if (await isSame(tried)) some = tried;
    };
    for (const key of Object.keys(some[index] ?? {})) {
      if (key === "userName" || key === "connector") continue;
      const { [key]: _, ...rest } = some[index] as Given;
      await trying(rest as Given);
    }
    for (const group of some[index]?.groups ?? []) {
      const person = some[index] as Given;
      await trying({ ...person, groups: person.groups?.filter((other) => other !== group) ?? [] });
    }
  }
  return some;
}

/** What an identity provider sent of a user. */
function attributesOf({ id: _, meta, schemas, groups, ...resource }: JsonObject): Given {
  return { ...resource, userName: String(resource.userName) };
}

/** A userName of which the mapping makes an account: the agent does not tell that of others. */
function nameFor(
  program: Program,
  connector: string,
  account: string,
  email: string | undefined,
): string | undefined {
  const domain = email?.split("@")[1] ?? "example.com";
  return [email, account, `${account}@${domain}`].find((userName) => {
    const named =
      userName === undefined ? undefined : program.accountName(connector, { userName, active: true });
    return named?.ok && named.value === account;
  });
}

/** The name by which people are put into a group; nothing for one that their attributes decide. */
function namesIn(groups: GroupIndex, connector: string, key: string): string[] {
  const name = key.slice(connector.length + 1);
  return groups.find(connector, name) ? [name] : [];
}

/** A body with names in place of ids; braces of its own are written twice. */
function withNames(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((one) => withNames(one, names));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNames(inner, names)]));
  if (typeof value !== "string") return value;
  const text = value.replace(/[{}]/g, "$&$&");
  return [...names].reduce((all, [id, name]) => all.replaceAll(id, `{${name}}`), text);
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
