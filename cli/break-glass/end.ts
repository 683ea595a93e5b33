/** `hgscim break-glass end`: a right that somebody took for themselves ends before its time. */
import { Command } from "@commander-js/extra-typings";
import { listed } from "../../report/words.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";
import { refuse } from "../refuse.ts";
import { hostConfigOption, hostSocketOption, reachHolder } from "./reach.ts";

export const command = new Command("end")
  .description("end a right that was taken: one's own, or with an approver's token anybody's")
  .addArgument(environmentArgument)
  .argument("<repository>", "the repository on which it was taken")
  .option("--account <account>", "who took it, where several did")
  .addOption(tokenOption)
  .addOption(hostConfigOption)
  .addOption(hostSocketOption)
  .action(
    exitCode(async (environment, repository, { account, ...where }) => {
      const reached = await reachHolder(environment, where);
      if (!reached) return 1;
      const { client, name, print } = reached;
      const answer = await client.taken();
      if (!answer.ok) {
        print(answer.error);
        return 1;
      }
      const there = answer.value.rights.filter(
        (one) => one.repository === repository && (account === undefined || one.account === account),
      );
      const [only, ...others] = there;
      if (!only)
        return refuse([
          `${name}: nobody${account ? ` called ${account}` : ""} has taken a right on ${repository}`,
        ]);
      if (others.length > 0)
        return refuse([
          `${name}: several have taken a right on ${repository} (expected --account with one of ${listed(there.map((one) => one.account))})`,
        ]);
      const ended = await client.endRight(only.id);
      if (!ended.ok) {
        print(ended.error);
        return 1;
      }
      process.stdout.write(`${name}: ${only.account} has ${only.right} on ${repository} no longer.\n`);
      return 0;
    }),
  );
