/** `hgscim owners renumber`: a connector's users may have other externalIds for some time, since its provider changed all. */
import { Command, Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { Duration, milliseconds } from "../../model/duration.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { isoTime } from "../../report/time.ts";
import { count, indented, listed, printable } from "../../report/words.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../usage.ts";
import { askAsApprover } from "./approver.ts";
import { tokenOption } from "./options.ts";

type Until = { readonly at: Time } | { readonly in: Milliseconds };

const untilOption = new Option(
  "--until <when>",
  "how long: a time such as 2026-11-23T10:00:00Z, or a duration such as 2h; 7 days at most",
).argParser((text): Until => {
  if (Duration.safeParse(text).success) return { in: milliseconds(text) };
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return { at: Date.parse(text) };
  throw new UsageError(
    `--until is "${text}" (expected a time such as 2026-11-23T10:00:00Z, or a duration such as 2h)`,
  );
});

export const command = new Command("renumber")
  .description(
    "let the users of a connector have other externalIds until a time, and confirm who is the same",
  )
  .addArgument(environmentArgument)
  .argument("<connector>", "the connector whose provider changed the externalId of everybody")
  .addOption(untilOption)
  .option("--end", "no longer")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, connector, { until, end = false, token }) => {
      if ((until === undefined) !== end)
        throw new UsageError("until when? (expected --until <when>, or --end)");
      const time = until && ("at" in until ? until.at : Date.now() + until.in);
      const done = await askAsApprover(nameOrFile, token, (client) =>
        client.renumber(connector, time ?? null),
      );
      if (!done) return 1;
      const { confirmed, waiting } = done.answer;
      const lines = [
        `${done.environment.name}: connector ${connector} may ${time === undefined ? "not renumber any longer" : `renumber until ${isoTime(time)}`}.`,
        ...(confirmed.length > 0
          ? [
              `${count(confirmed.length, "account is its user's", "accounts are their users'")} again: ${listed(confirmed)}`,
            ]
          : []),
        ...(waiting.length > 0
          ? [
              `${count(waiting.length, "user still waits", "users still wait")}, and can be confirmed one by one:`,
              ...indented(waiting.map(({ user, reason }) => printable(`${connector}/${user}: ${reason}`))),
            ]
          : []),
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
      return 0;
    }),
  );
