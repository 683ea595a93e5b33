/** `hgscim rotate`: replaces what somebody proves by who they are, without a gap; each kind in the file of its name. */
import { Command } from "@commander-js/extra-typings";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { tokenOption } from "./owners/options.ts";
import { rotateSecret } from "./rotate/secret.ts";

export const command = new Command("rotate")
  .description("replace the token of a connector without a gap, step by step, from wherever it was left")
  .addArgument(environmentArgument)
  .argument("<secret>", "the entry of secrets, with two references")
  .option("--value-from <file>", "the new value is there, - for standard input; else one is made")
  .option("--show", "show the new value, once, on this terminal")
  .option("--once", "do what can be done now, and wait for nothing: 0 done, 1 not yet")
  .option("--now", "withdraw the old value at once, whoever still comes with it")
  .option("--undo", "take the new value back")
  .option("--yes", "nothing is asked")
  .option("--json", "print where it stands for machines, when it is over")
  .addOption(tokenOption)
  .action(exitCode(rotateSecret));
