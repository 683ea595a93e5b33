/** `hgscim quarantine end`: a connector is in order, and its writes are done again. */
import { Command } from "@commander-js/extra-typings";
import { reachAgent } from "../agent-client.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { misspelt } from "../misspelt.ts";
import { printToApprover } from "../owners/approver.ts";
import { tokenOption } from "../owners/options.ts";
import { refuse } from "../refuse.ts";

export const command = new Command("end")
  .description("say that a connector is in order: its quarantine is over")
  .addArgument(environmentArgument)
  .argument("<connector>", "the connector")
  .requiredOption("--reason <text>", "why it may write again, for the audit")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, connector, { reason, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const { client, environment } = reached;
      const answer = await client.endQuarantine(connector, { reason });
      if (!answer.ok) {
        const wrong = answer.error.kind === "refused" ? misspelt(environment, { connector }) : [];
        if (wrong.length > 0) return refuse(wrong);
        printToApprover(answer.error, environment.sources);
        return 1;
      }
      process.stdout.write(
        `${environment.name}: the quarantine of connector ${connector} is over: its writes are done again.\n`,
      );
      return 0;
    }),
  );
