/**
 * Who has no access while something of theirs is held: `meanwhile: suspend`. The store says it by the holds that wait, and the access
 * file follows in the commit in which one begins or ends; all else of an account stays as the store has it.
 */
import type { Constraint } from "../../../model/environment/constraint.ts";
import { Directory } from "../../directory/directory.ts";
import type { AccessEdit } from "../../mercurial/access-rows.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { isResource } from "../operation.ts";
import type { Held } from "../outcome.ts";
import type { Holdable } from "./stored.ts";

/** What the constraints by which something is held say of those whom it is about: one that suspends is enough. */
export function meanwhileOf(constraints: readonly Constraint[]): "keep" | "suspend" {
  return constraints.some(({ otherwise, meanwhile }) => otherwise === "hold" && meanwhile === "suspend")
    ? "suspend"
    : "keep";
}

/** Whom a held operation is about, by SCIM id: the user whose write it is, or those who would come into a group by it. */
export function concernedBy(operation: Holdable, { joining = [] }: Pick<Held, "joining">): readonly string[] {
  if (!isResource(operation)) return [];
  if (operation.kind === "group") return joining;
  return "id" in operation ? [operation.id] : [];
}

/**
 * What the access file is to be told of users who may be suspended now, or no longer. Where no release can be trusted, nobody is
 * resumed: the next one that is activated gives everybody what the store says.
 */
export async function suspensionEdits(
  { store, removals }: Pick<Surroundings, "store" | "removals">,
  moved: ReadonlySet<string>,
): Promise<AccessEdit[]> {
  if (moved.size === 0) return [];
  const users = [...moved];
  const suspended = await new Directory(store).suspended.among(users);
  return users.flatMap((user): AccessEdit[] => {
    if (suspended.has(user)) return [{ kind: "suspend", user }];
    return removals?.notRun ? [] : [{ kind: "resume", user }];
  });
}
