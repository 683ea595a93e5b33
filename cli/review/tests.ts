/** The policy tests of an environment, as `hgscim test` plays them. */
import { basename } from "node:path";
import { environmentFiles, type LoadedEnvironment } from "../../model/load.ts";
import { formatPosition } from "../../model/problem.ts";
import type { ReviewedTests } from "../../report/review/report.ts";
import { environmentsFolder } from "../environments.ts";
import { loadTestFile, testFiles } from "../test/load.ts";
import { playAll } from "../test.ts";

/** Plays them. */
export async function playedTests(environment: LoadedEnvironment): Promise<ReviewedTests> {
  const folder = environmentsFolder();
  const beside = await environmentFiles(folder);
  const known = beside.ok ? beside.value.map((file) => basename(file, ".yaml")) : [];
  const files = await Promise.all(
    (await testFiles(folder)).map(async (file) => ({ file, checked: await loadTestFile(file, known) })),
  );
  const broken = files.flatMap(({ checked }) =>
    checked.ok ? [] : checked.error.map(({ at, message }) => `${formatPosition(at)}: ${message}`),
  );
  if (broken.length > 0) return { passed: 0, failed: [], broken };
  const tests = files.flatMap(({ file, checked }) => (checked.ok ? [{ file, ...checked.value }] : []));
  const { results } = await playAll(environment, tests);
  const failed = results.filter(({ differences }) => differences.length > 0);
  return {
    passed: results.length - failed.length,
    failed: failed.map(({ name, differences }) => ({
      name,
      differences: differences.map(({ at, message }) => `${formatPosition(at)}: ${message}`),
    })),
    broken,
  };
}
