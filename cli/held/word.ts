/** A command by which a person says a word about what is held: both have the same arguments. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";
import { decideHeld } from "./decide.ts";
import { connectorOption, limitOption, ruleOption } from "./options.ts";

/** The command of that name. */
export function wordCommand(word: "approve" | "discard", description: string) {
  return new Command(word)
    .description(description)
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
    .action(exitCode((nameOrFile, ids, options) => decideHeld(word, nameOrFile, ids, options)));
}
