/** `hgscim held show`: all that there is to see of what is held, before somebody decides. */
import { Command } from "@commander-js/extra-typings";
import { heldText } from "../../report/held.ts";
import { isoTime } from "../../report/time.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";

export const command = new Command("show")
  .description("show one hold: what was asked for, why it waits, and the resource as it is now")
  .addArgument(environmentArgument)
  .argument("<id>", "the id of the hold")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, id, { json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const answer = await reached.client.hold(id);
      if (!answer.ok) {
        printError(answer.error, reached.environment.sources);
        return 1;
      }
      const { since, expires, ended, ...rest } = answer.value;
      const iso = (time: number | null) => (time === null ? null : isoTime(time));
      const text = json
        ? JSON.stringify({ ...rest, since: iso(since), expires: iso(expires), ended: iso(ended) }, null, 2)
        : heldText(answer.value);
      process.stdout.write(`${text}\n`);
      return 0;
    }),
  );
