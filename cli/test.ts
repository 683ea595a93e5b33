/** `hgscim test`: plays the policy tests of `environments/tests/` on the releases of the environments that they name. */
import { basename } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import type { Rehearsal } from "../agent/operations/rehearsal.ts";
import { unsupportedParts } from "../agent/releases/unsupported.ts";
import { Share } from "../model/environment/common.ts";
import { environmentFiles, type LoadedEnvironment } from "../model/load.ts";
import type { Problem } from "../model/problem.ts";
import { environmentsFolder, loadEnvironments, printProblems, problemsOf } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption } from "./format.ts";
import { tokenOption } from "./owners/options.ts";
import { type Coverage, coverageOf, type PlayedOnce, shareOf } from "./test/coverage.ts";
import { loadTestFile, type TestFile, testFiles } from "./test/load.ts";
import { playThrough } from "./test/play.ts";
import { type CoverageResult, type Format, formats, type TestResult } from "./test/report.ts";
import { UsageError } from "./usage.ts";

const coverageOption = new Option(
  "--coverage [minimum]",
  "name the constraints and lines of permission sets without which no test fails; a share such as 80% is the least that may be covered",
).argParser((text) => {
  const share = Share.safeParse(text);
  if (!share.success)
    throw new UsageError(`--coverage ${text}: not a share (expected such as 80%, environments before it)`);
  return Number.parseInt(share.data, 10);
});

export const command = new Command("test")
  .description("play the policy tests of environments/tests/ on the releases of the environments")
  .argument("[environments...]", "names or files; all that have tests when none is given")
  .addOption(formatOption(formats))
  .addOption(jsonOption)
  .addOption(coverageOption)
  .option(
    "--record <what>",
    "print a request that an agent held or refused as a policy test: the id of a hold, or the sequence of an audit row",
  )
  .option("--env <environment>", "whose agent has it, beside --record")
  .option("--out <file>", "a new file for it, beside --record")
  .addOption(tokenOption)
  .action(
    exitCode(async (environments, { format, json, coverage, record: what, env, out, token }) => {
      if (what !== undefined) {
        if (env === undefined || environments.length > 0 || coverage !== undefined)
          throw new UsageError("--record wants --env with the environment of its agent, and nothing to play");
        const { record } = await import("./test/recorder.ts");
        return record({ what, environment: env, out, token });
      }
      if (env !== undefined || out !== undefined || token !== undefined)
        throw new UsageError("--env, --out and --token stand beside --record");
      const print = format ?? (json ? formats.json : formats.text);
      return playTests(environments, print, coverage === true ? 0 : coverage);
    }),
  );

/** @param minimum of the coverage, in percent; undefined where nobody asks for it */
async function playTests(
  namesOrFiles: readonly string[],
  format: Format,
  minimum: number | undefined,
): Promise<number> {
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
  const coverage: CoverageResult[] = [];
  for (const environment of releases) {
    const played = await playAll(environment, tests, minimum !== undefined);
    results.push(...played.results);
    if (played.coverage) coverage.push(coverageResult(environment, played.coverage));
  }
  if (results.length === 0) {
    // a run without a test has looked at nothing
    process.stderr.write(
      `no policy test for ${wanted.join(", ") || "any environment"} (expected one in ${folder}/tests)\n`,
    );
    return 1;
  }
  process.stdout.write(format(results, minimum === undefined ? undefined : coverage));
  for (const { name, release } of releases) {
    const parts = unsupportedParts(release);
    // a green run must not look as if a host would do it
    if (parts.length > 0)
      process.stderr.write(
        `${name}: an agent refuses this release, for it does not act yet on ${parts.join(", ")}\n`,
      );
  }
  const short = coverage.filter(({ share }) => share < (minimum ?? 0));
  for (const { environment, share } of short)
    process.stderr.write(
      `${environment}: policy tests cover ${share}% of its parts (expected ${minimum}% or more)\n`,
    );
  return short.length === 0 && results.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

function coverageResult({ name, file, sources }: LoadedEnvironment, coverage: Coverage): CoverageResult {
  const uncovered = coverage.uncovered.map((part) => ({ at: sources[part.entry] ?? file, ...part }));
  return { environment: name, share: shareOf(coverage), parts: coverage.parts, uncovered };
}

/** Plays the tests that name an environment, on its release. */
export async function playAll(
  { name: environment, release }: LoadedEnvironment,
  files: readonly (TestFile & { readonly file: string })[],
  isCovered = false,
): Promise<{ readonly results: TestResult[]; readonly coverage: Coverage | undefined }> {
  const named = files.filter(({ environments }) => environments.includes(environment));
  const results: TestResult[] = [];
  const played: PlayedOnce[] = [];
  let rehearsal: Rehearsal | undefined;
  for (const { file, tests } of named) {
    // most of the agent, which is loaded where something is played
    rehearsal ??= await (await import("../agent/operations/rehearsal.ts")).rehearse(release);
    for (const loaded of tests) {
      const start = performance.now();
      const playing = await playThrough(rehearsal, release, loaded);
      played.push({ test: loaded, playing });
      results.push({
        environment,
        file,
        name: loaded.name,
        seconds: (performance.now() - start) / 1000,
        differences: playing.differences.map(({ path, message, ofKey }) => ({
          at: loaded.locate(path, ofKey),
          message,
        })),
      });
    }
  }
  const coverage = isCovered && rehearsal ? await coverageOf(rehearsal, played) : undefined;
  await rehearsal?.close();
  return { results, coverage };
}
