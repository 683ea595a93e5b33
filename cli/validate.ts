/** `hgscim validate`: says of each environment file what is wrong with it, or the digest of its release. */
import { Command } from "@commander-js/extra-typings";
import { digestsOf } from "../model/digest.ts";
import { inReadingOrder, type Problem } from "../model/problem.ts";
import { loadEnvironments, loadOneEnvironment, printProblems, problemsOf } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption, mustBeOne } from "./format.ts";
import { UsageError } from "./usage.ts";

interface Valid {
  readonly name: string;
  readonly file: string;
  readonly digest: string;
  readonly policyDigest: string;
}

type Report = (
  valid: readonly Valid[],
  problems: readonly Problem[],
  warnings: readonly Problem[],
) => Promise<void>;

const formats = {
  async text(valid, problems, warnings) {
    process.stdout.write(okLines(valid));
    await printProblems([...problems, ...warnings]);
  },
  async json(valid, problems, warnings) {
    const placed = (some: readonly Problem[]) =>
      some.map(({ at, code, message }) => ({ ...at, code, message }));
    const report = { environments: valid, problems: placed(problems), warnings: placed(warnings) };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  },
  async sarif(_, problems, warnings) {
    const { sarifText } = await import("./problems/sarif.ts");
    const { version } = await import("../model/package.ts");
    process.stdout.write(sarifText([...problems, ...warnings], version));
  },
  async github(valid, problems, warnings) {
    const { githubText } = await import("./problems/github.ts");
    process.stdout.write(okLines(valid) + githubText([...problems, ...warnings]));
  },
} satisfies Record<string, Report>;

export const command = new Command("validate")
  .description("check environment files, all of them when none is given, or print one with what it extends")
  .argument("[environments...]", "names or files")
  .addOption(formatOption<Report>(formats))
  .addOption(jsonOption)
  .option("--show", "print one with everything that it extends, and where each value came from")
  .action(
    exitCode(async (environments, { format, json, show: isShown }) => {
      if (isShown) {
        if (json || format !== undefined)
          throw new UsageError("--show prints YAML (expected no format beside it)");
        return show(environments);
      }
      mustBeOne({ format, json });
      return validate(environments, format ?? (json ? formats.json : formats.text));
    }),
  );

async function validate(namesOrFiles: readonly string[], report: Report): Promise<number> {
  const loaded = await loadEnvironments(namesOrFiles);
  const problems = problemsOf(loaded);
  const valid = loaded.flatMap((environment) => {
    if (!environment.ok) return [];
    const { name, file, release } = environment.value;
    const { release: digest, policy: policyDigest } = digestsOf(release);
    return [{ name, file, digest, policyDigest }];
  });
  const warnings = loaded.flatMap((environment) => (environment.ok ? environment.value.warnings : []));
  await report(valid, problems, inReadingOrder(warnings));
  return problems.length === 0 ? 0 : 1;
}

/** Prints one environment with everything that it extends. Only a valid one: then no secret can be on it. */
async function show([nameOrFile, ...others]: readonly string[]): Promise<number> {
  if (nameOrFile === undefined || others.length > 0)
    throw new UsageError("which environment? (expected one name or file)");
  const environment = await loadOneEnvironment(nameOrFile);
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
