/** One policy test on one release: the differences between what must come of its request and what came. */
import type { ResourceOperation } from "../../agent/operations/operation.ts";
import { type Outcome, rulesOf } from "../../agent/operations/outcome.ts";
import type { Rehearsal, Stage } from "../../agent/operations/rehearsal.ts";
import { operationAt, statusOf } from "../../agent/scim/address.ts";
import type { Path } from "../../model/document.ts";
import { placeKinds } from "../../model/environment/permission-set.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { coversName } from "../../policy/places.ts";
import { describeDone } from "../../report/outcome.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import type { LoadedTest } from "./load.ts";
import type { PolicyTest } from "./schema.ts";

/** What is otherwise than the test says, and where the test says it. */
export interface Difference {
  readonly path: Path;
  readonly message: string;
}

/** How long one test may take; most take milliseconds. Each evaluation has its budget, but there may be thousands of them. */
const playDeadline: Milliseconds = 20_000;

class Broken extends Error {
  readonly difference: Difference;
  constructor(path: Path, message: string) {
    super(message);
    this.difference = { path, message };
  }
}

/** An operation of a test, and what came of it. */
interface Played {
  readonly operation: ResourceOperation;
  readonly outcome: Outcome<{ readonly id: string } | null>;
}

/** Plays a test; no difference means that it passes. */
export async function play(
  rehearsal: Rehearsal,
  release: Release,
  { test, bodies }: Pick<LoadedTest, "test" | "bodies">,
): Promise<Difference[]> {
  const latest = performance.now() + playDeadline;
  const at = test.at === undefined ? Date.now() : Date.parse(test.at);
  return rehearsal.play(at, async (stage) => {
    try {
      const ids = await arrange(stage, release, test);
      const requests = [...test.first, test.when].map((request, index) => {
        const path = index < test.first.length ? ["first", index] : ["when"];
        return { request, path, body: bodies[index] ?? {} };
      });
      let last: Played | undefined;
      for (const { request, path, body } of requests) {
        const operation = operationOf(release, request, body, ids, path);
        if (performance.now() > latest)
          throw new Broken(
            path,
            `it takes longer than ${playDeadline / 1000} s (expected expressions that go through fewer values)`,
          );
        const outcome = await stage.perform(operation);
        const refusal = outcome.kind === "done" ? outcome.undone : outcome;
        if (path[0] === "first" && refusal)
          throw new Broken(path, `it was refused: ${refusal.detail} (expected that it is accepted)`);
        last = { operation, outcome };
      }
      return last ? await compare(stage, test, last) : [];
    } catch (error) {
      if (error instanceof Broken) return [error.difference];
      throw error;
    }
  });
}

function operationOf(
  release: Release,
  { connector, method, path: address }: PolicyTest["when"],
  body: JsonObject,
  ids: ReadonlyMap<string, string>,
  path: Path,
): ResourceOperation {
  const request = {
    method,
    path: fill(address, ids, [...path, "path"]),
    body: fillAll(body, ids) as JsonObject,
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
  for (const [index, group] of given.groups.entries()) {
    const path = ["given", "groups", index];
    const there = await stage.addGroup(connectorOf(release, undefined, path), group);
    if (there.kind === "done") ids.set(group, there.resource.id);
  }
  return ids;
}

function connectorOf(release: Release, name: string | undefined, path: Path): string {
  const known = Object.keys(release.connectors);
  if (name === undefined && known.length === 1) return String(known[0]);
  if (name !== undefined && known.includes(name)) return name;
  throw new Broken(
    path.slice(0, -1),
    `${name === undefined ? "no connector is named" : `no connector "${name}"`} in ${release.environment} (expected connector: ${known.join(" or ")})`,
  );
}

function fill(text: string, ids: ReadonlyMap<string, string>, path: Path): string {
  return text.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const id = ids.get(name);
    if (id === undefined)
      throw new Broken(
        path,
        `nobody given is named "${name}" (expected one of ${[...ids.keys()].join(", ")})`,
      );
    return id;
  });
}

function fillAll(value: Json, ids: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return ids.size === 0 ? value : fillKnown(value, ids);
  if (Array.isArray(value)) return value.map((item) => fillAll(item, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, ids)]));
}

// a body may hold braces of its own
function fillKnown(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\{([^{}]+)\}/g, (all, name: string) => ids.get(name) ?? all);
}

async function compare(
  stage: Stage,
  { expect }: PolicyTest,
  { operation, outcome }: Played,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const differ = (path: Path, wanted: string, found: string) =>
    differences.push({ path: ["expect", ...path], message: `${found} (expected ${wanted})` });

  const detail = outcome.kind === "done" ? describeDone(outcome) : outcome.detail;
  const decision = decisions[outcome.kind];
  if (decision !== expect.decision) differ(["decision"], expect.decision, `${decision}: ${detail}`);
  const status = statusOf(operation, outcome);
  if (expect.status !== undefined && status !== expect.status)
    differ(["status"], String(expect.status), `${status}: ${detail}`);
  if (expect.because !== undefined && !detail.includes(expect.because))
    differ(["because"], `"${expect.because}" in it`, detail);
  if (expect.warns) {
    const found = outcome.kind === "done" ? rulesOf(outcome.warnings) : [];
    const [wanted, had] = [[...expect.warns].sort().join(", "), found.sort().join(", ")];
    if (wanted !== had) differ(["warns"], wanted || "no warning", had || "no warning");
  }
  if (expect.undone !== undefined) {
    const found = (outcome.kind === "done" ? outcome.undone?.code : outcome.code) ?? "nothing";
    if (found !== expect.undone) differ(["undone"], expect.undone, `${found}: ${detail}`);
  }
  if (expect.account !== undefined) {
    const id = outcome.kind === "done" ? outcome.target : "id" in operation ? operation.id : undefined;
    const account = (id === undefined ? undefined : await stage.accountOf(id)) ?? "none";
    if (account !== expect.account) differ(["account"], expect.account, account);
  }
  if (expect.access) differences.push(...(await accessDifferences(stage, expect.access)));
  return differences;
}

/** What a policy test calls each kind of outcome. */
const decisions = { done: "accepted", refused: "rejected", held: "held" } as const;

async function accessDifferences(
  stage: Stage,
  expected: NonNullable<PolicyTest["expect"]["access"]>,
): Promise<Difference[]> {
  const places = Object.values(expected).flatMap((rights) => Object.keys(rights));
  const repositories = [...new Set(places.map((place) => placeOf(place).repository))];
  const entries = await stage.access(repositories);
  return Object.entries(expected).flatMap(([account, rights]) =>
    Object.entries(rights).flatMap(([place, wanted]) => {
      const { repository, branch } = placeOf(place);
      const there = entries.filter((entry) => entry.account === account && entry.repository === repository);
      // of the places listed, each has another right than the repository, and the same one
      const restricted =
        branch !== undefined &&
        there.find((entry) => entry.branch !== undefined && coversName("branch", entry.branch, branch));
      const whole = there.find((entry) => placeKinds.every((kind) => entry[kind] === undefined));
      const found = (restricted || whole)?.right ?? "none";
      if (found === wanted) return [];
      return [
        {
          path: ["expect", "access", account, place],
          message: `${account} has ${found} on ${place} (expected ${wanted})`,
        },
      ];
    }),
  );
}

/** `repository#branch`, as in the URLs that hg takes (hg help urls). */
function placeOf(place: string): { repository: string; branch?: string } {
  const end = place.indexOf("#");
  return end < 0 ? { repository: place } : { repository: place.slice(0, end), branch: place.slice(end + 1) };
}
