/** `hgscim alerts discard`: takes away what was given up and need not be told any more. */
import { Command } from "@commander-js/extra-typings";
import { count } from "../../report/words.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "../owners/approver.ts";
import { tokenOption } from "../owners/options.ts";
import { UsageError } from "../usage.ts";

export const command = new Command("discard")
  .description("take away what was given up, and is not to be sent again")
  .addArgument(environmentArgument)
  .argument("[id...]", "these alone")
  .option("--all", "all that were given up")
  .requiredOption("--reason <text>", "why nobody is to be told, for the audit")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, ids, { all = false, reason, token }) => {
      if (all === ids.length > 0)
        throw new UsageError("which alerts? (expected their ids, or --all for all that were given up)");
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.discardAlerts({ reason, ...(!all && { ids }) }),
      );
      if (!done) return 1;
      const { discarded } = done.answer;
      process.stdout.write(
        `${done.environment.name}: ${count(discarded, "alert is", "alerts are")} discarded.\n`,
      );
      // an id that is none, or whose alert was not given up
      return discarded < ids.length ? 1 : 0;
    }),
  );
