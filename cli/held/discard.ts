/** `hgscim held discard`: end what is held: nothing of it is done. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";
import { decideHeld } from "./decide.ts";
import { connectorOption, limitOption, ruleOption } from "./options.ts";

export const command = new Command("discard")
  .description("end what is held: nothing of it is done")
  .addArgument(environmentArgument)
  .argument("[ids...]", "the ids of holds")
  .addOption(ruleOption)
  .addOption(connectorOption)
  .option("--all", "all that waits")
  .addOption(limitOption)
  .option("--reason <text>", "why, for the audit")
  .option(
    "--fingerprint <text>",
    "that of what was shown: nothing is asked, and nothing done where it is another one by now",
  )
  .option("--yes", "nothing is asked")
  .option("--json", "print what came of it for machines")
  .addOption(tokenOption)
  .action(exitCode((nameOrFile, ids, options) => decideHeld("discard", nameOrFile, ids, options)));
