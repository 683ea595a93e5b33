/** The names by which users and groups are known: `userName`, and a group's `displayName`. */
import { codeOf, foldName, unseenIn } from "../model/name.ts";
import type { AttributeNode } from "./attribute.ts";
import { type ScimError, scimError } from "./error.ts";
import type { JsonObject } from "./json.ts";

/** Whether an attribute is such a name: unique, and without regard to case. */
export function isName({ caseExact, uniqueness }: AttributeNode): boolean {
  return uniqueness === "server" && !caseExact;
}

/**
 * What is wrong with a name in which there is a character that nobody sees. One that has been there before stays: whoever is
 * called so must be able to leave.
 *
 * @param present the stored resource; absent for a new one
 */
export function unseenName(
  root: AttributeNode,
  resource: JsonObject,
  present: JsonObject | undefined,
): ScimError | undefined {
  for (const node of root.children.values()) {
    const value = resource[node.name];
    if (!isName(node) || typeof value !== "string" || value === present?.[node.name]) continue;
    const unseen = unseenIn(value);
    if (unseen)
      return scimError(
        "invalidValue",
        `${node.path}: character ${unseen.at} is ${codeOf(unseen.character)}, which is not seen (expected letters, digits, signs and spaces)`,
        node.path,
      );
  }
  return undefined;
}

/** A part of a name as it compares: a space at an end where the name goes on is a part of it too. */
export function foldPart(part: "co" | "sw" | "ew", text: string): string {
  // no space, and joined with no letter
  const mark = "\0";
  const [before, after] = [part === "sw" ? "" : mark, part === "ew" ? "" : mark];
  return foldName(`${before}${text}${after}`).replaceAll(mark, "");
}
