/** `hgscim break-glass list`: which rights people took for themselves and have. */
import { Command } from "@commander-js/extra-typings";
import type { BreakGlassRight } from "../../api/contract.ts";
import { isoTime } from "../../report/time.ts";
import { printable } from "../../report/words.ts";
import { columns } from "../columns.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";
import { hostConfigOption, hostSocketOption, reachHolder } from "./reach.ts";

export const command = new Command("list")
  .description("show which rights people took for themselves, until when and why")
  .addArgument(environmentArgument)
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .addOption(hostConfigOption)
  .addOption(hostSocketOption)
  .action(
    exitCode(async (environment, { json = false, ...where }) => {
      const reached = await reachHolder(environment, where);
      if (!reached) return 1;
      const answer = await reached.client.taken();
      if (!answer.ok) {
        reached.print(answer.error);
        return 1;
      }
      const { rights } = answer.value;
      process.stdout.write(`${json ? jsonText(reached.name, rights) : text(rights)}\n`);
      return 0;
    }),
  );

function jsonText(environment: string, rights: readonly BreakGlassRight[]): string {
  const shown = rights.map((right) => ({
    ...right,
    since: isoTime(right.since),
    until: isoTime(right.until),
  }));
  return JSON.stringify({ environment, rights: shown }, null, 2);
}

function text(rights: readonly BreakGlassRight[]): string {
  if (rights.length === 0) return "Nobody has taken a right.";
  return columns([
    ["account", "right", "repository", "until", "permission set", "reason"],
    ...rights.map(({ account, right, repository, until, permission, reason }) => [
      ...[account, right, repository, isoTime(until), permission, printable(reason)],
    ]),
  ]).join("\n");
}
