/** Names that another has, or that almost are declared: told so that the difference is seen. */
import { spelt } from "../../model/name.ts";
import type { Effect } from "../../report/outcome.ts";
import type { GroupRow } from "../directory/rows.ts";
import { type Refused, refused } from "./outcome.ts";
import type { Writing } from "./writing.ts";

/** Why a name cannot be had: another one compares the same. */
export function nameTaken(
  attribute: string,
  name: string,
  kind: "user" | "group",
  other: string,
): Refused<"uniqueness"> {
  const words = `belongs to another ${kind}`;
  const detail =
    name === other
      ? `${attribute} "${name}" ${words}`
      : `${attribute} ${spelt(name)} ${words}: it compares as ${spelt(other)} does`;
  return { ...refused("uniqueness", detail), attribute };
}

type GroupEffect = Extract<Effect, { readonly of: "group" }>;

/** Whether the release selects a group that is stored so, and what it may have been meant for where it does not. */
export async function selectionOf(
  { directory, active: { program }, connector }: Writing,
  name: string,
  { twin }: Pick<GroupRow, "twin">,
): Promise<Pick<GroupEffect, "selected" | "isTwin" | "near">> {
  if (program.groups.find(connector, name))
    return twin === 0 ? { selected: true } : { selected: false, isTwin: true };
  const near = program.groups.findNear(connector, name);
  // where the declared one is there, one that is spelt another way is another one
  const isMeant =
    near && (near.looksAlike || (await directory.groups.named(connector, near.text, "")) === undefined);
  return { selected: false, ...(isMeant && { near: near.text }) };
}
