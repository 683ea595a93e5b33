/** `hgscim test`: plays the policy tests of `environments/tests/` on the releases of the environments that they name. */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type Rehearsal, rehearse } from "../agent/operations/rehearsal.ts";
import { unsupportedParts } from "../agent/releases/unsupported.ts";
import { environmentFiles, type LoadedEnvironment } from "../model/load.ts";
import { hint } from "../model/nearest.ts";
import type { Problem } from "../model/problem.ts";
import { environmentsFolder, loadEnvironments, printProblems, problemsOf } from "./environments.ts";
import { loadTestFile, type TestFile, testFiles } from "./test/load.ts";
import { play } from "./test/play.ts";
import { type Format, formats, report, type TestResult } from "./test/report.ts";
import { UsageError } from "./usage.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { format: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const format = formatOf(values.format ?? (values.json ? "json" : "text"));
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
  const wanted = positionals.length > 0 ? positionals : named;
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
  process.stdout.write(report(format, results));
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

async function playAll(
  { name: environment, release }: LoadedEnvironment,
  files: readonly (TestFile & { readonly file: string })[],
): Promise<TestResult[]> {
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

function formatOf(text: string): Format {
  const format = formats.find((known) => known === text);
  if (!format)
    throw new UsageError(`no format "${text}" ${hint(`one of ${formats.join(", ")}`, text, formats)}`);
  return format;
}
