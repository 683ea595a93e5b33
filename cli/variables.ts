/** `hgscim variables`: the inventory of an environment, for people and programs; with `--at` that of a past release. */
import { Command, Option } from "@commander-js/extra-typings";
import { environmentArgument, loadOneEnvironment } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption, mustBeOne } from "./format.ts";
import { digestPrefix } from "./past-release.ts";
import { UsageError } from "./usage.ts";
import { command as diff } from "./variables/diff.ts";
import { pastInventory } from "./variables/past.ts";
import { presentInventory } from "./variables/present.ts";
import type { PrintedInventory } from "./variables/printed.ts";

interface Format {
  /** Whether it tells where values come from and when they changed, or values alone. */
  readonly tellsMore: boolean;
  readonly print: (told: PrintedInventory) => Promise<string>;
}

const formats = {
  markdown: {
    tellsMore: true,
    print: async ({ variables, beside }) =>
      (await import("./variables/markdown.ts")).markdownText(variables, beside.lines),
  },
  json: {
    tellsMore: true,
    print: async ({ environment, variables, beside }) =>
      `${JSON.stringify({ environment, ...beside.json, variables }, null, 2)}\n`,
  },
  dotenv: {
    tellsMore: false,
    print: async ({ variables }) => (await import("./variables/lines.ts")).dotenvText(variables),
  },
  systemd: {
    tellsMore: false,
    print: async ({ variables }) => (await import("./variables/lines.ts")).systemdText(variables),
  },
  configmap: {
    tellsMore: false,
    print: async ({ variables, environment }) =>
      (await import("./variables/configmap.ts")).configMapText(variables, environment),
  },
} satisfies Record<string, Format>;

const atOption = new Option(
  "--at <digest>",
  "the variables of a release that was active, by at least 4 digits of its digest",
).argParser((digest) => digestPrefix("the variables of which release?", "--at", digest));

export const command = new Command("variables")
  .description(
    "print the variables of an environment: who uses them, where they come from, when they changed",
  )
  .addArgument(environmentArgument)
  .addOption(atOption)
  .option("--offline", "ask no agent when they changed: the revisions of the files say it")
  .addOption(formatOption<Format>(formats))
  .addOption(jsonOption)
  .addCommand(diff)
  .action(
    exitCode(async (nameOrFile, { at, offline = false, format, json }) => {
      mustBeOne({ format, json });
      if (at !== undefined && offline)
        throw new UsageError("--at asks the agent, which --offline forbids (expected one of them)");
      const { tellsMore, print } = format ?? (json ? formats.json : formats.markdown);
      let told: PrintedInventory | undefined;
      if (at !== undefined) told = await pastInventory(nameOrFile, at);
      else {
        const environment = await loadOneEnvironment(nameOrFile);
        told = environment && (await presentInventory(environment, { offline, tellsMore }));
      }
      if (!told) return 1;
      process.stdout.write(await print(told));
      return 0;
    }),
  );
