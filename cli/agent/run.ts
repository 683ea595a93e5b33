/** The agent as a process of its own. */
import { pino } from "pino";
import { startAgent } from "../../agent/agent.ts";
import { loadAgentConfig } from "../../agent/config.ts";
import { takeHandedOver } from "../../agent/http/handed-over.ts";
import { onlyOurs } from "../../agent/strict-modes.ts";
import { formatProblem } from "../../model/problem.ts";
import { ok } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";

/** Runs the agent of a configuration file until a signal tells it to stop; answers the exit code. */
export async function runAgent(file: string): Promise<number> {
  const config = await loadAgentConfig(file);
  if (!config.ok) {
    for (const problem of config.error) process.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const closed = config.value.strictModes === "off" ? ok(undefined) : onlyOurs({ "the configuration": file });
  if (!closed.ok) {
    process.stderr.write(`hgscim agent: ${closed.error}\n`);
    return 1;
  }
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  try {
    const agent = await startAgent(config.value, log, {
      handedOver: takeHandedOver(process.env, process.pid),
      configFile: file,
    });
    // whoever replaces something may say so, as other daemons are told
    process.on("SIGHUP", () => void agent.look());
    // one line on stdout, for whoever started it and waits
    const own = agent.ca === undefined ? "" : `, own certificate ${agent.ca}`;
    process.stdout.write(
      `hgscim agent for ${config.value.environment}: scim ${agent.scim}, admin ${agent.admin}${own}\n`,
    );
    await stopped;
    await agent.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`hgscim agent: ${systemSentence(error as Error)}\n`);
    return 1;
  }
}
