/** Connectors and alerts in a release: what means the same has one form, and each key is policy or binding. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Digests, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { type Release, toEnvironment, toRelease } from "../../model/release.ts";

const folder = mkdtempSync(join(tmpdir(), "hgscim-connectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sample = readFileSync("environments/reference.yaml", "utf8");

async function released(...edits: readonly (readonly [from: string, to: string])[]): Promise<Release> {
  let text = sample;
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, () => to);
  }
  const file = join(folder, "reference.yaml");
  writeFileSync(file, text);
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.release;
}

const digests = (release: Release): Digests => digestsOf(release as ReleaseData);
const original = await released();

test.each([
  ["allow: [users, groups]", "allow: [groups, users]"],
  [", allow: [users, groups] }", " }"],
  ["cycle: { every: 40m, jitter: 5m }", "cycle: { every: 2400s, jitter: 300s }"],
  ["max: 1h }", "max: 3600s }"],
  ["max: 1d }", "max: 24h }"],
  ["on: [held, token-expires", "on: [token-expires, held"],
  ["connectors: [okta, directory]", "connectors: [directory, okta]"],
  ['{ pattern: "hg-*" }', '{ pattern: "HG-*" }'],
  ["      - engineering\n      - core-team\n", "      - core-team\n      - engineering\n"],
  ["badge: { type: string }", "badge: { type: string, multiValued: false }"],
])("%s is %s", async (from, to) => {
  expect(await released([from, to])).toEqual(original);
});

test("the order of alerts, and of groups of different kinds, means nothing", async () => {
  const alerts = original.settings.alerts ?? [];
  const groups = original.connectors.okta?.groups ?? [];
  const environment = toEnvironment(original);
  const turned = {
    ...environment,
    alerts: [...alerts].reverse(),
    connectors: {
      ...environment.connectors,
      okta: { ...original.connectors.okta, groups: [...groups].reverse() },
    },
  } as typeof environment;
  expect(toRelease(original.environment, turned)).toEqual(original);
  expect(toRelease(original.environment, environment)).toEqual(original);
});

test.each([
  ["policy", "deletions: never # who", "# who"],
  ["policy", "precedence: 3", "precedence: 4"],
  [
    "policy",
    "level: { type: integer }",
    "level: { type: integer, multiValued: false }\n          grade: { type: string }",
  ],
  ["policy", '{ pattern: "hg-*" }', '{ pattern: "hgx-*" }'],
  ["policy", ">= vars.SCIM_LEAD_LEVEL", ">= vars.SCIM_LEAD_LEVEL + 1"],
  ["bindings", "requests: 600", "requests: 601"],
  ["bindings", "attempts: 8", "attempts: 9"],
  ["bindings", "failures: 50%", "failures: 51%"],
  ["bindings", "every: 40m", "every: 41m"],
  ["bindings", '"*/30 * * * *"', '"*/20 * * * *"'],
  ["bindings", "on: [held, token-expires", "on: [token-expires"],
  ["bindings", "[okta, directory]", "[okta]"],
] as const)("of the %s: %s → %s", async (part, from, to) => {
  const changed = digests(await released([from, to]));
  const before = digests(original);
  const other = part === "policy" ? "bindings" : "policy";
  expect(changed.release).not.toBe(before.release);
  expect(changed[part]).not.toBe(before[part]);
  expect(changed[other]).toBe(before[other]);
});

test("a permission set names a group that a pattern selects by one key, however it is written", async () => {
  const tools = (name: string) => `permissions:\n  tools: { repositories: [tools], write: [${name}] }\n`;
  const keys = async (name: string) =>
    (await released(["permissions:\n", tools(name)])).permissions.tools?.write;
  const written = await keys("hg-core");
  expect(written).toEqual(["okta/hg-core"]);
  expect(await keys("okta/HG-Core")).toEqual(written);
  expect(await keys("Hg-CORE")).toEqual(written);
});
