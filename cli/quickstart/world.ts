/** The stage of the quickstart: an agent, a Mercurial host and three repositories, all on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ownPairFiles } from "../../agent/http/tls/own.ts";
import type { Release } from "../../model/release.ts";
import { runCommand } from "./command.ts";
import { type Host, startHost } from "./host/host.ts";
import type { Mercurial } from "./host/mercurial.ts";

export const repositories = ["core/api", "docs", "releases/1.0"] as const;

export interface World {
  readonly folder: string;
  readonly host: Host;
  /** The users file of the host's Basic authentication. */
  readonly users: string;
  readonly scim: { readonly base: string; readonly token: string };
  /** The agent's admin address, and a deployer's token for it. */
  readonly admin: string;
  readonly token: string;
  /** The agent's own certificate, PEM, and its file: what its clients trust. */
  readonly ca: string;
  readonly caFile: string;
  stop(): Promise<void>;
}

/**
 * Builds the stage in a folder, which is emptied first.
 *
 * @param release the environment's release: the agent listens where it says that it does
 * @throws {Error} with a sentence for the person, when a part cannot start
 */
export async function buildWorld(folder: string, release: Release, mercurial: Mercurial): Promise<World> {
  await rm(folder, { recursive: true, force: true });
  const root = join(folder, "repositories");
  for (const name of repositories) {
    await mkdir(join(root, name), { recursive: true });
    await fillRepository(join(root, name), name);
  }

  const token = randomBytes(32).toString("base64url");
  const scimToken = randomBytes(32).toString("base64url");
  const [secret] = Object.values(release.secrets);
  const variable = /^ref\+env:\/\/(.+)$/.exec(secret?.refs[0] ?? "")?.[1];
  const declared = release.variables.SCIM_API_BASE_URL;
  const endpoint = declared?.type === "url" ? declared.value : undefined;
  const admin = release.settings.delivery.agent?.url;
  if (variable === undefined || endpoint === undefined || admin === undefined)
    throw new Error(
      "the quickstart needs delivery.agent, SCIM_API_BASE_URL, and a token from the environment (ref+env://…)",
    );
  for (const [name, value] of [
    ["token", token],
    ["scim-token", scimToken],
  ] as const)
    await writeFile(join(folder, name), value, { mode: 0o600 });
  const config = join(folder, "agent.yaml");
  const addresses = { scim: new URL(endpoint), admin: new URL(admin) };
  await writeFile(config, agentConfig(release.environment, addresses, token), { mode: 0o600 });

  const agent = await startAgentProcess(config, { [variable]: scimToken });
  const caFile = ownPairFiles(join(folder, "data")).certificate;
  const users = join(folder, "users.json");
  const host = await startHost({
    mercurial,
    root,
    access: join(folder, "access", "access.db"),
    users,
    contact: "identity@example.com",
  });
  if (!host.ok) {
    await stopProcess(agent);
    throw new Error(host.error);
  }
  return {
    folder,
    host: host.value,
    users,
    scim: { base: endpoint, token: scimToken },
    admin,
    token,
    ca: await readFile(caFile, "utf8"),
    caFile,
    async stop() {
      await Promise.all([host.value.stop(), stopProcess(agent)]);
    },
  };
}

// JSON is YAML: no value can break out of its place
function agentConfig(
  environment: string,
  addresses: { readonly scim: URL; readonly admin: URL },
  token: string,
): string {
  const settings = {
    environment,
    data: "data",
    access: "access/access.db",
    repositories: "repositories",
    scim: { listen: addresses.scim.host },
    admin: { listen: addresses.admin.host },
    references: ["ref+env://SCIM_*"],
    tokens: [
      { name: "quickstart", role: "deployer", sha256: createHash("sha256").update(token).digest("hex") },
    ],
  };
  return `# written by the quickstart: the configuration of its agent\n${JSON.stringify(settings, null, 2)}\n`;
}

async function startAgentProcess(config: string, secrets: Record<string, string>): Promise<ChildProcess> {
  const [program = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [program, "agent", "--config", config], {
    env: { ...process.env, ...secrets },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
  });
  if (!child.stdout) throw new Error("the agent has no output");
  const ready = once(createInterface(child.stdout), "line");
  const ended = once(child, "close");
  if ((await Promise.race([ready.then(() => true), ended.then(() => false)])) === false)
    throw new Error(said.trim() || "the agent ended before it was ready");
  return child;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}

async function fillRepository(path: string, name: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: path, HGRCPATH: "", HGPLAIN: "1", HGUSER: "admin" };
  await writeFile(join(path, "README"), `${name}\n`);
  for (const args of [["init"], ["commit", "-A", "-m", "begin", "-u", "admin"]]) {
    const { code, output } = await runCommand("hg", args, { cwd: path, env });
    if (code !== 0) throw new Error(`hg ${args[0]} failed: ${output}`);
  }
}
