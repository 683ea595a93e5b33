/** `hgscim deploy`: plans, asks, and applies exactly the plan that was shown. */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { confirm, mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { savePlan } from "./saved-plan.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

export const command = new Command("deploy")
  .description("plan, ask, and make the release active")
  .addArgument(environmentArgument)
  .option("--yes", "do not ask")
  .option("--lock-timeout <duration>", "how long to wait for who deploys already, as in 60s", "0s")
  .action(
    exitCode(async (environment, { yes = false, lockTimeout }) => {
      mustAsk(yes);
      const stack = await prepareStack(environment, yes);
      if (!stack) return 1;

      const plan = `hgscim.${process.pid}.tfplan`;
      const lock = `-lock-timeout=${lockTimeout}`;
      const shown = resolve(stack.folder, `hgscim.${process.pid}.shown`);
      const env = { HGSCIM_SHOWN: shown };
      try {
        await rm(shown, { force: true });
        const planned = await savePlan(stack.folder, plan, { options: [lock], env });
        if (!planned?.changes) return planned ? 0 : 1;
        if (!yes && !(await confirm(`Deploy this to ${stack.environment}?`))) return 1;
        return (await terraform(stack.folder, ["apply", "-input=false", lock, plan], { env })) === 0 ? 0 : 1;
      } finally {
        await rm(join(stack.folder, plan), { force: true });
        await rm(shown, { force: true });
      }
    }),
  );
