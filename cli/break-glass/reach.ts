/** The agent at which somebody takes a right: that of the environment's file with a token of their own, or the one on this host. */
import { Option } from "@commander-js/extra-typings";
import type { AdminClient } from "../../api/client.ts";
import type { AdminError } from "../../api/error.ts";
import type { SecretReference } from "../../model/reference.ts";
import { localAgent, printLocalError } from "../agent/local.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { refuse } from "../refuse.ts";
import { UsageError } from "../usage.ts";

/** On the agent's own host: who one is says the system, and no token is wanted. */
export const hostConfigOption = new Option(
  "--config <file>",
  "on the agent's host, its configuration: as the unix user of this session, without a token",
);

export const hostSocketOption = new Option("--socket <path>", "on the agent's host, its socket itself");

export interface Where {
  readonly token?: SecretReference | undefined;
  readonly config?: string | undefined;
  readonly socket?: string | undefined;
}

export interface ReachedHolder {
  /** The environment, as messages name it. */
  readonly name: string;
  readonly client: AdminClient;
  /** Prints why the agent did not do what it was asked. */
  readonly print: (error: AdminError) => void;
}

/**
 * Makes a client; only an agent on this host is asked at once, for whose it is.
 *
 * @returns undefined when the person was told what is wrong
 */
export async function reachHolder(
  nameOrFile: string,
  { token, config, socket }: Where,
): Promise<ReachedHolder | undefined> {
  if (config === undefined && socket === undefined) {
    const reached = await reachAgent(nameOrFile, token);
    if (!reached) return undefined;
    const { environment, client } = reached;
    return { name: environment.name, client, print: (error) => printOf(error, environment.sources) };
  }
  if (token !== undefined)
    throw new UsageError(
      "--token beside --config or --socket (expected either: on the agent's host, no token is wanted)",
    );
  const client = await localAgent({ config: config ?? "agent.yaml", socket });
  if (!client) return undefined;
  const agent = await client.agent();
  if (!agent.ok) {
    printLocalError(agent.error);
    return undefined;
  }
  const { environment: name } = agent.value;
  if (name === nameOrFile) return { name, client, print: printLocalError };
  refuse([`the agent on this host is that of ${name} (expected that of ${nameOrFile})`]);
  return undefined;
}

/** With the way to say who one is, where the token does not. */
function printOf(error: AdminError, sources: Parameters<typeof printError>[1]): void {
  printError(error, sources);
  if (error.kind === "forbidden")
    process.stderr.write(
      "Expected --token with a reference to your own token, such as --token ref+env://HGSCIM_MY_TOKEN, or --config on the agent's host\n",
    );
}
