/** `hgscim host`: puts hgscim in front of the Mercurial host that there is, and proves that it is there. */
import { Command } from "@commander-js/extra-typings";
import { command as check } from "./host/check.ts";
import { command as install } from "./host/install.ts";
import { UsageError } from "./usage.ts";

export const command = new Command("host")
  .description("put hgscim in front of the Mercurial host that there is, and prove that it is there")
  .addCommand(install)
  .addCommand(check)
  .action((_, { commands }) => {
    const names = commands.map((one) => one.name());
    throw new UsageError(`what is to be done with this host? (expected ${names.join(" or ")})`);
  });
