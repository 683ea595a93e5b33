/** `hgscim agent clock`: what time it is for the agent on this host; with `--accept` an approver's word that the system's clock is right. */
import { Command } from "@commander-js/extra-typings";
import type { ClockStatus } from "../../api/contract.ts";
import { describeDoubt } from "../../report/clock.ts";
import { isoTime } from "../../report/time.ts";
import { exitCode } from "../exit-code.ts";
import { refuse } from "../refuse.ts";
import { UsageError } from "../usage.ts";
import { configOption, localAgent, printLocalError, socketOption } from "./local.ts";

export const command = new Command("clock")
  .description("show what time it is for the agent on this host, or accept that the system's clock is right")
  .addOption(configOption)
  .addOption(socketOption)
  .option("--accept", "the system's clock is right, and the agent's own time is not")
  .option("--reason <text>", "why the clock jumped, for the audit")
  .option("--json", "print it for machines")
  .action(
    exitCode(async ({ config, socket, accept = false, reason, json = false }) => {
      if (accept !== (reason !== undefined))
        throw new UsageError("why did the clock jump? (expected --accept and --reason <text> together)");
      const client = await localAgent({ config, socket });
      if (!client) return 1;
      const accepted =
        reason === undefined ? undefined : await client.acceptClock({ time: Date.now(), reason });
      const answer = accepted?.ok === false ? accepted : await client.agent();
      if (!answer.ok) {
        printLocalError(answer.error);
        return 1;
      }
      const { clock: status } = answer.value;
      if (!status) return refuse(["the agent does not say what time it is (expected one of this version)"]);
      process.stdout.write(`${json ? JSON.stringify(shown(status), null, 2) : clockText(status)}\n`);
      return status.inDoubt ? 1 : 0;
    }),
  );

function shown({ time, system, inDoubt }: ClockStatus) {
  return { time: isoTime(time), system: isoTime(system), inDoubt };
}

function clockText({ time, system, inDoubt }: ClockStatus): string {
  return inDoubt
    ? describeDoubt(time, system)
    : `the agent's clock agrees with the system's: ${isoTime(time)}`;
}
