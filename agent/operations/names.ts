/** Names that another has, or that almost are declared: told so that the difference is seen. */
import { spelt } from "../../model/name.ts";
import type { Effect } from "../../report/outcome.ts";
import type { GroupRow } from "../directory/rows.ts";
import type { Writing } from "./writing.ts";

/** Why a name cannot be had: another one compares the same. */
export function nameTaken(attribute: string, name: string, kind: "user" | "group", other: string): string {
  const words = `belongs to another ${kind}`;
  if (name === other) return `${attribute} "${name}" ${words}`;
  return `${attribute} ${spelt(name)} ${words}: it compares as ${spelt(other)} does`;
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
