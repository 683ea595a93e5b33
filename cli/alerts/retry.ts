/** `hgscim alerts retry`: sends again what was given up, once its cause is mended. */
import { Command } from "@commander-js/extra-typings";
import { count } from "../../report/words.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "../owners/approver.ts";
import { tokenOption } from "../owners/options.ts";
import { UsageError } from "../usage.ts";

export const command = new Command("retry")
  .description("send again now what was given up or waits")
  .addArgument(environmentArgument)
  .argument("[id...]", "these alone")
  .option("--all", "all that were given up")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, ids, { all = false, token }) => {
      if (all === ids.length > 0)
        throw new UsageError("which alerts? (expected their ids, or --all for all that were given up)");
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.retryAlerts(all ? undefined : ids),
      );
      if (!done) return 1;
      const { again } = done.answer;
      process.stdout.write(
        `${done.environment.name}: ${count(again, "alert is", "alerts are")} sent again.\n`,
      );
      // an id that is none, or whose alert has arrived
      return again < ids.length ? 1 : 0;
    }),
  );
