/** Whose accounts a held operation is about: nobody decides about their own. */

import type { User } from "../../../policy/user.ts";
import type { JsonObject } from "../../../scim/json.ts";
import { Directory } from "../../directory/directory.ts";
import type { GroupRow } from "../../directory/rows.ts";
import { runtimeOf } from "../../releases/serving.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import type { Store } from "../../store/schema.ts";
import type { ResourceOperation } from "../operation.ts";
import type { Done, Outcome } from "../outcome.ts";
import { movingBy } from "./moves.ts";
import type { Holdable } from "./stored.ts";
import { peopleIn } from "./wake.ts";

/**
 * The accounts, by their names.
 *
 * @param outcome what came of doing it, or would
 */
export async function accountsIn(
  here: Surroundings,
  operation: Holdable,
  outcome: Outcome,
): Promise<string[]> {
  if (operation.kind === "account") return [operation.id];
  const { users } = new Directory(here.store);
  const named = await users.accountsOf(peopleIn(operation));
  const waiting = "id" in operation ? await users.find(operation.connector, operation.id) : undefined;
  const called =
    "body" in operation && operation.kind === "user"
      ? calledIn(here, operation.connector, operation.body)
      : [];
  const changed =
    outcome.kind === "done" ? await changedBy(here, outcome) : await wouldMove(here.store, operation);
  return [...named, ...[waiting?.withheld ?? []].flat(), ...called, ...changed];
}

/** Whose memberships a request is about that is not done now: it names those who stay, or nobody. */
async function wouldMove(store: Store, operation: ResourceOperation): Promise<string[]> {
  const moving = operation.kind === "group" ? await movingBy(store, operation) : null;
  return moving ? new Directory(store).users.accountsOf([...moving.left, ...moving.joined]) : [];
}

/** What the release calls a user as the request has them. */
function calledIn(here: Surroundings, connector: string, body: JsonObject): string[] {
  const name = runtimeOf(here, connector)?.program.accountName(connector, body as unknown as User);
  return name?.ok && name.value !== undefined ? [name.value] : [];
}

/** Whose accounts differ by it. */
async function changedBy({ store }: Surroundings, outcome: Done<unknown>): Promise<string[]> {
  const { effect, difference, resource } = outcome;
  const { users, memberships } = new Directory(store);
  switch (effect.of) {
    case "user":
      return [effect.before, effect.after, effect.withheld?.account ?? null].filter((one) => one !== null);
    case "deleted user":
      return effect.account === null ? [] : [effect.account];
    case "group":
      // by another name, everybody in it comes from one group to another
      return difference.after.displayName === undefined
        ? users.accountsOf([...effect.joined, ...effect.left])
        : [
            ...(await users.accountsOf(effect.left)),
            ...(await memberships.accounts((resource as GroupRow).roster)),
          ];
    case "deleted group":
      return users.accountsOf((difference.before.members ?? []) as string[]);
    default:
      return [];
  }
}
