/** `hgscim quarantine`: which connectors only take access away, since too many of their writes failed; `end` says that one is in order. */
import { Command } from "@commander-js/extra-typings";
import type { QuarantineList } from "../api/contract.ts";
import { isoTime } from "../report/time.ts";
import { paragraphs } from "../report/words.ts";
import { printError, reachAgent } from "./agent-client.ts";
import { columns } from "./columns.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { tokenOption } from "./owners/options.ts";
import { command as end } from "./quarantine/end.ts";

export const command = new Command("quarantine")
  .description("show which connectors only take access away, since too many of their writes failed")
  .addArgument(environmentArgument)
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .addCommand(end)
  .action(
    exitCode(async (nameOrFile, { json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const { name, sources } = reached.environment;
      const answer = await reached.client.quarantines();
      if (!answer.ok) {
        printError(answer.error, sources);
        return 1;
      }
      const { quarantines } = answer.value;
      process.stdout.write(`${json ? jsonText(quarantines, name) : quarantinesText(quarantines, name)}\n`);
      return 0;
    }),
  );

type Rows = QuarantineList["quarantines"];

function jsonText(rows: Rows, environment: string): string {
  const quarantines = rows.map((row) => ({ ...row, since: isoTime(row.since), until: isoTime(row.until) }));
  return JSON.stringify({ environment, quarantines }, null, 2);
}

function quarantinesText(rows: Rows, environment: string): string {
  if (rows.length === 0) return "No connector is quarantined.";
  return paragraphs(
    columns([
      ["connector", "since", "tried", "failed", "most by", "in a row"],
      ...rows.map(({ connector, since, until, tried, failed, writes, code, round }) => [
        connector,
        isoTime(since),
        tried ? "now" : `at ${isoTime(until)}`,
        `${failed} of ${writes} writes`,
        code,
        String(round),
      ]),
    ]),
    [
      `What failed:     hgscim failures ${environment}`,
      `It is in order:  hgscim quarantine end ${environment} <connector> --reason <text>`,
    ],
  );
}
