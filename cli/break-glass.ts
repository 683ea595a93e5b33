/** `hgscim break-glass`: takes a right for oneself, for a while, as a permission set lets one; its subcommands list and end what is taken. */
import { Command, Option } from "@commander-js/extra-typings";
import { isoTime } from "../report/time.ts";
import { command as end } from "./break-glass/end.ts";
import { command as list } from "./break-glass/list.ts";
import { hostConfigOption, hostSocketOption, reachHolder } from "./break-glass/reach.ts";
import { forDuration } from "./duration-option.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { tokenOption } from "./owners/options.ts";
import { UsageError } from "./usage.ts";

const forOption = new Option("--for <duration>", "for how long, such as 30m or 1h").argParser(forDuration);

export const command = new Command("break-glass")
  .description("take a right on a repository for oneself, for a while, as a permission set lets one")
  .addArgument(environmentArgument)
  .argument("<repository>", "its path on the host, such as core/api")
  .addOption(forOption)
  .option("--reason <text>", "why, for the audit and whoever is told")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .addOption(hostConfigOption)
  .addOption(hostSocketOption)
  .addCommand(list)
  .addCommand(end)
  .action(
    exitCode(async (environment, repository, { for: duration, reason, json = false, ...where }) => {
      // not as mandatory options, which the subcommands would want too
      if (duration === undefined || reason === undefined)
        throw new UsageError("for how long, and why? (expected --for <duration> and --reason <text>)");
      const reached = await reachHolder(environment, where);
      if (!reached) return 1;
      const answer = await reached.client.takeRight({ repository, for: duration, reason });
      if (!answer.ok) {
        reached.print(answer.error);
        return 1;
      }
      const { account, right, until, permission } = answer.value;
      process.stdout.write(
        json
          ? `${JSON.stringify({ ...answer.value, since: isoTime(answer.value.since), until: isoTime(until) }, null, 2)}\n`
          : `${reached.name}: ${account} has ${right} on ${repository} until ${isoTime(until)}, as permissions.${permission} allows.\nIt is in the audit, and whom the permission set names is told. To end it before: hgscim break-glass end ${environment} ${repository}\n`,
      );
      return 0;
    }),
  );
