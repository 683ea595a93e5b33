/** `hgscim variables`: the inventory of an environment, for people and programs. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument, loadOneEnvironment } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption, jsonOption, mustBeOne } from "./format.ts";
import { command as diff } from "./variables/diff.ts";
import { type InventoryEntry, inventoryOf } from "./variables/inventory.ts";

type Format = (inventory: readonly InventoryEntry[], environment: string) => Promise<string>;

const formats = {
  markdown: async (inventory) => (await import("./variables/markdown.ts")).markdownText(inventory),
  json: async (variables, environment) => `${JSON.stringify({ environment, variables }, null, 2)}\n`,
  dotenv: async (inventory) => (await import("./variables/lines.ts")).dotenvText(inventory),
  systemd: async (inventory) => (await import("./variables/lines.ts")).systemdText(inventory),
  configmap: async (inventory, environment) =>
    (await import("./variables/configmap.ts")).configMapText(inventory, environment),
} satisfies Record<string, Format>;

export const command = new Command("variables")
  .description("print the variables of an environment, with references in place of secrets")
  .addArgument(environmentArgument)
  .addOption(formatOption<Format>(formats))
  .addOption(jsonOption)
  .addCommand(diff)
  .action(
    exitCode(async (nameOrFile, { format, json }) => {
      mustBeOne({ format, json });
      const print = format ?? (json ? formats.json : formats.markdown);
      const environment = await loadOneEnvironment(nameOrFile);
      if (!environment) return 1;
      process.stdout.write(await print(inventoryOf(environment.release), environment.name));
      return 0;
    }),
  );
