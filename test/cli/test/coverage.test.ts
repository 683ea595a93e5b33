/** Coverage of policy tests: a part is covered when a test that passes fails without it, and not because a test comes near it. */
import { beforeAll, expect, test } from "vitest";
import { rehearse } from "../../../agent/operations/rehearsal.ts";
import { type Coverage, coverageOf, shareOf } from "../../../cli/test/coverage.ts";
import { constraintPart, permissionParts } from "../../../cli/test/parts.ts";
import { play, playThrough } from "../../../cli/test/play.ts";
import { Release } from "../../../model/release.ts";
import { loadedTests, releaseOf } from "./playing.ts";

let local: Release;
let samples: Release;
beforeAll(async () => {
  local = await releaseOf("local");
  samples = await releaseOf("constraints");
});

async function covered(text: string, release: Release): Promise<Coverage> {
  const rehearsal = await rehearse(release);
  const played = [];
  for (const loaded of await loadedTests(text, release.environment))
    played.push({ test: loaded, playing: await playThrough(rehearsal, release, loaded) });
  const coverage = await coverageOf(rehearsal, played);
  await rehearsal.close();
  return coverage;
}

const lines = ({ uncovered }: Coverage) =>
  uncovered.map(({ entry, words, isMet }) => `${entry}${words ? `: ${words}` : ""}${isMet ? " (met)" : ""}`);

const people = `    given:
      users:
        - { userName: ann@example.com, groups: [engineering, core-team] }
        - { userName: rita@example.com, groups: [core-team, release-managers] }
`;

test("a right that somebody has by another rule too is not covered by asking for it", async () => {
  const text = `  ann:
${people}    expect: { access: { ann: { core/api: write, core/archive/old: read }, rita: { core/api: write } } }
`;
  const found = await covered(text, local);
  expect(lines(found)).toEqual([
    "constraints.corporate-email",
    "constraints.reserved-names",
    "permissions.core: read of okta/engineering (met)",
    "permissions.core: branches: stable (met)",
    "permissions.docs: read of okta/engineering",
    "permissions.docs: write of okta/docs-team",
    "permissions.releases: read of okta/core-team",
    "permissions.releases: write of okta/release-managers",
  ]);
  expect(found.parts).toBe(10);
  expect(shareOf(found)).toBe(20);
});

test("a test that fails covers nothing; what is denied, and places of each kind, are covered by who is kept out", async () => {
  const release = Release.parse({
    ...local,
    permissions: {
      core: {
        ...local.permissions.core,
        deny: { read: [], write: [{ account: "ann" }] },
        bookmarks: { "rel*": ["okta/release-managers"] },
        paths: { "docs/**": ["okta/docs-team"] },
      },
    },
  });
  const text = (right: string) => `  who:
${people}        - { userName: bo@example.com, groups: [core-team] }
        - { userName: ed@example.com, groups: [engineering] }
    expect:
      access: { ann: { core/api: ${right} }, ed: { core/api: read } }
      who:
        core/api: { write: [bo, rita] }
        core/api#stable: { write: [rita] }
        core/api#bookmark:rel1: { write: [rita] }
        core/api#bookmark:other: { write: [bo, rita] }
        core/api#path:docs/a.txt: { write: [] }
        core/api#path:a.txt: { write: [bo, rita] }
`;
  const constraints = ["constraints.corporate-email", "constraints.reserved-names"];
  expect(lines(await covered(text("read"), release))).toEqual(constraints);
  expect((await covered(text("write"), release)).uncovered).toHaveLength(8);
});

test("a constraint that speaks is covered where the decision, or the warning, is another one without it", async () => {
  const twice = Release.parse({
    ...local,
    constraints: {
      ...local.constraints,
      "no-evil": {
        require: 'user.userName != "eve@evil.example"',
        on: ["user.create"],
        otherwise: "reject",
      },
    },
  });
  const text = (more: string) => `  eve:
    when: { method: POST, path: /Users, body: { userName: eve@evil.example } }
    expect: { decision: rejected${more} }
`;
  const told = async (more: string) => lines(await covered(text(more), twice)).slice(0, 3);
  expect(await told("")).toEqual([
    "constraints.corporate-email (met)",
    "constraints.no-evil (met)",
    "constraints.reserved-names",
  ]);
  expect(await told(", because: no-evil")).toEqual([
    "constraints.corporate-email (met)",
    "constraints.reserved-names",
    "permissions.archive: read of okta/engineering",
  ]);
});

test("whom a kept repository's writers are, is covered by a request that would leave none", async () => {
  const text = `  "keep":
    given: { users: [{ connector: okta, userName: ann@example.com, groups: [core-team] }] }
    when: { connector: okta, method: DELETE, path: "/Users/{ann@example.com}" }
    expect: { decision: rejected }
`;
  const found = lines(await covered(text, samples));
  expect(found).not.toContain("constraints.last-writer");
  expect(found.filter((line) => line.startsWith("permissions.core: write"))).toEqual([]);
});

/** By the definition, the slow way: for each part every test again, on a rehearsal of its own. */
async function slowly(text: string, release: Release): Promise<string[]> {
  const parts = [
    ...Object.keys(release.constraints).sort().map(constraintPart),
    ...Object.entries(release.permissions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, set]) => permissionParts(name, set)),
  ];
  const left: string[] = [];
  for (const part of parts) {
    const mutant = await rehearse(part.without(release));
    let isNoticed = false;
    for (const loaded of await loadedTests(text, release.environment))
      isNoticed ||= (await play(mutant, release, loaded)).length > 0;
    await mutant.close();
    if (!isNoticed) left.push([part.entry, ...(part.words ? [part.words] : [])].join(": "));
  }
  return left;
}

test("it is what playing every test again without each part says", async () => {
  const { readFileSync } = await import("node:fs");
  const file = readFileSync("environments/tests/joiners-and-leavers.yaml", "utf8").replace(
    /payload: payloads\/(\S+\.json)/g,
    (_, name) =>
      `body: ${readFileSync(`environments/tests/payloads/${name}`, "utf8").replace(/\s*\n\s*/g, " ")}`,
  );
  const all = file.slice(file.indexOf("tests:\n") + "tests:\n".length).split(/\n(?= {2}\S)/);
  // some of them only, so that there is something that no test notices
  const some = all.filter((_, index) => index % 2 === 0).join("\n");
  const fast = lines(await covered(some, local)).map((line) => line.replace(" (met)", ""));
  expect(fast.length).toBeGreaterThan(0);
  expect(fast).toEqual(await slowly(some, local));
});
