/** `hgscim host`: what is done once on a Mercurial host, and what proves that it is so. */
import { Command } from "@commander-js/extra-typings";
import { command as check } from "./host/check.ts";

export const command = new Command("host")
  .description("put hgscim in front of a Mercurial host, and prove that it is there")
  .addCommand(check);
