/** `hgscim connector`: an identity provider that is to be tried, before people depend on it. */
import { Command } from "@commander-js/extra-typings";
import { command as test } from "./connector/test.ts";

export const command = new Command("connector")
  .description("try what an identity provider sends")
  .addCommand(test);
