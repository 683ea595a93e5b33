/** `hgscim deploy`: plans, asks, and applies exactly the plan that was shown. */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { confirm, mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

export const command = new Command("deploy")
  .description("plan, ask, and make the release active")
  .addArgument(environmentArgument)
  .option("--yes", "do not ask")
  .action(
    exitCode(async (environment, { yes = false }) => {
      mustAsk(yes);
      const stack = await prepareStack(environment, yes);
      if (!stack) return 1;

      const plan = `hgscim.${process.pid}.tfplan`;
      const shown = resolve(stack.folder, `hgscim.${process.pid}.shown`);
      const env = { HGSCIM_SHOWN: shown };
      try {
        await rm(shown, { force: true });
        const options = ["-input=false", "-detailed-exitcode", `-out=${plan}`];
        const planned = await terraform(stack.folder, ["plan", ...options], { env });
        // 0: nothing to do, 2: changes (Terraform CLI, command "plan", option -detailed-exitcode)
        if (planned !== 2) return planned;
        if (!yes && !(await confirm(`Deploy this to ${stack.environment}?`))) return 1;
        return (await terraform(stack.folder, ["apply", "-input=false", plan], { env })) === 0 ? 0 : 1;
      } finally {
        await rm(join(stack.folder, plan), { force: true });
        await rm(shown, { force: true });
      }
    }),
  );
