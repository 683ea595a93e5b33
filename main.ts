#!/usr/bin/env node
/**
 * What `cdktf` runs: one EnvironmentStack for each environment file. HGSCIM_ENVIRONMENTS names another folder than
 * `environments`. Every problem of every file is printed with its position, and then nothing is synthesized.
 */
import { environmentFiles } from "./model/load.ts";
import { loadTogether } from "./model/load-together.ts";
import { formatProblem, inReadingOrder } from "./model/problem.ts";
import { synthesize } from "./stacks/synthesize.ts";

const files = await environmentFiles(process.env.HGSCIM_ENVIRONMENTS || "environments");
const loaded = files.ok ? await loadTogether(files.value) : [files];
const problems = loaded.flatMap((environment) => (environment.ok ? [] : environment.error));

if (problems.length === 0)
  synthesize(loaded.flatMap((environment) => (environment.ok ? environment.value : [])));
else process.exitCode = 1;
for (const problem of inReadingOrder(problems)) process.stderr.write(`${formatProblem(problem)}\n`);
