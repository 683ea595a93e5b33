/** The stage of the quickstart: an agent, a Mercurial host and three repositories, all on loopback. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ownPairFiles } from "../../agent/http/tls/own.ts";
import type { Release } from "../../model/release.ts";
import { startAgentProcess } from "./agent.ts";
import { runCommand } from "./command.ts";
import { type Host, startHost } from "./host/host.ts";
import type { Mercurial } from "./host/mercurial.ts";
import { copyProject, declaredAddresses } from "./project.ts";

export const repositories = ["core/api", "docs", "releases/1.0"] as const;

export interface World {
  /** A project of its own, with `environments/` and `cdktf.json`. */
  readonly folder: string;
  readonly host: Host;
  /** The users file of the host's Basic authentication. */
  readonly users: string;
  readonly scim: { readonly base: string; readonly token: string; readonly secret: string };
  /** The agent's admin address, and a deployer's token for it. */
  readonly admin: string;
  readonly token: string;
  /** The agent's own certificate, PEM, and its file: what its clients trust. */
  readonly ca: string;
  readonly caFile: string;
  stop(): Promise<void>;
}

/**
 * Builds the stage in an empty folder.
 *
 * @param release the environment's release, as the project that is here has it
 * @throws {Error} with a sentence for the person, when a part cannot start
 */
export async function buildWorld(folder: string, release: Release, mercurial: Mercurial): Promise<World> {
  const declared = declaredAddresses(release);
  const root = join(folder, "repositories");
  for (const name of repositories) {
    await mkdir(join(root, name), { recursive: true });
    await fillRepository(join(root, name), name);
  }

  const token = randomBytes(32).toString("base64url");
  const scimToken = randomBytes(32).toString("base64url");
  for (const [name, value] of [
    ["token", token],
    ["scim-token", scimToken],
  ] as const)
    await writeFile(join(folder, name), value, { mode: 0o600 });
  const { secret, variable } = connectorToken(release);
  const slot = resolve(folder, "scim-token");
  const secrets = { variables: { [variable]: scimToken }, files: `${slot}*` };
  const agent = await startAgentProcess(folder, release.environment, token, secrets);
  try {
    await copyProject(folder, declared, agent, { variable, slot });
    const caFile = ownPairFiles(join(folder, "data")).certificate;
    const ca = await readFile(caFile, "utf8");
    const users = join(folder, "users.json");
    const access = join(folder, "access", "access.db");
    const started = await startHost({ mercurial, root, access, users, contact: "identity@example.com" });
    if (!started.ok) throw new Error(started.error);
    const host = started.value;
    return {
      folder,
      host,
      users,
      scim: { base: `${agent.scim}${declared.scim.pathname}`, token: scimToken, secret },
      admin: agent.admin,
      token,
      ca,
      caFile,
      stop: async () => void (await Promise.all([host.stop(), agent.stop()])),
    };
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

/** The entry of the connector's token, and the environment variable in which its agent looks for that. */
function connectorToken({ secrets }: Release): { readonly secret: string; readonly variable: string } {
  const [[secret = "", entry] = []] = Object.entries(secrets);
  const [, variable] = /^ref\+env:\/\/(.+)$/.exec(entry?.refs[0] ?? "") ?? [];
  if (variable === undefined)
    throw new Error("the quickstart needs a token from the environment (ref+env://…)");
  return { secret, variable };
}

async function fillRepository(path: string, name: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: path, HGRCPATH: "", HGPLAIN: "1", HGUSER: "admin" };
  await writeFile(join(path, "README"), `${name}\n`);
  for (const args of [["init"], ["commit", "-A", "-m", "begin", "-u", "admin"]]) {
    const { code, output } = await runCommand("hg", args, { cwd: path, env });
    if (code !== 0) throw new Error(`hg ${args[0]} failed: ${output}`);
  }
}
