/** `hgscim agent`: runs the agent, or with `load` tells the one that runs. */
import { Command } from "@commander-js/extra-typings";
import { command as backup } from "./agent/backup.ts";
import { command as clock } from "./agent/clock.ts";
import { command as load } from "./agent/load.ts";
import { command as ready } from "./agent/ready.ts";
import { command as verify } from "./agent/verify.ts";
import { exitCode } from "./exit-code.ts";

export const command = new Command("agent")
  .description("run the agent beside a Mercurial host, until it is told to stop")
  .option("--config <file>", "the agent's configuration", "agent.yaml")
  .addCommand(load)
  .addCommand(clock)
  .addCommand(ready)
  .addCommand(verify)
  .addCommand(backup)
  .action(exitCode(async ({ config }) => (await import("./agent/run.ts")).runAgent(config)));
