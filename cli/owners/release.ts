/** `hgscim owners release`: an account is no longer its owner's, and may go to another person. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "./approver.ts";
import { membershipsOption, tokenOption } from "./options.ts";

export const command = new Command("release")
  .description("let an account go to another person: to the one user who waits for it, or to whoever comes")
  .addArgument(environmentArgument)
  .argument("<account>", "the account that its owner has no more")
  .addOption(membershipsOption)
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, account, { memberships = "drop", token }) => {
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.releaseOwner(account, memberships),
      );
      if (!done) return 1;
      // the answer is the same whether somebody waited or not
      const after = await done.client.owners();
      const owner = after.ok ? after.value.owners.find((one) => one.account === account)?.user : undefined;
      const groups = memberships === "keep" ? "with the groups that they are in" : "without the old groups";
      const what = owner
        ? `is user ${owner}'s, another person than before, ${groups}`
        : "is released: it goes to whoever comes";
      process.stdout.write(`${done.environment.name}: account ${account} ${what}.\n`);
      return 0;
    }),
  );
