/** `hgscim plan`: what a deploy would change, in Terraform's words and in people's access. Changes nothing. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

export const command = new Command("plan")
  .description("show what a deploy would change, and who gains or loses access")
  .addArgument(environmentArgument)
  .option("--yes", "fetch Terraform where it is missing, and do not ask")
  .action(
    exitCode(async (environment, { yes = false }) => {
      const stack = await prepareStack(environment, yes);
      return stack && (await terraform(stack.folder, ["plan", "-input=false"])) === 0 ? 0 : 1;
    }),
  );
