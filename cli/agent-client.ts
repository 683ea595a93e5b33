/** The agent of an environment, found as terraform finds it: by the delivery of its file. */
import type { AdminClient, AdminError } from "../api/client.ts";
import { connectAgent } from "../api/connect.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { loadEnvironments, printProblems, problemsOf } from "./environments.ts";
import { UsageError } from "./usage.ts";

export interface Reached {
  readonly environment: LoadedEnvironment;
  readonly client: AdminClient;
}

/**
 * Loads one environment and makes a client of its agent; nobody is contacted yet.
 *
 * @param positionals what the command was given: exactly one name or file
 * @returns undefined when that failed and the person was told why
 */
export async function reachAgent(positionals: readonly string[]): Promise<Reached | undefined> {
  const [nameOrFile, ...others] = positionals;
  if (nameOrFile === undefined || others.length > 0)
    throw new UsageError("which environment? (expected one name or file)");
  const loaded = await loadEnvironments([nameOrFile]);
  printProblems(problemsOf(loaded));
  const [environment] = loaded.flatMap((one) => (one.ok ? [one.value] : []));
  if (!environment) return undefined;

  const { agent } = environment.release.settings.delivery;
  const at = environment.sources.delivery ?? environment.file;
  if (!agent) {
    process.stderr.write(`${at}: ${environment.name} is delivered by a command (expected delivery.agent)\n`);
    return undefined;
  }
  const connected = await connectAgent(agent);
  if (connected.ok) return { environment, client: connected.client };
  process.stderr.write(`${at}: ${connected.reason}\n`);
  return undefined;
}

/** Prints why the agent did not answer what it was asked. */
export function printError({ message, problems }: AdminError): void {
  process.stderr.write(`${message}\n`);
  for (const problem of problems) process.stderr.write(`  ${problem}\n`);
}
