/** The agent of the quickstart: a process of its own, on any free ports of loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ownCommand } from "../self.ts";

/** Where an agent listens, `https://host:port`. */
export interface AgentAddresses {
  readonly scim: string;
  readonly admin: string;
}

export interface AgentProcess extends AgentAddresses {
  stop(): Promise<void>;
}

/** Where the references of its connectors find something. */
interface AgentSecrets {
  /** In its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** A pattern of files that releases may name. */
  readonly files: string;
}

/**
 * Starts an agent in a folder that has `repositories`, and waits until it listens.
 *
 * @param token the deployer's
 * @throws {Error} with what it said when it ended instead
 */
export async function startAgentProcess(
  folder: string,
  environment: string,
  token: string,
  { variables, files }: AgentSecrets,
): Promise<AgentProcess> {
  const config = join(folder, "agent.yaml");
  const anyPort = "127.0.0.1:0";
  const written = (listening: AgentAddresses) =>
    writeFile(config, agentConfig(environment, token, listening, files), { mode: 0o600 });
  await written({ scim: anyPort, admin: anyPort });
  const [program, ...words] = ownCommand();
  const child = spawn(program, [...words, "agent", "--config", config], {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
  });
  const ready = once(createInterface(child.stdout), "line") as Promise<[string]>;
  const ended = once(child, "close");
  const line = await Promise.race([ready.then(([first]) => first), ended.then(() => undefined)]);
  const [, scim, admin] = /: scim (\S+), admin ([^\s,]+)/.exec(line ?? "") ?? [];
  if (scim === undefined || admin === undefined) {
    await stop(child);
    throw new Error(said.trim() || "the agent ended before it was ready");
  }
  // commands on this host ask the listeners where the file says
  await written({ scim: new URL(scim).host, admin: new URL(admin).host });
  return { scim, admin, stop: () => stop(child) };
}

// JSON is YAML: no value can break out of its place
function agentConfig(
  environment: string,
  token: string,
  { scim, admin }: AgentAddresses,
  files: string,
): string {
  const settings = {
    environment,
    data: "data",
    access: "access/access.db",
    repositories: "repositories",
    // the project's folder may be whose it is
    strictModes: "off",
    scim: { listen: scim },
    admin: { listen: admin },
    references: ["ref+env://SCIM_*", `ref+file://${files}`],
    tokens: [
      { name: "quickstart", role: "deployer", sha256: createHash("sha256").update(token).digest("hex") },
    ],
  };
  return `# written by the quickstart: the configuration of its agent\n${JSON.stringify(settings, null, 2)}\n`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}
