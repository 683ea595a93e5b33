/** `hgscim alerts test`: whether somebody would be told, tried out from the agent's host with the agent's own secrets. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "../owners/approver.ts";
import { tokenOption } from "../owners/options.ts";

export const command = new Command("test")
  .description("send a test alert from the agent, and show whether its receivers took it")
  .addArgument(environmentArgument)
  .option("--to <variable>", "only to where this variable says; to all of the active release's when absent")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, { to, json = false, token }) => {
      const done = await askAsApprover(nameOrFile, token, (client) => client.testAlerts(to));
      if (!done) return 1;
      const { results } = done.answer;
      const { name } = done.environment;
      const lines = results.map(({ destination, taken, reason }) =>
        taken ? `${destination}: taken` : `${destination}: not taken: ${reason}`,
      );
      process.stdout.write(
        `${json ? JSON.stringify({ environment: name, results }, null, 2) : lines.join("\n")}\n`,
      );
      return results.every(({ taken }) => taken) ? 0 : 1;
    }),
  );
