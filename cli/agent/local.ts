/** The agent on this host, reached over its socket. */
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Option } from "@commander-js/extra-typings";
import { loadAgentConfig } from "../../agent/config.ts";
import { type AdminClient, adminClient } from "../../api/client.ts";
import type { AdminError } from "../../api/error.ts";
import { defaultSocket } from "../../api/local-socket.ts";
import { formatProblem } from "../../model/problem.ts";
import { printError } from "../agent-client.ts";

export const configOption = new Option(
  "--config <file>",
  "the agent's configuration, which says where its socket is",
).default("agent.yaml");

export const socketOption = new Option("--socket <path>", "the agent's socket itself");

export interface LocalOptions {
  readonly config: string;
  readonly socket: string | undefined;
}

/** A client of the agent; nobody is contacted yet. Undefined when the person was told what is wrong with the configuration. */
export async function localAgent({ config, socket }: LocalOptions): Promise<AdminClient | undefined> {
  const path = socket ?? (await socketOf(config));
  if (path === undefined) return undefined;
  return adminClient({ url: `unix:${pathToFileURL(resolve(path)).pathname}`, user: userName() });
}

/** Prints why it did not answer what it was asked. */
export function printLocalError(error: AdminError): void {
  printError(error);
  if (error.kind === "unreachable")
    process.stderr.write("Expected a running agent, and to be its own user or root.\n");
}

/** Undefined when the person was told what is wrong with the configuration. */
async function socketOf(file: string): Promise<string | undefined> {
  const config = await loadAgentConfig(file);
  if (config.ok) return config.value.socket ?? defaultSocket(config.value.data);
  for (const problem of config.error) process.stderr.write(`${formatProblem(problem)}\n`);
  process.stderr.write("Expected --config or --socket to say where the agent is.\n");
  return undefined;
}

/** Who stands behind the command: under sudo not root, but whoever called it. */
function userName(): string {
  if (process.env.SUDO_USER) return process.env.SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    // a user without a name, as in some containers
    return `uid-${process.getuid?.()}`;
  }
}
