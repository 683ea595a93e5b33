/** `hgscim validate`: says of each environment file what is wrong with it, or the digest of its release. */
import { parseArgs } from "node:util";
import { digestsOf } from "../model/digest.ts";
import { hint } from "../model/nearest.ts";
import type { Problem } from "../model/problem.ts";
import { loadEnvironments, loadOneEnvironment, printProblems, problemsOf } from "./environments.ts";
import { UsageError } from "./usage.ts";

interface Valid {
  readonly name: string;
  readonly file: string;
  readonly digest: string;
  readonly policyDigest: string;
}

type Report = (valid: readonly Valid[], problems: readonly Problem[]) => Promise<void>;

const formats: Readonly<Record<string, Report>> = {
  async text(valid, problems) {
    process.stdout.write(okLines(valid));
    await printProblems(problems);
  },
  async json(valid, problems) {
    const found = problems.map(({ at, code, message }) => ({ ...at, code, message }));
    process.stdout.write(`${JSON.stringify({ environments: valid, problems: found }, null, 2)}\n`);
  },
  async sarif(_, problems) {
    const { sarifText } = await import("./problems/sarif.ts");
    const { version } = await import("../model/package.ts");
    process.stdout.write(sarifText(problems, version));
  },
  async github(valid, problems) {
    const { githubText } = await import("./problems/github.ts");
    process.stdout.write(okLines(valid) + githubText(problems));
  },
};

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      format: { type: "string" },
      json: { type: "boolean", default: false },
      show: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.json && values.format !== undefined)
    throw new UsageError("--json is short for --format json (expected one of them)");
  if (values.show) {
    if (values.json || values.format !== undefined)
      throw new UsageError("--show prints YAML (expected no format beside it)");
    return show(positionals);
  }
  const report = reportOf(values.format ?? (values.json ? "json" : "text"));

  const loaded = await loadEnvironments(positionals);
  const problems = problemsOf(loaded);
  const valid = loaded.flatMap((environment) => {
    if (!environment.ok) return [];
    const { name, file, release } = environment.value;
    const { release: digest, policy: policyDigest } = digestsOf(release);
    return [{ name, file, digest, policyDigest }];
  });
  await report(valid, problems);
  return problems.length === 0 ? 0 : 1;
}

/** Prints one environment with everything that it extends. Only a valid one: then no secret can be on it. */
async function show(positionals: readonly string[]): Promise<number> {
  const environment = await loadOneEnvironment(positionals);
  if (!environment) return 1;
  const [{ readMerged }, { mergedText }] = await Promise.all([
    import("../model/extends.ts"),
    import("./merged-text.ts"),
  ]);
  const merged = await readMerged(environment.file);
  if (merged.ok) process.stdout.write(mergedText(merged.value));
  else await printProblems(merged.error);
  return merged.ok ? 0 : 1;
}

function okLines(valid: readonly Valid[]): string {
  return valid.map(({ name, file, digest }) => `${file}: ok, ${name} is ${digest}\n`).join("");
}

function reportOf(format: string): Report {
  const report = Object.hasOwn(formats, format) ? formats[format] : undefined;
  const names = Object.keys(formats);
  if (!report)
    throw new UsageError(`no format "${format}" ${hint(`one of ${names.join(", ")}`, format, names)}`);
  return report;
}
