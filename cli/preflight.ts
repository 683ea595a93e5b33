/** `hgscim preflight`: what would go wrong with a deploy, before it is one. Changes nothing. */
import { Command } from "@commander-js/extra-typings";
import type { LocatedCheck } from "../report/preflight.ts";
import { environmentArgument, loadOneEnvironment } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption, mustBeOne } from "./format.ts";
import { tokenOption } from "./owners/options.ts";
import { gatherChecks } from "./preflight/gather.ts";

type Format = (environment: string, checks: readonly LocatedCheck[]) => Promise<string>;

const formats = {
  text: async (_, checks) => (await import("./preflight/table.ts")).checkTable(checks),
  markdown: async (environment, checks) =>
    (await import("../report/preflight.ts")).preflightMarkdown(environment, checks),
  json: async (environment, checks) =>
    `${JSON.stringify({ environment, well: !hasFailed(checks), checks }, null, 2)}\n`,
} satisfies Record<string, Format>;

export const command = new Command("preflight")
  .description(
    "say what would go wrong with a deploy: variables, secrets, endpoints, the way of the provider",
  )
  .addArgument(environmentArgument)
  .option("--offline", "ask no agent: what the files alone say")
  .addOption(formatOption<Format>(formats))
  .addOption(jsonOption)
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, { offline = false, format, json, token }) => {
      mustBeOne({ format, json });
      const print = format ?? (json ? formats.json : formats.text);
      const environment = await loadOneEnvironment(nameOrFile);
      if (!environment) return 1;
      const checks = await gatherChecks(environment, { offline, token, progress: process.stderr });
      process.stdout.write(await print(environment.name, checks));
      return hasFailed(checks) ? 1 : 0;
    }),
  );

function hasFailed(checks: readonly LocatedCheck[]): boolean {
  return checks.some(({ state }) => state === "failed");
}
