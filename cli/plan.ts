/** `hgscim plan`: what a deploy would change, in Terraform's words and in people's access. Changes nothing. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { savePlan } from "./saved-plan.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

// nothing is written, so nobody must wait for a plan
const unlocked = "-lock=false";

export const command = new Command("plan")
  .description("show what a deploy would change, and who gains or loses access")
  .addArgument(environmentArgument)
  .option("--yes", "fetch Terraform where it is missing, and do not ask")
  .option(
    "--detailed-exitcode",
    "exit with 0 for no change, 2 for changes, 1 for a failure, 64 for wrong usage",
  )
  .action(
    exitCode(async (environment, { yes = false, detailedExitcode = false }) => {
      const stack = await prepareStack(environment, yes);
      if (!stack) return 1;
      if (!detailedExitcode)
        return (await terraform(stack.folder, ["plan", "-input=false", unlocked])) === 0 ? 0 : 1;

      const file = `hgscim.${process.pid}.tfplan`;
      try {
        const planned = await savePlan(stack.folder, file, { options: [unlocked] });
        if (!planned) return 1;
        return planned.changes ? 2 : 0;
      } finally {
        await rm(join(stack.folder, file), { force: true });
      }
    }),
  );
