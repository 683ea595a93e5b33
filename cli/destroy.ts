/** `hgscim destroy`: plans the end of an environment's release, asks, and ends it: nobody has access after. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import type { LoadedEnvironment } from "../model/load.ts";
import { positionOf } from "../report/positions.ts";
import { confirm, mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { lockTimeoutOption } from "./lock-timeout.ts";
import { refuse } from "./refuse.ts";
import { savePlan } from "./saved-plan.ts";
import { prepareStack } from "./stack.ts";
import { terraform, terraformOutput } from "./terraform.ts";

const address = "hgscim_release.release";

export const command = new Command("destroy")
  .description("end the release of an environment: nobody has access after")
  .addArgument(environmentArgument)
  .option("--yes", "do not ask")
  .addOption(lockTimeoutOption)
  .action(
    exitCode(async (nameOrFile, { yes = false, lockTimeout }) => {
      mustAsk(yes);
      // what ends need not work
      const stack = await prepareStack(nameOrFile, yes, { HGSCIM_PREFLIGHT: "off" });
      if (!stack) return 1;
      const { environment, loaded, folder } = stack;
      const prevented = whyNot(loaded);
      if (prevented) return refuse([prevented]);

      const lock = `-lock-timeout=${lockTimeout}`;
      const known = await isInState(folder);
      if (known === undefined) return 1;
      // terraform skips import blocks when it destroys, would find nothing, and report success
      if (!known) {
        const args = ["import", "-input=false", lock, address, environment];
        if ((await terraform(folder, args, { quiet: true })) !== 0) return 1;
      }
      const plan = `hgscim.${process.pid}.tfplan`;
      try {
        const planned = await savePlan(folder, plan, { options: ["-destroy", lock] });
        if (!planned?.changes) return planned ? 0 : 1;
        if (!yes && !(await confirm(`End the release of ${environment}?`))) return 1;
        return (await terraform(folder, ["apply", "-input=false", lock, plan])) === 0 ? 0 : 1;
      } finally {
        await rm(join(folder, plan), { force: true });
      }
    }),
  );

/** Why the environment's file does not let its release be ended, with the line to change. */
function whyNot({ name, file, release, sources }: LoadedEnvironment): string | undefined {
  const { command, destroy } = release.settings.delivery;
  const at = (part: string) => positionOf(sources, "settings", `delivery.${part}`) ?? file;
  if (command) return `${at("command")}: ${name} is delivered by a command (expected delivery.agent)`;
  if (destroy === "allow") return undefined;
  return `${at("destroy")}: delivery.destroy is prevent (expected allow, and a deploy with it before: hgscim deploy ${name})`;
}

/** Whether terraform knows of a release; undefined when it could not say, and the person was told. */
async function isInState(folder: string): Promise<boolean | undefined> {
  const text = await terraformOutput(folder, ["state", "pull"]);
  if (text === undefined) return undefined;
  if (text.trim() === "") return false;
  const { resources = [] } = JSON.parse(text) as { resources?: { mode: string; type: string }[] };
  return resources.some(({ mode, type }) => mode === "managed" && type === "hgscim_release");
}
