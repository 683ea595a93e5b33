/** `hgscim agent ready`: waits until the agent on this host answers and Mercurial goes by all that it stores; what comes after it may begin then. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command, Option } from "@commander-js/extra-typings";
import type { AdminClient, Answered } from "../../api/client.ts";
import type { Health } from "../../api/contract.ts";
import { Duration, milliseconds } from "../../model/duration.ts";
import type { Milliseconds } from "../../model/time.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../usage.ts";
import { configOption, localAgent, printLocalError, socketOption } from "./local.ts";

const pause: Milliseconds = 200;

const withinOption = new Option("--within <duration>", "for how long to wait").argParser((text) => {
  if (!Duration.safeParse(text).success)
    throw new UsageError(
      `--within is "${text}" (expected a whole number and its unit s, m, h or d, such as 60s)`,
    );
  return text;
});

export const command = new Command("ready")
  .description("wait until the agent on this host is ready, and show what it does not do now")
  .addOption(configOption)
  .addOption(socketOption)
  .addOption(withinOption.default("60s"))
  .option("--json", "print it for machines")
  .action(
    exitCode(async ({ config, socket, within, json = false }) => {
      const client = await localAgent({ config, socket });
      if (!client) return 1;
      const answer = await healthWithin(client, milliseconds(within));
      if (!answer.ok) {
        printLocalError(answer.error);
        return 1;
      }
      const { ready, conditions } = answer.value;
      const lines = [
        ready ? "ready" : "not ready",
        ...conditions.map(({ code, message }) => `${code}: ${message}`),
      ];
      process.stdout.write(`${json ? JSON.stringify(answer.value, null, 2) : lines.join("\n")}\n`);
      return ready ? 0 : 1;
    }),
  );

/** The first answer that says that it is ready, or the last one within a span. */
async function healthWithin(client: AdminClient, span: Milliseconds): Promise<Answered<Health>> {
  const begun = performance.now();
  for (;;) {
    const answer = await client.health();
    const isOver = performance.now() - begun + pause > span;
    const mayPass = answer.ok ? !answer.value.ready : answer.error.kind === "unreachable";
    if (isOver || !mayPass) return answer;
    await sleep(pause);
  }
}
