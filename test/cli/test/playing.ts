/** Policy tests as text, loaded and played on a release: what differs, each at its line and column. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Rehearsal, rehearse } from "../../../agent/operations/rehearsal.ts";
import { type LoadedTest, loadTestFile } from "../../../cli/test/load.ts";
import { play } from "../../../cli/test/play.ts";
import { loadEnvironment } from "../../../model/load.ts";
import type { Release } from "../../../model/release.ts";

const rehearsals = new Map<Release, Rehearsal>();
afterAll(async () => {
  for (const rehearsal of rehearsals.values()) await rehearsal.close();
});

/** The release of an environment of this project. */
export async function releaseOf(environment: string): Promise<Release> {
  const loaded = await loadEnvironment(`environments/${environment}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.release;
}

/** The tests of a file of policy tests; what is wrong with it is an error that says where. */
export async function loadedTests(text: string, environment = "local"): Promise<readonly LoadedTest[]> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-policy-tests-"));
  try {
    const file = join(folder, "a.yaml");
    writeFileSync(file, `environments: [${environment}]\ntests:\n${text}`);
    const loaded = await loadTestFile(file, [environment]);
    if (loaded.ok) return loaded.value.tests;
    throw new Error(loaded.error.map(({ at, message }) => `${at.line}:${at.column}: ${message}`).join("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What differs in tests on a release, as `line:column: message`.
 *
 * @param text the tests, from line 3 on
 */
export async function differencesIn(text: string, release: Release): Promise<string[]> {
  const rehearsal = rehearsals.get(release) ?? (await rehearse(release));
  rehearsals.set(release, rehearsal);
  const told: string[] = [];
  for (const loaded of await loadedTests(text, release.environment))
    for (const { path, message, ofKey } of await play(rehearsal, release, loaded)) {
      const { line, column } = loaded.locate(path, ofKey);
      told.push(`${line}:${column}: ${message}`);
    }
  return told;
}
