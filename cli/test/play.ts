/** One policy test on one release: the differences between what must come of its request and what came. */
import type { ResourceOperation } from "../../agent/operations/operation.ts";
import type { Rehearsal, Stage } from "../../agent/operations/rehearsal.ts";
import { operationAt } from "../../agent/scim/address.ts";
import type { Path } from "../../model/document.ts";
import { groupIndex } from "../../model/groups.ts";
import { foldName } from "../../model/name.ts";
import { hint } from "../../model/nearest.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { accessList } from "../../policy/impact.ts";
import type { Population } from "../../policy/population.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { Broken, type Difference } from "./difference.ts";
import {
  type AnsweredOperation,
  accessDifferences,
  constraintsIn,
  outcomeDifferences,
  repositoriesIn,
  unknownAccounts,
} from "./expectations.ts";
import { type LoadedTest, requestsOf } from "./load.ts";
import { connectorNamed, givenGroups, misnamed } from "./names.ts";
import { bodyWithIds, withIds } from "./placeholders.ts";
import type { PolicyRequest, PolicyTest } from "./schema.ts";

/** How long one test may take; most take milliseconds. Each evaluation has its budget, but there may be thousands of them. */
const playDeadline: Milliseconds = 20_000;

/** What a policy test needs to be played. */
export type PlayedTest = Pick<LoadedTest, "test" | "bodies">;

/** What came of a test. */
export interface Playing {
  /** None where it passes. */
  readonly differences: readonly Difference[];
  /** The constraints that spoke. */
  readonly constraints: ReadonlySet<string>;
  /** Who is there at its end, and when; absent where it came to none. */
  readonly end?: { readonly population: Population; readonly at: Time };
}

/** Plays a test; no difference means that it passes. */
export async function play(
  rehearsal: Rehearsal,
  release: Release,
  test: PlayedTest,
): Promise<readonly Difference[]> {
  return (await playThrough(rehearsal, release, test)).differences;
}

/**
 * Plays a test, and tells what it met on its way.
 *
 * @param release whose names it uses; the rehearsal may be of another
 */
export async function playThrough(
  rehearsal: Rehearsal,
  release: Release,
  { test, bodies }: PlayedTest,
): Promise<Playing> {
  const latest = performance.now() + playDeadline;
  const at = test.at === undefined ? Date.now() : Date.parse(test.at);
  const constraints = new Set<string>();
  const mistakes = misnamed(release, test);
  if (mistakes.length > 0) return { differences: mistakes, constraints };
  return rehearsal.play(at, async (stage) => {
    try {
      const ids = await arrange(stage, release, test);
      const accounts = new Set(await stage.accounts());
      let last: AnsweredOperation | undefined;
      for (const [index, { request, path }] of requestsOf(test).entries()) {
        const operation = operationOf(release, request, bodies[index] ?? {}, ids, path);
        if (performance.now() > latest)
          throw new Broken(
            path,
            `it takes longer than ${playDeadline / 1000} s (expected expressions that go through fewer values)`,
          );
        for (const account of await stage.accounts(operation)) accounts.add(account);
        last = { operation, outcome: await stage.perform(operation) };
        for (const name of constraintsIn(last)) constraints.add(name);
        const { outcome } = last;
        const refusal = outcome.kind === "done" ? outcome.undone : outcome;
        if (path[0] === "first" && refusal)
          throw new Broken(path, `it was refused: ${refusal.detail} (expected that it is accepted)`);
        if (outcome.kind === "done" && operation.verb === "create") remember(ids, operation, outcome.target);
      }
      const population = await stage.population();
      const differences =
        test.when && last ? await outcomeDifferences(stage, release, test.expect, last) : [];
      const unknown = unknownAccounts(test.expect, accounts);
      const found = unknown.length > 0 ? unknown : accessAt(rehearsal.release, test, population, at);
      return { differences: [...differences, ...found], constraints, end: { population, at } };
    } catch (error) {
      if (error instanceof Broken) return { differences: [error.difference], constraints };
      throw error;
    }
  });
}

/** How the access of these people differs from what a test says of it. */
export function accessAt(
  release: Pick<Release, "permissions">,
  { expect }: PolicyTest,
  population: Population,
  at: Time,
): Difference[] {
  const entries = accessList({ release, population }, repositoriesIn(expect), at);
  const absent = (expect.absent ?? []).flatMap((account, index) =>
    population.accounts.has(account)
      ? { path: ["expect", "absent", index], message: `there is an account ${account} (expected none)` }
      : [],
  );
  return [...accessDifferences(expect, release, entries), ...absent];
}

/** What is created is known by its name from then on, unless somebody given has it. */
function remember(
  ids: Map<string, string>,
  { kind, body }: ResourceOperation & { verb: "create" },
  id: string,
) {
  const name: Json | undefined = body[kind === "user" ? "userName" : "displayName"];
  if (typeof name === "string" && !ids.has(name)) ids.set(name, id);
}

function operationOf(
  release: Release,
  { connector, method, path: address }: PolicyRequest,
  body: JsonObject,
  ids: ReadonlyMap<string, string>,
  path: Path,
): ResourceOperation {
  const request = {
    method,
    path: withIds(address, ids, [...path, "path"]),
    body: bodyWithIds(body, ids, [...path, "body"]),
  };
  const name = connectorOf(release, connector, [...path, "connector"]);
  const operation = operationAt(request, { actor: `scim:${name}`, connector: name });
  if (operation) return operation;
  throw new Broken(
    [...path, "path"],
    `nothing answers ${method} ${address} (expected such as POST /Users or PATCH /Groups/{name})`,
  );
}

/** Puts there what is given; answers the SCIM ids by the names that `{…}` stands for. */
async function arrange(stage: Stage, release: Release, { given }: PolicyTest): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [index, { connector, groups, ...resource }] of given.users.entries()) {
    const path = ["given", "users", index];
    const name = connectorOf(release, connector, [...path, "connector"]);
    const added = await stage.add({ connector: name, groups, resource: resource as JsonObject });
    if (added.kind !== "done")
      throw new Broken(path, `it cannot be there: ${added.detail} (expected a user that can)`);
    ids.set(resource.userName, added.resource.id);
    for (const group of groups) {
      const there = await stage.addGroup(name, group);
      if (there.kind === "done") ids.set(group, there.resource.id);
    }
  }
  const index = groupIndex(release.connectors);
  for (const [place, group] of given.groups.entries()) {
    const path = ["given", "groups", place];
    const [meant, another] = givenGroups(index, group);
    if (meant && another)
      throw new Broken(
        path,
        `"${group}" is a group of several connectors (expected ${[meant.key, another.key].join(" or ")})`,
      );
    const connector = meant?.connector ?? connectorOf(release, undefined, path);
    // as it is spelt, where the connector is not in it
    const isQualified = index.find(connector, group) === undefined && meant !== undefined;
    const there = await stage.addGroup(connector, isQualified ? meant.name : group);
    if (there.kind === "done") ids.set(group, there.resource.id);
  }
  const named = new Set([...ids.keys()].map(foldName));
  for (const [place, group] of given.unselected.entries()) {
    if (named.has(foldName(group))) continue;
    const path = ["given", "unselected", place];
    const there = await stage.addGroup(connectorOf(release, undefined, path), group);
    if (there.kind === "done") ids.set(group, there.resource.id);
  }
  return ids;
}

function connectorOf(release: Release, name: string | undefined, path: Path): string {
  const found = connectorNamed(release, name);
  if (found !== undefined) return found;
  const known = Object.keys(release.connectors);
  const expected = `connector: ${known.join(" or ")}`;
  throw new Broken(
    path.slice(0, -1),
    name === undefined
      ? `no connector is named in ${release.environment} (expected ${expected})`
      : `no connector "${name}" in ${release.environment} ${hint(expected, name, known)}`,
  );
}
