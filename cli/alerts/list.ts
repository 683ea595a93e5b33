/** `hgscim alerts list`: what was sent of late, what waits and what was given up, newest first. */
import { Command } from "@commander-js/extra-typings";
import type { AlertList } from "../../api/contract.ts";
import { isoTime } from "../../report/time.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { columns } from "../columns.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { tokenOption } from "../owners/options.ts";

type Alert = AlertList["alerts"][number];

export const command = new Command("list")
  .description("show what was sent of late, what waits and what was given up, newest first")
  .addArgument(environmentArgument)
  .option("--dead", "only what was given up, and stays until it is sent again or discarded")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, { dead = false, json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const answer = await reached.client.alerts(dead ? "dead" : undefined);
      if (!answer.ok) {
        printError(answer.error, reached.environment.sources);
        return 1;
      }
      const { name } = reached.environment;
      process.stdout.write(`${json ? jsonText(answer.value, name) : alertsText(answer.value, name, dead)}\n`);
      return 0;
    }),
  );

function jsonText({ counts, alerts }: AlertList, environment: string): string {
  const shown = alerts.map(({ at, ended, ...alert }) => ({
    ...alert,
    at: isoTime(at),
    ended: ended === null ? null : isoTime(ended),
  }));
  return JSON.stringify({ environment, counts, alerts: shown }, null, 2);
}

function alertsText({ counts, alerts }: AlertList, environment: string, dead: boolean): string {
  if (alerts.length === 0) return dead ? "No alert was given up." : "Nobody was told of anything of late.";
  const total = dead ? counts.dead : counts.waiting + counts.delivered + counts.dead;
  return [
    ...columns([["at", "to", "state", "tries", "events", "matter", "id", "why not"], ...alerts.map(rowOf)]),
    ...(total > alerts.length ? ["", `And ${total - alerts.length} older ones.`] : []),
    ...(counts.dead > 0
      ? ["", `To send again what was given up: hgscim alerts retry ${environment} --all`]
      : []),
  ].join("\n");
}

function rowOf({ at, destination, state, attempts, count, matter, id, reason }: Alert): string[] {
  return [isoTime(at), destination, state, String(attempts), String(count), matter, id, reason ?? ""];
}
