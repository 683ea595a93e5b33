/** `hgscim held`: what constraints hold until somebody decides; its subcommands show it and decide. */
import { Command } from "@commander-js/extra-typings";
import { command as approve } from "./held/approve.ts";
import { command as discard } from "./held/discard.ts";
import { command as list } from "./held/list.ts";
import { command as show } from "./held/show.ts";

export const command = new Command("held")
  .description("show what constraints hold, and decide about it")
  .addCommand(list)
  .addCommand(show)
  .addCommand(approve)
  .addCommand(discard);
