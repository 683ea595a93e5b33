/** `hgscim owners confirm`: an account is the user's from whom it is withheld, since it is the same person. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { askAsApprover } from "./approver.ts";
import { membershipsOption, tokenOption } from "./options.ts";

export const command = new Command("confirm")
  .description("say that an account is the user's from whom it is withheld: it is the same person")
  .addArgument(environmentArgument)
  .argument("<account>", "the account that is withheld")
  .requiredOption("--user <id>", "the SCIM id of the user who waits")
  .addOption(membershipsOption)
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, account, { user, memberships = "keep", token }) => {
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.confirmOwner(account, { user, memberships }),
      );
      if (!done) return 1;
      const groups = memberships === "keep" ? "with the groups that they are in" : "without the old groups";
      process.stdout.write(`${done.environment.name}: account ${account} is user ${user}'s, ${groups}.\n`);
      return 0;
    }),
  );
