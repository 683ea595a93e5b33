/** `hgscim validate`: says of each environment file what is wrong with it, or the digest of its release. */
import { parseArgs } from "node:util";
import { digestsOf } from "../model/digest.ts";
import { loadEnvironments, printProblems, problemsOf } from "./environments.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const loaded = await loadEnvironments(positionals);
  const problems = problemsOf(loaded);
  const valid = loaded.flatMap((environment) => {
    if (!environment.ok) return [];
    const { name, file, release } = environment.value;
    const { release: digest, policy: policyDigest } = digestsOf(release);
    return [{ name, file, digest, policyDigest }];
  });

  if (values.json) {
    const found = problems.map(({ at, message }) => ({ ...at, message }));
    process.stdout.write(`${JSON.stringify({ environments: valid, problems: found }, null, 2)}\n`);
  } else {
    for (const { name, file, digest } of valid) process.stdout.write(`${file}: ok, ${name} is ${digest}\n`);
    printProblems(problems);
  }
  return problems.length === 0 ? 0 : 1;
}
