#!/usr/bin/env node
/**
 * What `cdktf` runs: one EnvironmentStack for each environment file. HGSCIM_ENVIRONMENTS names another folder than
 * `environments`. Every problem of every file is printed with its position, and then nothing is synthesized.
 */
import { environmentFiles } from "./model/load.ts";
import { loadTogether } from "./model/load-together.ts";
import { formatProblem, inReadingOrder } from "./model/problem.ts";
import { fail } from "./model/result.ts";
import { synthesize } from "./stacks/synthesize.ts";

const files = await environmentFiles(process.env.HGSCIM_ENVIRONMENTS || "environments");
const loaded = files.ok ? await loadTogether(files.value) : [files];
const problems = loaded.flatMap((environment) => (environment.ok ? [] : environment.error));

const synthesized =
  problems.length === 0
    ? synthesize(loaded.flatMap((environment) => (environment.ok ? environment.value : [])))
    : fail(inReadingOrder(problems).map(formatProblem));
if (!synthesized.ok) {
  process.exitCode = 1;
  for (const problem of synthesized.error) process.stderr.write(`${problem}\n`);
}
