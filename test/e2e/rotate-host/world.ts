/** A real agent with its configuration as an operator has written it, and clients that come all the time on new connections. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CertificateOptions, selfSignedCertificate } from "../../../x509/self-signed.ts";
import { send } from "../../agent/request.ts";
import { type Finished, hgscim } from "../../cli/hgscim.ts";
import { freePort } from "../../free-port.ts";

export const hash = (token: string) => createHash("sha256").update(token).digest("hex");
export const oldToken = "the-token-of-the-ci-until-now";
/** What the identity provider would come with, once a release has its connector. */
export const providersToken = "4f1f0c9a7be84cf6a3d2c0f1f7b95e10";

export interface World {
  readonly folder: string;
  readonly config: string;
  readonly admin: string;
  readonly scim: string;
  /** The admin listener's. */
  readonly files: { readonly certificate: string; readonly key: string };
  readonly logs: () => string;
  /** Runs `hgscim rotate` for this agent. */
  rotate(...args: string[]): Promise<Finished>;
  /** The command line of that. */
  command(...args: string[]): [string, ...string[]];
  /** Sends SIGHUP to the agent. */
  hangUp(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-rotate-"));
  mkdirSync(join(folder, "repositories"));
  mkdirSync(join(folder, "tls"));
  const [scim, admin] = [await freePort(), await freePort()];
  const files = { certificate: join(folder, "tls/tls.pem"), key: join(folder, "tls/tls.key") };
  const first = selfSignedCertificate({ hosts: ["127.0.0.1", "hg.example.com"] });
  writeFileSync(files.certificate, first.pem);
  writeFileSync(files.key, first.key, { mode: 0o600 });
  const config = join(folder, "agent.yaml");
  writeFileSync(
    config,
    `# the agent of this host
environment: local
data: data   # the store
access: access/access.db
repositories: repositories
scim: { listen: "127.0.0.1:${scim}" }
admin:
  listen: 127.0.0.1:${admin}
  tls: {certificate: tls/tls.pem,   key: tls/tls.key}
references:   ["ref+env://SCIM_*"]
tokens:
  - { name: reviewer, role: reader,   sha256: ${hash("somebody-else")} }   # not this one
  - name: ci   # GitLab
    sha256: "${hash(oldToken)}" # since 2026-01
    role: deployer
`,
    { mode: 0o640 },
  );
  const logs = join(folder, "agent.log");
  let child = await startAgent(config, logs);
  const command = (...args: string[]): [string, ...string[]] => [
    ...([process.execPath, resolve("dist/cli/main.js"), "rotate", "--config", config] as const),
    ...args,
  ];
  return {
    ...{ folder, config, files, command },
    admin: `https://127.0.0.1:${admin}`,
    scim: `https://127.0.0.1:${scim}`,
    logs: () => readFileSync(logs, "utf8"),
    rotate: (...args) => hgscim(["rotate", "--config", config, ...args], { cwd: folder }),
    hangUp: () => void child.kill("SIGHUP"),
    restart: async () => {
      await end(child, "SIGTERM");
      child = await startAgent(config, logs);
    },
    stop: async () => {
      await end(child, "SIGTERM");
      rmSync(folder, { recursive: true });
    },
  };
}

async function startAgent(config: string, logs: string): Promise<ChildProcess> {
  const agent = [process.execPath, resolve("dist/cli/main.js"), "agent", "--config", config];
  const child = spawn("/bin/sh", ["-c", `exec "$@" 2>>"$LOGS"`, "sh", ...agent], {
    env: { PATH: process.env.PATH, LOGS: logs, SCIM_OKTA_TOKEN: providersToken },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, "data"), once(child, "close")]);
  if (child.exitCode !== null) throw new Error(readFileSync(logs, "utf8"));
  return child;
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill(signal);
  await ended;
}

/** Runs a command and kills it as soon as something is so; one that ends before is left. */
export async function killedWhen(command: [string, ...string[]], isSo: () => boolean): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "ignore" });
  while (child.exitCode === null && !isSo()) await sleep(1);
  await end(child, "SIGKILL");
}

export const holds = (file: string, text: string) =>
  existsSync(file) && readFileSync(file, "utf8").includes(text);

const mostUnderway = 20;

interface Asked {
  readonly url: string;
  readonly token: string;
  readonly ca: readonly string[];
}

/** A hundred requests a second, each on a connection of its own. */
export class Load {
  readonly answers: (number | string)[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #underway = new Set<Promise<void>>();

  /** @param request what is sent next */
  constructor(request: () => Asked) {
    const begun = performance.now();
    let due = 0;
    // a busy machine comes late and catches up, but is not flooded
    this.#timer = setInterval(() => {
      for (; due < (performance.now() - begun) / 10; due++)
        if (this.#underway.size < mostUnderway) this.#send(request());
    }, 10);
  }

  #send({ url, token, ca }: Asked): void {
    const sent = send(url, { ca: [...ca], headers: { authorization: `Bearer ${token}` } })
      .then(
        ({ status }) => void this.answers.push(status),
        (error: NodeJS.ErrnoException) => void this.answers.push(error.code ?? error.message),
      )
      .finally(() => this.#underway.delete(sent));
    this.#underway.add(sent);
  }

  /** Answers what came that was not 200. */
  async end(): Promise<(number | string)[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#underway);
    return this.answers.filter((answer) => answer !== 200);
  }
}

/** Another pair for the names of the listener, in files of a folder; of a year where nothing else is said. */
export function newPair(folder: string, options: CertificateOptions = {}) {
  const pair = selfSignedCertificate({
    ...{ hosts: ["127.0.0.1", "hg.example.com"], lifetime: 365 * 24 * 3600_000 },
    ...options,
  });
  const [pem, key] = ["new.pem", "new.key"].map((name) => join(folder, name)) as [string, string];
  writeFileSync(pem, pair.pem);
  writeFileSync(key, pair.key);
  const serial = new X509Certificate(pair.pem).serialNumber;
  return { ...pair, serial, from: `${pem},${key}`, files: { pem, key } };
}
