/** The members of a group, which are ids of users and nothing else. */
import { type AttributeNode, childOf, groupNode } from "./attribute.ts";
import { quote } from "./error.ts";
import { describe, getIgnoringCase, isObject, type Json, type JsonObject } from "./json.ts";
import type { Findings } from "./value.ts";

/** The attribute itself. */
export const membersNode = childOf(groupNode, "members") as AttributeNode;

/** Why a group cannot be a member. */
export const nestedGroups = "nested groups are not supported: send their users";

/** What no id holds: a control character, or half of a surrogate pair. */
const impossible = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Reads the ids of members from `[{ value, … }]`, one such object, or bare ids. Other sub-attributes, such as the
 * `display` and `$ref` that providers send, say nothing that the id does not.
 *
 * @param nested whether a member may be a group: it may where it is removed
 * @returns the ids, each once, in the order given
 */
export function readMemberIds(value: Json, findings: Findings, nested = false): string[] {
  const ids = new Set<string>();
  for (const member of Array.isArray(value) ? value : [value]) {
    if (member === null) continue;
    const id = isObject(member) ? getIgnoringCase(member, "value") : member;
    if (typeof id !== "string" || id === "" || impossible.test(id)) {
      findings.problem(membersNode, `expected the id of a user as "value", found ${found(member)}`);
    } else if (!nested && isObject(member) && isGroup(member)) {
      findings.problem(membersNode, nestedGroups);
    } else ids.add(id);
  }
  return [...ids];
}

/** How many ids are told of a list that may have a hundred thousand. */
const mostTold = 50;

/** Ids as they may stand in an error: `"a", "b" and 7 more`. */
export function quoteSome(ids: readonly string[]): string {
  const told = ids.slice(0, mostTold).map(quote).join(", ");
  return ids.length > mostTold ? `${told} and ${ids.length - mostTold} more` : told;
}

/** Members that are left out, as paths for the audit. */
export function pathsOfMembers(ids: readonly string[]): string[] {
  const paths = ids.slice(0, mostTold).map((id) => `members[value eq ${quote(id)}]`);
  return ids.length > mostTold ? [...paths, `${ids.length - mostTold} more members`] : paths;
}

/** Whether such a path is of a member. */
export function isPathOfMembers(path: string): boolean {
  return path.startsWith("members[") || path.endsWith(" more members");
}

function isGroup(member: JsonObject): boolean {
  const type = getIgnoringCase(member, "type");
  return typeof type === "string" && type.toLowerCase() === "group";
}

function found(member: Json): string {
  if (!isObject(member)) return member === "" ? "an empty string" : describe(member);
  const id = getIgnoringCase(member, "value");
  if (id === undefined) return 'an object without "value"';
  return id === "" ? "an empty string" : describe(id);
}
