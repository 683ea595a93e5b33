/** `hgscim test`: plays the policy tests of `environments/tests/` on the releases of the environments that they name. */
import { basename } from "node:path";
import { Command } from "@commander-js/extra-typings";
import type { Rehearsal } from "../agent/operations/rehearsal.ts";
import { unsupportedParts } from "../agent/releases/unsupported.ts";
import { environmentFiles, type LoadedEnvironment } from "../model/load.ts";
import type { Problem } from "../model/problem.ts";
import { environmentsFolder, loadEnvironments, printProblems, problemsOf } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption } from "./format.ts";
import { loadTestFile, type TestFile, testFiles } from "./test/load.ts";
import { play } from "./test/play.ts";
import { type Format, formats, type TestResult } from "./test/report.ts";

export const command = new Command("test")
  .description("play the policy tests of environments/tests/ on the releases of the environments")
  .argument("[environments...]", "names or files; all that have tests when none is given")
  .addOption(formatOption(formats))
  .addOption(jsonOption)
  .action(
    exitCode(async (environments, { format, json }) =>
      playTests(environments, format ?? (json ? formats.json : formats.text)),
    ),
  );

async function playTests(namesOrFiles: readonly string[], format: Format): Promise<number> {
  const folder = environmentsFolder();
  const files = await testFiles(folder);
  const beside = await environmentFiles(folder);
  const known = beside.ok ? beside.value.map((file) => basename(file, ".yaml")) : [];
  const loaded = await Promise.all(
    files.map(async (file) => ({ file, checked: await loadTestFile(file, known) })),
  );
  const broken = loaded.flatMap(({ checked }) => (checked.ok ? [] : checked.error));
  const tests = loaded.flatMap(({ file, checked }) => (checked.ok ? [{ file, ...checked.value }] : []));

  const named = [...new Set(tests.flatMap((one) => one.environments))];
  const wanted = namesOrFiles.length > 0 ? namesOrFiles : named;
  const environments = wanted.length > 0 && broken.length === 0 ? await loadEnvironments(wanted) : [];
  const problems: Problem[] = [...broken, ...problemsOf(environments)];
  if (problems.length > 0) {
    await printProblems(problems);
    return 1;
  }
  const releases = environments.flatMap((environment) => (environment.ok ? [environment.value] : []));
  const results: TestResult[] = [];
  for (const release of releases) results.push(...(await playAll(release, tests)));
  if (results.length === 0) {
    // a run without a test has looked at nothing
    process.stderr.write(
      `no policy test for ${wanted.join(", ") || "any environment"} (expected one in ${folder}/tests)\n`,
    );
    return 1;
  }
  process.stdout.write(format(results));
  for (const { name, release } of releases) {
    const parts = unsupportedParts(release);
    // a green run must not look as if a host would do it
    if (parts.length > 0)
      process.stderr.write(
        `${name}: an agent refuses this release, for it does not act yet on ${parts.join(", ")}\n`,
      );
  }
  return results.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

/** Plays the tests that name an environment, on its release. */
export async function playAll(
  { name: environment, release }: LoadedEnvironment,
  files: readonly (TestFile & { readonly file: string })[],
): Promise<TestResult[]> {
  // the agent's half, which the help of all commands does not wait for
  const { rehearse } = await import("../agent/operations/rehearsal.ts");
  const results: TestResult[] = [];
  let rehearsal: Rehearsal | undefined;
  for (const { file, tests } of files.filter(({ environments }) => environments.includes(environment))) {
    rehearsal ??= await rehearse(release);
    for (const loaded of tests) {
      const start = performance.now();
      const differences = await play(rehearsal, release, loaded);
      results.push({
        environment,
        file,
        name: loaded.name,
        seconds: (performance.now() - start) / 1000,
        differences: differences.map(({ path, message }) => ({ at: loaded.locate(path), message })),
      });
    }
  }
  await rehearsal?.close();
  return results;
}
