/** An agent and deploys as processes of their own, so that any of them can be killed at any moment. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type AdminClient, adminClient } from "../../api/client.ts";
import { type Finished, hgscim } from "../cli/hgscim.ts";
import { freePort } from "../free-port.ts";

const scimToken = "a-token-for-the-connector";

export type Victim = "agent" | "provider" | "terraform";

export interface KillWorld {
  readonly admin: AdminClient;
  readonly accessFile: string;
  /** The agent's store, SQLite. */
  readonly store: string;
  /** The base URL of the connector, and what a client of it needs. */
  readonly scim: { readonly url: string; readonly token: string; readonly ca: string };
  /** The environment file with the permission set `core` written by this group. */
  choose(writers: string): void;
  hgscim(...args: string[]): Promise<Finished>;
  /** The same as a process that can be killed. */
  start(...args: string[]): ChildProcess;
  /** Deploys, and calls `then` once, when terraform says this. */
  deployUntil(says: string, then: () => void): Promise<Finished>;
  /** Holds the agent as it is, so that it answers nothing, and lets it go on. */
  hold(): void;
  letGo(): void;
  /** Kills what is running of it now, with SIGKILL; false when nothing was. */
  kill(victim: Victim): boolean;
  /** Waits until the killed agent is gone, and its files are nobody's. */
  gone(): Promise<void>;
  /** What a reboot does where the access file is on a tmpfs: it is gone, folder and all. Not while an agent runs. */
  reboot(): void;
  /** Lets the files of the running agent grow again. */
  enlarge(): void;
  /** Adds that many permission sets to the environment file. */
  fill(sets: number): void;
  /** Starts the agent again when it was killed. */
  revive(): Promise<void>;
  /** What Terraform's state says of what is not well: `tainted`. */
  troubled(): string[];
  stop(): Promise<void>;
}

export interface KillWorldOptions {
  /** No file of the agent may grow beyond this many bytes. */
  readonly largestFile?: number | undefined;
  /** Where a release may make it connect to. */
  readonly egress?: readonly string[];
  /** `host` of agent.yaml. */
  readonly host?: object;
  /** What is in the agent's environment besides, by names that begin with SCIM_. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What releases may name besides. */
  readonly references?: readonly string[];
  /** Makes something else of the environment's file. */
  readonly edit?: (text: string) => string;
}

export async function makeKillWorld(options: KillWorldOptions = {}): Promise<KillWorld> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-kill-"));
  const [scimPort, adminPort] = [await freePort(), await freePort()];
  const token = randomBytes(24).toString("base64url");
  cpSync("environments", join(folder, "environments"), { recursive: true });
  mkdirSync(join(folder, "repositories", "core", "api", ".hg"), { recursive: true });
  const config = join(folder, "agent.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      environment: "local",
      data: "data",
      access: "access/access.db",
      watermark: "watermark",
      repositories: "repositories",
      scim: { listen: `127.0.0.1:${scimPort}` },
      admin: { listen: `127.0.0.1:${adminPort}` },
      references: ["ref+env://SCIM_*", ...(options.references ?? [])],
      ...(options.egress && { egress: options.egress }),
      ...(options.host && { host: options.host }),
      tokens: [{ name: "ci", role: "approver", sha256: createHash("sha256").update(token).digest("hex") }],
    }),
  );
  const local = join(folder, "environments", "local.yaml");
  // whatever a round takes from whom is meant
  const { edit = (text: string) => text } = options;
  const base = `${edit(readFileSync(local, "utf8"))}\nbounds: { lose: 100% }\n`
    .replace("127.0.0.1:7443", `127.0.0.1:${adminPort}`)
    .replace("127.0.0.1:7480", `127.0.0.1:${scimPort}`);
  const choose = (writers: string) =>
    writeFileSync(local, `${base}\npermissions:\n  core: { write: [${writers}] }\n`);
  choose("core-team");

  let agent = await startAgentProcess(config, options);
  let isKilled = false;
  const ended = async () => {
    if (agent.exitCode === null && agent.signalCode === null) await once(agent, "close");
  };
  const ca = readFileSync(join(folder, "data", "tls", "certificate.pem"), "utf8");
  const env = {
    HOME: folder,
    HGSCIM_TOKEN: token,
    HGSCIM_CA: ca,
    HGSCIM_AUTHOR: "ada",
    HGSCIM_REVISION: "f00",
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  return {
    admin: adminClient({ url: `https://127.0.0.1:${adminPort}`, token, ca }),
    accessFile: join(folder, "access", "access.db"),
    store: join(folder, "data", "store.db"),
    scim: { url: `https://127.0.0.1:${scimPort}/scim/okta/v2`, token: scimToken, ca },
    choose,
    hgscim: (...args) => hgscim(args, { cwd: folder, env }),
    start: (...args) =>
      spawn(process.execPath, [resolve("dist/cli/main.js"), ...args], {
        ...{ cwd: folder, env: { PATH: process.env.PATH, ...env } },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    deployUntil(says, then) {
      let said = "";
      const heard = (text: string) => {
        const before = said.includes(says);
        said += text;
        if (!before && said.includes(says)) then();
      };
      return hgscim(["deploy", "local", "--yes"], { cwd: folder, env, heard });
    },
    hold: () => void agent.kill("SIGSTOP"),
    letGo: () => void agent.kill("SIGCONT"),
    kill(victim) {
      const pids = victim === "agent" ? [Number(agent.pid)] : processesIn(folder, victim);
      for (const pid of pids) killNow(pid);
      isKilled ||= victim === "agent";
      return pids.length > 0;
    },
    gone: ended,
    reboot: () => rmSync(join(folder, "access"), { recursive: true }),
    enlarge() {
      const { status } = spawnSync("prlimit", ["--pid", String(agent.pid), "--fsize=unlimited"]);
      if (status !== 0) throw new Error(`prlimit ended with ${status}`);
    },
    fill(sets) {
      const lines = Array.from(
        { length: sets },
        (_, i) => `  set-${i}: { repositories: ["many/${i}/**"], read: [engineering] }`,
      );
      writeFileSync(local, `${base}\npermissions:\n${lines.join("\n")}\n`);
    },
    async revive() {
      if (!isKilled) return;
      await ended();
      agent = await startAgentProcess(config, { ...options, largestFile: undefined });
      isKilled = false;
    },
    troubled() {
      const text = readFileSync(join(folder, "terraform.local.tfstate"), "utf8");
      // of a terraform that was killed at once; the next deploy may find nothing to do
      if (text === "") return [];
      const state: { resources: { instances: { status?: string }[] }[] } = JSON.parse(text);
      return state.resources.flatMap(({ instances }) => instances.flatMap(({ status = [] }) => status));
    },
    async stop() {
      agent.kill("SIGTERM");
      await ended();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startAgentProcess(
  config: string,
  { largestFile, secrets }: KillWorldOptions,
): Promise<ChildProcess> {
  const command = [process.execPath, resolve("dist/cli/main.js"), "agent", "--config", config];
  // the shell's limit is in blocks of 1024 bytes, and exec keeps the process the one that is killed
  const limit = largestFile === undefined ? "" : `ulimit -S -f ${largestFile / 1024}; `;
  const child = spawn("bash", ["-c", `${limit}exec "$@"`, "bash", ...command], {
    env: { PATH: process.env.PATH, SCIM_OKTA_TOKEN: scimToken, ...secrets },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ready = once(createInterface(child.stdout), "line").then(() => true);
  const ended = once(child, "close").then(() => false);
  if (!(await Promise.race([ready, ended]))) throw new Error(`the agent did not start: ${said}`);
  return child;
}

/** The processes of terraform, or of the provider that it started, in this world's stack folder. */
function processesIn(folder: string, victim: "provider" | "terraform"): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        if (!environment.includes(`HOME=${folder}\0`)) return false;
        const isProvider = [program, ...args].some((arg) => arg.includes("terraform-provider-hgscim"));
        return victim === "provider" ? isProvider : !isProvider && program.endsWith("terraform");
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended by itself in this very moment
  }
}
