/** Policy tests that ask about one branch: every rule whose pattern covers it answers, as on the Mercurial host. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Rehearsal, rehearse } from "../../../agent/operations/rehearsal.ts";
import { play } from "../../../cli/test/play.ts";
import { PolicyTest } from "../../../cli/test/schema.ts";
import { loadEnvironment } from "../../../model/load.ts";
import { Release } from "../../../model/release.ts";
import { permissionSet } from "../../policy/permission-set.ts";

let release: Release;
let rehearsal: Rehearsal;

beforeAll(async () => {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const managers = ["okta/release-managers"];
  const permissions = {
    projects: permissionSet({
      repositories: ["core/my project", "core/api"],
      write: ["okta/core-team"],
      branches: {
        "release-*": managers,
        "release-0": ["okta/core-team"],
        "release/*": managers,
        "topic/**": managers,
      },
      bookmarks: { "*": managers },
      paths: { "**": managers },
    }),
  };
  release = Release.parse({ ...loaded.value.release, permissions });
  rehearsal = await rehearse(release);
});
afterAll(() => rehearsal.close());

test.each([
  ["", "write"],
  ["#default", "write"],
  ["#release-", "read"],
  ["#release-1", "read"],
  ["#release-0", "read"],
  ["#release-1/x", "write"],
  ["#release/1", "read"],
  ["#release/1/x", "write"],
  ["#topic/a/b", "read"],
  ["#topic", "write"],
  ["#release-*", "read"],
])("core/my project%s: %s", async (branch, right) => {
  const place = `core/my project${branch}`;
  const asked = (expected: string) =>
    PolicyTest.parse({
      given: { users: [{ userName: "ada@example.com", groups: ["core-team"] }] },
      when: { method: "POST", path: "/Users", body: { userName: "bo@example.com", active: true } },
      expect: { decision: "accepted", access: { ada: { [place]: expected } } },
    });
  expect(
    await play(rehearsal, release, { test: asked(right), bodies: [{ userName: "bo@example.com" }] }),
  ).toEqual([]);
  expect(
    await play(rehearsal, release, { test: asked("none"), bodies: [{ userName: "bo@example.com" }] }),
  ).toEqual([
    { path: ["expect", "access", "ada", place], message: `ada has ${right} on ${place} (expected none)` },
  ]);
});
