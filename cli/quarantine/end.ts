/** `hgscim quarantine end`: a connector is in order, and its writes are done again. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "../owners/approver.ts";
import { tokenOption } from "../owners/options.ts";

export const command = new Command("end")
  .description("say that a connector is in order: its quarantine is over")
  .addArgument(environmentArgument)
  .argument("<connector>", "the connector")
  .requiredOption("--reason <text>", "why it may write again, for the audit")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, connector, { reason, token }) => {
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.endQuarantine(connector, { reason }),
      );
      if (!done) return 1;
      process.stdout.write(
        `${done.environment.name}: the quarantine of connector ${connector} is over: its writes are done again.\n`,
      );
      return 0;
    }),
  );
