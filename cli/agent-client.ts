/** The agent of an environment, found as terraform finds it: by the delivery of its file. */
import type { AdminClient } from "../api/client.ts";
import type { AdminError } from "../api/error.ts";
import type { LoadedEnvironment, Sources } from "../model/load.ts";
import type { SecretReference } from "../model/reference.ts";
import { connectAgent } from "../provider/connect.ts";
import { positionOf } from "../report/positions.ts";
import { addressPart } from "../report/refusal.ts";
import { loadOneEnvironment } from "./environments.ts";

export interface Reached {
  readonly environment: LoadedEnvironment;
  readonly client: AdminClient;
}

/**
 * Loads one environment, by name or file, and makes a client of its agent; nobody is contacted yet.
 *
 * @param ownToken the token that the command was given in place of the file's
 * @returns undefined when that failed and the person was told why
 */
export async function reachAgent(
  nameOrFile: string,
  ownToken?: SecretReference,
): Promise<Reached | undefined> {
  const loaded = await loadOneEnvironment(nameOrFile);
  if (!loaded) return undefined;

  // what is wrong with a token of the command stands at no line of the file
  const sources =
    ownToken === undefined ? loaded.sources : { ...loaded.sources, "delivery.agent.token": "--token" };
  const environment = { ...loaded, sources };
  const { agent } = environment.release.settings.delivery;
  const { file } = environment;
  if (!agent) {
    process.stderr.write(
      `${sources["delivery.command"] ?? file}: ${environment.name} is delivered by a command (expected delivery.agent)\n`,
    );
    return undefined;
  }
  const connected = await connectAgent(
    ownToken === undefined ? agent : { ...agent, token: ownToken, isOwnToken: true },
    environment.name,
  );
  if (connected.ok) return { environment, client: connected.value };
  const { part, reason, advice } = connected.error;
  const at = sources[`delivery.agent.${part}`] ?? file;
  process.stderr.write(`${[`${at}: ${reason}`, ...advice].join("\n")}\n`);
  return undefined;
}

/** Prints why the agent did not answer what it was asked, with the line of the environment's file that this is about. */
export function printError({ kind, message, problems }: AdminError, sources: Sources = {}): void {
  const part = addressPart[kind];
  const at = part && positionOf(sources, "settings", `delivery.agent.${part}`);
  process.stderr.write(`${at === undefined ? "" : `${at}: `}${message}\n`);
  for (const problem of problems) process.stderr.write(`  ${problem}\n`);
}
