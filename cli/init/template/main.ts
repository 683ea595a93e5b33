/** What cdktf runs: one stack for each environment file. Every problem of every file is printed, and then nothing is synthesized. */
import { environmentFiles, formatProblem, inReadingOrder, loadTogether, synthesize } from "hgscim";

const files = await environmentFiles("environments");
const loaded = files.ok ? await loadTogether(files.value) : [files];
const problems = loaded.flatMap((environment) => (environment.ok ? [] : environment.error));

if (problems.length === 0)
  synthesize(loaded.flatMap((environment) => (environment.ok ? environment.value : [])));
else process.exitCode = 1;
for (const problem of inReadingOrder(problems)) console.error(formatProblem(problem));
