/** `hgscim agent backup`: a copy of the running agent's store, of one moment. Nobody who writes waits for it. */
import { Command } from "@commander-js/extra-typings";
import { loadAgentConfig } from "../../agent/config.ts";
import { backUpStore } from "../../agent/store/backup.ts";
import { defaultSocket } from "../../api/local-socket.ts";
import { formatProblem } from "../../model/problem.ts";
import { digestOrNone } from "../../report/release.ts";
import { exitCode } from "../exit-code.ts";
import { refuse } from "../refuse.ts";
import { configOption, localAgent, printLocalError } from "./local.ts";

export const command = new Command("backup")
  .description("copy the store of the agent on this host while it runs")
  .argument("<file>", "where the copy is made; nothing may be there")
  .addOption(configOption)
  .option("--json", "print it for machines")
  .action(
    exitCode(async (file, { config, json = false }) => {
      const loaded = await loadAgentConfig(config);
      if (!loaded.ok) {
        for (const problem of loaded.error) process.stderr.write(`${formatProblem(problem)}\n`);
        return 1;
      }
      const { data, socket = defaultSocket(data) } = loaded.value;
      const client = await localAgent({ config, socket });
      if (!client) return 1;
      const health = await client.health();
      if (!health.ok) {
        printLocalError(health.error);
        process.stderr.write(
          `Of an agent that was stopped, ${data}/store.db is whole by itself: copy that.\n`,
        );
        return 1;
      }
      // while it is read the log beside it grows, into the room that is kept for removals
      if (health.value.conditions.some(({ code }) => code === "diskFull"))
        return refuse(["the disk is full, and the room that is left is for removals: make room first"]);
      const made = backUpStore(data, file);
      if (!made.ok) return refuse([made.error]);
      const { size, audit, release } = made.value;
      const text = `${file}: ${size} bytes, up to row ${audit} of the audit, release ${digestOrNone(release)}`;
      process.stdout.write(`${json ? JSON.stringify({ file, ...made.value }, null, 2) : text}\n`);
      return 0;
    }),
  );
