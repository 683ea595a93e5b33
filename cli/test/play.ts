/** One policy test on one release: the differences between what must come of its request and what came. */
import type { Done, Rehearsal, Stage } from "../../agent/operations/rehearsal.ts";
import type { Path } from "../../model/document.ts";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import type { ScimError, ScimResult } from "../../scim/error.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import type { LoadedTest } from "./load.ts";
import type { PolicyTest } from "./schema.ts";

/** What is otherwise than the test says, and where the test says it. */
export interface Difference {
  readonly path: Path;
  readonly message: string;
}

class Broken extends Error {
  readonly difference: Difference;
  constructor(path: Path, message: string) {
    super(message);
    this.difference = { path, message };
  }
}

/** Plays a test; no difference means that it passes. */
export async function play(
  rehearsal: Rehearsal,
  release: Release,
  { test, bodies }: Pick<LoadedTest, "test" | "bodies">,
): Promise<Difference[]> {
  return rehearsal.play(async (stage) => {
    try {
      const ids = await arrange(stage, release, test);
      const requests = [...test.first, test.when].map((request, index) => {
        const path = index < test.first.length ? ["first", index] : ["when"];
        return { request, path, body: bodies[index] ?? {} };
      });
      let answer: ScimResult<Done> | undefined;
      for (const { request, path, body } of requests) {
        answer = await stage.send({
          connector: connectorOf(release, request.connector, [...path, "connector"]),
          method: request.method,
          path: fill(request.path, ids, [...path, "path"]),
          body: fillAll(body, ids, path) as JsonObject,
        });
        if (path[0] === "first" && !answer.ok)
          throw new Broken(path, `it was refused: ${answer.error.detail} (expected that it is accepted)`);
      }
      return answer ? await compare(stage, test, answer, ids) : [];
    } catch (error) {
      if (error instanceof Broken) return [error.difference];
      throw error;
    }
  });
}

/** Puts there what is given; answers the SCIM ids by the names that `{…}` stands for. */
async function arrange(stage: Stage, release: Release, { given }: PolicyTest): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [index, { connector, groups, ...resource }] of given.users.entries()) {
    const path = ["given", "users", index];
    const name = connectorOf(release, connector, [...path, "connector"]);
    const added = await stage.add({ connector: name, groups, resource: resource as JsonObject });
    if (!added.ok)
      throw new Broken(path, `it cannot be there: ${added.error.detail} (expected a user that can)`);
    ids.set(resource.userName, added.value);
    for (const group of groups) {
      const there = await stage.addGroup(name, group);
      if (there.ok) ids.set(group, there.value);
    }
  }
  for (const [index, group] of given.groups.entries()) {
    const path = ["given", "groups", index];
    const there = await stage.addGroup(connectorOf(release, undefined, path), group);
    if (there.ok) ids.set(group, there.value);
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

function fillAll(value: Json, ids: ReadonlyMap<string, string>, path: Path): Json {
  if (typeof value === "string") return ids.size === 0 ? value : fillKnown(value, ids);
  if (Array.isArray(value)) return value.map((item) => fillAll(item, ids, path));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, ids, path)]));
}

// a body may hold braces of its own
function fillKnown(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\{([^{}]+)\}/g, (all, name: string) => ids.get(name) ?? all);
}

async function compare(
  stage: Stage,
  { at, expect, when }: PolicyTest,
  answer: ScimResult<Done>,
  ids: ReadonlyMap<string, string>,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const differ = (path: Path, wanted: string, found: string) =>
    differences.push({ path: ["expect", ...path], message: `${found} (expected ${wanted})` });

  const decision = decisionOf(answer);
  const detail = answer.ok ? answer.value.detail : answer.error.detail;
  if (decision !== expect.decision) differ(["decision"], expect.decision, `${decision}: ${detail}`);
  const status = answer.ok ? answer.value.status : answer.error.status;
  if (expect.status !== undefined && status !== expect.status)
    differ(["status"], String(expect.status), `${status}: ${detail}`);
  if (expect.because !== undefined && !detail.includes(expect.because))
    differ(["because"], `"${expect.because}" in it`, detail);
  if (expect.warns) {
    const found = answer.ok ? warningsIn(detail) : [];
    const [wanted, had] = [[...expect.warns].sort().join(", "), found.sort().join(", ")];
    if (wanted !== had) differ(["warns"], wanted || "no warning", had || "no warning");
  }
  if (expect.account !== undefined) {
    const id = answer.ok ? answer.value.id : fill(when.path, ids, ["when", "path"]).split("/")[2];
    const account = (id === undefined ? undefined : await stage.accountOf(id)) ?? "none";
    if (account !== expect.account) differ(["account"], expect.account, account);
  }
  if (expect.access)
    differences.push(...(await accessDifferences(stage, expect.access, at ? Date.parse(at) : Date.now())));
  return differences;
}

function decisionOf(answer: ScimResult<Done>): "accepted" | "rejected" | "held" {
  if (answer.ok) return "accepted";
  return isHeld(answer.error) ? "held" : "rejected";
}

function isHeld({ status, detail }: ScimError): boolean {
  return status === 409 && detail.startsWith("held");
}

function warningsIn(detail: string): string[] {
  return [...detail.matchAll(/warning of constraint ([a-z0-9-]+)/g)].map(([, name]) => String(name));
}

async function accessDifferences(
  stage: Stage,
  expected: NonNullable<PolicyTest["expect"]["access"]>,
  at: Time,
): Promise<Difference[]> {
  const places = Object.values(expected).flatMap((rights) => Object.keys(rights));
  const repositories = [...new Set(places.map((place) => placeOf(place).repository))];
  const entries = await stage.access(repositories, at);
  return Object.entries(expected).flatMap(([account, rights]) =>
    Object.entries(rights).flatMap(([place, wanted]) => {
      const { repository, branch } = placeOf(place);
      const of = (on: string | undefined) =>
        entries.find(
          (entry) => entry.account === account && entry.repository === repository && entry.branch === on,
        )?.right;
      const found = (branch === undefined ? undefined : of(branch)) ?? of(undefined) ?? "none";
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
