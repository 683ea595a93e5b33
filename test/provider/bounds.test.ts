/** Bounds as Terraform's user meets them: an error at plan time that says who, how many, which line, and what to write. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Accept } from "../../model/environment/bounds.ts";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { type Calls, callsTo, textOf } from "./calls.ts";

const sources = {
  "bounds.lose": "environments/local.yaml:9:11",
  "bounds.protected": "environments/local.yaml:9:32",
  accept: "environments/local.yaml:10:1",
  "accept.from": "environments/local.yaml:10:11",
  "accept.lose": "environments/local.yaml:10:30",
  "permissions.core": "shared/policy.yaml:27:3",
};
const team = ["ada", "bob", "cy"];

let h: Harness;
let calls: Calls;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  calls = await callsTo(h, sources);
});
afterEach(() => h.stop());

const bounded = (edit?: (release: ReleaseShape) => void) =>
  h.release((release) => {
    release.settings.bounds = { lose: "10%", above: 1, protected: ["okta/release-managers"] };
    edit?.(release);
  });
const withoutTeam = (release: ReleaseShape) => {
  release.permissions.core.write = [];
};

test("beyond the bounds is an error at plan and at apply, with its line and what to write", async () => {
  const state = await calls.applied(null, await bounded());
  await staff(h, { "core-team": team, "release-managers": ["cy"] });
  const next = await bounded(withoutTeam);
  const { diagnostics } = await calls.plan(state, next);
  expect(diagnostics?.map(({ severity, summary }) => `${severity}: ${summary}`)).toEqual([
    "error: local: more people would lose access than its bounds allow",
    "warning: local: 1 repository loses its last writers",
    "warning: local: 7 parts of this release have no effect here",
  ]);
  expect(diagnostics?.[0]).toMatchObject({ path: ["settings", "bounds"] });
  expect(diagnostics?.[0]?.detail?.split("\n")).toEqual([
    "  3 of 3 accounts with access lose a right: ada, bob, cy (bounds.lose is 10%, above 1) (environments/local.yaml:9:11)",
    "  cy loses a right in spite of a protected group (bounds.protected is okta/release-managers) (environments/local.yaml:9:32)",
    "",
    "When that is meant, have it reviewed and write into the environment file:",
    `  accept: { from: ${state.digest}, lose: 3, gain: 0, protected: [cy] }`,
    "",
    "Nothing has changed.",
  ]);

  // a plan that was made before the people came is refused at the agent
  const late = await calls.apply(state, next);
  expect(late.state).toEqual(state);
  expect(textOf(late.diagnostics)).toContain("error: Cannot activate the release of local");
  expect(textOf(late.diagnostics)).toContain("(environments/local.yaml:9:11)");
  expect(textOf(late.diagnostics)).toContain(`accept: { from: ${state.digest}, lose: 3, gain: 0`);
});

test("without bounds, a scope that lets nobody in is an error at plan and at apply, which says what to write", async () => {
  const unbounded = await h.release();
  const state = await calls.applied(null, unbounded);
  await staff(h, { "core-team": team });
  const next = await h.release((release) => {
    release.connectors.okta.scope = 'user.?title.orValue("") == "nobody"';
  });
  const { diagnostics } = await calls.plan(state, next);
  expect(diagnostics?.[0]).toEqual({
    severity: "error",
    summary: "local: more people would lose access than its bounds allow",
    detail: [
      "  3 of 3 accounts with access lose a right: ada, bob, cy (by default not everybody)",
      "",
      "When that is meant, have it reviewed and write into the environment file:",
      `  accept: { from: ${state.digest}, lose: 3, gain: 0 }`,
      "",
      "Nothing has changed.",
    ].join("\n"),
  });
  const applied = await calls.apply(state, next);
  expect(textOf(applied.diagnostics)).toContain("(by default not everybody)");
  await calls.applied(state, next, { from: String(state.digest), lose: 3, gain: 0, protected: [] });
});

test("accepted, it is applied; taking accept away afterwards is no change", async () => {
  const state = await calls.applied(null, await bounded());
  await staff(h, { "core-team": team });
  const next = await bounded(withoutTeam);
  const accept: Accept = { from: String(state.digest), lose: 3, protected: [] };
  const { diagnostics } = await calls.plan(state, next, accept);
  expect(diagnostics?.map(({ severity }) => severity)).toEqual(["warning", "warning"]);
  const after = await calls.applied(state, next, accept);
  expect(JSON.parse(after.accept ?? "null")).toEqual(accept);

  expect(await calls.read(after)).toEqual({ state: after });
  const { length } = (await h.admin("GET", "/history")).body.entries;
  expect(await calls.plan(after, next)).toEqual({ planned: after });
  // left there it would stop the next change, which is said while there is none
  const left = await calls.plan(after, next, accept);
  expect(left.planned).toEqual(after);
  expect(textOf(left.diagnostics)).toBe(
    "warning: local: accept is not needed\nIt counted once, and nothing changes now: take accept out of the file, where it would stop the next change (environments/local.yaml:10:1).",
  );

  // another text for what is no change either: said, and not activated again
  const other: Accept = { ...accept, lose: 4 };
  expect(textOf((await calls.plan(after, next, other)).diagnostics)).toContain(
    "warning: local: accept is not needed\nIt counted once, and nothing changes now: take accept out of the file",
  );
  const again = await calls.applied(after, next, other);
  expect(JSON.parse(again.accept ?? "null")).toEqual(other);
  expect((await h.admin("GET", "/history")).body.entries).toHaveLength(length);

  // the next change forgets it
  const third = await calls.applied(again, await bounded());
  expect(third.accept).toBeNull();
});

test("accept for less, for another release, and for nothing", async () => {
  const state = await calls.applied(null, await bounded());
  await staff(h, { "core-team": team });
  const next = await bounded(withoutTeam);
  const from = String(state.digest);
  const less = await calls.plan(state, next, { from, lose: 2, protected: [] });
  expect(textOf(less.diagnostics)).toContain(
    "  accept.lose is 2, and 3 lose a right (environments/local.yaml:10:30)",
  );

  const old = `sha256:${"0".repeat(64)}`;
  const stale = await calls.plan(state, next, { from: old, lose: 3, protected: [] });
  expect(textOf(stale.diagnostics)).toContain(
    `  accept.from is ${old}, but ${from} is active (environments/local.yaml:10:11)`,
  );

  const harmless = await bounded((release) => {
    release.permissions.core.owner = "core";
  });
  const staleToo = await calls.plan(state, harmless, { from: old, lose: 3, protected: [] });
  expect(textOf(staleToo.diagnostics)).toContain("error: local: accept is about another release");
  expect(textOf(staleToo.diagnostics)).toContain("take accept out of the file");

  const unneeded = await calls.plan(state, harmless, { from, lose: 3, protected: [] });
  expect(textOf(unneeded.diagnostics)).toContain("warning: local: accept is not needed");
  await calls.applied(state, harmless, { from, lose: 3, protected: [] });
});

test("a release that is active already is not judged again", async () => {
  const state = await calls.applied(null, await bounded());
  await staff(h, { "core-team": team });
  const next = await bounded(withoutTeam);
  const accept: Accept = { from: String(state.digest), lose: 3, protected: [] };
  await calls.applied(state, next, accept);
  // the answer was lost, and the state still tells of the release before
  const { diagnostics } = await calls.plan(state, next, accept);
  expect(diagnostics?.map(({ severity }) => severity)).toEqual([]);
  const repeated = await calls.apply(state, next, accept);
  expect(repeated.diagnostics).toBeUndefined();
  expect(JSON.parse(repeated.state?.accept ?? "null")).toEqual(accept);
});
