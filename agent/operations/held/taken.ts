/** Removals that are done while something waits before them: they are done again once that is. */

import { readGroupTaken } from "../../../scim/group-write.ts";
import { allTaken, type MemberChange, patchOf, withoutMembers } from "../../../scim/patch/member-changes.ts";
import { Directory } from "../../directory/directory.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { isResource, type ResourceOperation } from "../operation.ts";
import { type HoldRow, type Holds, operationOf } from "./holds.ts";
import { type Holdable, type HoldPlace, requestOf } from "./stored.ts";

/** So many removals of a group are kept before they become one. */
export const mostTaken = 100;

/**
 * Keeps one behind all others. Of a group, many become one: a provider that asks for ever other ones fills no disk while something waits.
 *
 * @param was the hold that has become it: it is kept in the place of that
 */
export async function keepTaken(
  holds: Holds,
  here: Surroundings,
  operation: Holdable,
  { place, name }: HoldPlace,
  was?: HoldRow,
): Promise<void> {
  const taken = await holds.add({
    state: "taken",
    connector: isResource(operation) ? operation.connector : "",
    ...{ place, name },
    request: requestOf(operation),
    operation: JSON.stringify(operation),
    ...{
      verdicts: "[]",
      rule: null,
      owner: null,
      waits: "turn",
      removal: 1,
      meanwhile: "keep",
      release: null,
    },
    ...{ since: here.now, expires: null, ended: null, ended_by: null, reason: null },
  });
  if (was) await holds.exchange(taken, was);
  else if (operation.kind === "group") await gather(holds, here, { place, name });
}

/** Makes one of the removals of a group that were done since the last one that waits, where they are many. */
async function gather(holds: Holds, { store }: Surroundings, place: HoldPlace): Promise<void> {
  const queue = await holds.at(place);
  const since = queue.slice(queue.findLastIndex(({ state }) => state === "pending") + 1);
  const last = since.at(-1);
  if (!last || since.length < mostTaken) return;
  const changes: MemberChange[] = [];
  for (const row of since) changes.push(await takenBy(operationOf(row), new Directory(store)));
  const { connector, actor, id } = operationOf(last) as Extract<
    ResourceOperation,
    { readonly verb: "modify" }
  >;
  const all: ResourceOperation = {
    ...{ actor, kind: "group", connector, verb: "modify", id, body: patchOf(allTaken(changes)) },
  };
  await holds.change(last.id, { operation: JSON.stringify(all), request: requestOf(all) });
  await holds.forget(since.slice(0, -1).map((row) => row.id));
}

/** Whom a removal takes out of a group. Who is nobody here comes into none either. */
async function takenBy(operation: Holdable, { memberships }: Directory): Promise<MemberChange> {
  const nobody = withoutMembers([]);
  if (!isResource(operation) || operation.verb === "delete") return nobody;
  const taken = readGroupTaken(operation.verb, operation.body);
  if (!taken) return nobody;
  const { whole, removals, names } = taken;
  const { connector } = operation;
  const named = [...whole.add, ...whole.passing];
  const isOfHere = !names || (await memberships.unknownUsers(connector, named)).size < named.length;
  const change = isOfHere ? whole : removals;
  const strangers = await memberships.unknownUsers(connector, change.remove);
  return { ...change, remove: change.remove.filter((one) => !strangers.has(one)) };
}
