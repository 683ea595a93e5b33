/** `hgscim held list`: what waits, oldest first. */
import { Command } from "@commander-js/extra-typings";
import type { HeldSummary } from "../../api/contract.ts";
import { describeWait, heldRow, heldWhat } from "../../report/held.ts";
import { isoTime } from "../../report/time.ts";
import { count, paragraphs } from "../../report/words.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { columns } from "../columns.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { misspelt } from "../misspelt.ts";
import { tokenOption } from "../owners/options.ts";
import { collect } from "./collect.ts";
import { connectorOption, limitOption, ruleOption } from "./options.ts";

export const command = new Command("list")
  .description("show what waits, oldest first")
  .addArgument(environmentArgument)
  .addOption(ruleOption)
  .addOption(connectorOption)
  .addOption(limitOption)
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, { rule, connector, limit = 50, json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const found = await collect(reached.client, { rule, connector }, limit);
      if (!found.ok) {
        printError(found.error, reached.environment.sources);
        return 1;
      }
      const { held, total } = found.value;
      const { name } = reached.environment;
      const wrong = held.length === 0 ? misspelt(reached.environment, { rule, connector }) : [];
      if (wrong.length > 0) {
        process.stderr.write(`${wrong.join("\n")}\n`);
        return 1;
      }
      const text = json
        ? JSON.stringify({ environment: name, total, held: held.map(forMachines) }, null, 2)
        : listText(name, held, total);
      process.stdout.write(`${text}\n`);
      return 0;
    }),
  );

function forMachines({ since, expires, ...rest }: HeldSummary) {
  return { ...rest, since: isoTime(since), expires: expires === null ? null : isoTime(expires) };
}

function listText(environment: string, held: readonly HeldSummary[], total: number): string {
  if (held.length === 0) return total === 0 ? "Nothing is held." : `Nothing of that is held (of ${total}).`;
  return paragraphs(
    columns([heldRow, ...held.map((one) => [...heldWhat(one), isoTime(one.since), describeWait(one)])]),
    held.length < total ? [`${held.length} of ${count(total, "hold", "holds")} (--limit shows more).`] : [],
    [
      `Look at one:  hgscim held show ${environment} <id>`,
      `Have it done: hgscim held approve ${environment} <id> --reason <text>`,
      `End it:       hgscim held discard ${environment} <id> --reason <text>`,
    ],
  );
}
