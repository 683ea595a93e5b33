/** `hgscim variables`: the inventory of an environment for people and programs, and what two environments have otherwise. */
import { parseArgs } from "node:util";
import { hint } from "../model/nearest.ts";
import { loadEnvironments, loadOneEnvironment, printProblems, problemsOf } from "./environments.ts";
import { UsageError } from "./usage.ts";
import type { InventoryEntry } from "./variables/inventory.ts";

type Format = (inventory: readonly InventoryEntry[], environment: string) => Promise<string>;

const formats: Readonly<Record<string, Format>> = {
  markdown: async (inventory) => (await import("./variables/markdown.ts")).markdownText(inventory),
  json: async (variables, environment) => `${JSON.stringify({ environment, variables }, null, 2)}\n`,
  dotenv: async (inventory) => (await import("./variables/lines.ts")).dotenvText(inventory),
  systemd: async (inventory) => (await import("./variables/lines.ts")).systemdText(inventory),
  configmap: async (inventory, environment) =>
    (await import("./variables/configmap.ts")).configMapText(inventory, environment),
};

/** Runs the command; returns the exit code: 1 when an environment is not valid, or `diff` finds a difference. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { format: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [first, ...rest] = positionals;
  if (first === "diff") {
    if (values.format !== undefined) throw new UsageError("diff has no formats (expected --json or nothing)");
    return diff(rest, values.json);
  }
  if (values.json && values.format !== undefined)
    throw new UsageError("--json is short for --format json (expected one of them)");
  const format = formatOf(values.format ?? (values.json ? "json" : "markdown"));
  const environment = await loadOneEnvironment(positionals);
  if (!environment) return 1;
  const { inventoryOf } = await import("./variables/inventory.ts");
  process.stdout.write(await format(inventoryOf(environment.release), environment.name));
  return 0;
}

async function diff(namesOrFiles: readonly string[], json: boolean): Promise<number> {
  if (namesOrFiles.length !== 2) throw new UsageError("which environments? (expected two names or files)");
  const loaded = await loadEnvironments(namesOrFiles);
  await printProblems(problemsOf(loaded));
  const [a, b] = loaded.flatMap((environment) => (environment.ok ? [environment.value] : []));
  if (!a || !b) return 1;
  const { variableDifferences, differenceText } = await import("./variables/diff.ts");
  const differences = variableDifferences(a, b);
  const called: [string, string] = a.name === b.name ? [a.file, b.file] : [a.name, b.name];
  process.stdout.write(
    json
      ? `${JSON.stringify({ environments: called, variables: differences }, null, 2)}\n`
      : differenceText(differences, called),
  );
  return differences.length === 0 ? 0 : 1;
}

function formatOf(name: string): Format {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  const names = Object.keys(formats);
  if (!format) throw new UsageError(`no format "${name}" ${hint(`one of ${names.join(", ")}`, name, names)}`);
  return format;
}
