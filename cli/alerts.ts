/** `hgscim alerts`: what was told to whom, what could not be, and whether somebody would be told. */
import { Command } from "@commander-js/extra-typings";
import { command as discard } from "./alerts/discard.ts";
import { command as list } from "./alerts/list.ts";
import { command as retry } from "./alerts/retry.ts";
import { command as test } from "./alerts/test.ts";
import { UsageError } from "./usage.ts";

export const command = new Command("alerts")
  .description("show the alerts of an environment, send them again or discard them, or send a test")
  .addCommand(list)
  .addCommand(retry)
  .addCommand(discard)
  .addCommand(test)
  .action((_, { commands }) => {
    const names = commands.map((one) => one.name());
    throw new UsageError(`what is to be done with alerts? (expected ${names.join(" or ")})`);
  });
