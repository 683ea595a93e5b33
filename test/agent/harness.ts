/** An agent in this process, on a folder of its own and free ports, with everything that a test asks of it. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent as HttpsAgent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { pino } from "pino";
import { type AgentSurroundings, type RunningAgent, startAgent } from "../../agent/agent.ts";
import type { AgentConfig } from "../../agent/config.ts";
import { openStore } from "../../agent/store/sqlite.ts";
import type { ReleaseData } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { ok } from "../../model/result.ts";
import { send } from "./request.ts";

export interface Harness {
  readonly folder: string;
  readonly config: AgentConfig;
  readonly tokens: Readonly<Record<"reader" | "deployer" | "approver" | "scim", string>>;
  readonly logs: string[];
  /** The agent's own certificate, PEM: what its clients trust. */
  readonly ca: string;
  agent: RunningAgent;
  /** The release of `environments/local.yaml`, changed by `edit`. */
  release(edit?: (release: ReleaseShape) => void): Promise<ReleaseData>;
  admin(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Reply>;
  scim(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  /** Activates a release on the condition that this one is active; answers the digest. */
  deploy(release: ReleaseData, expected?: string | null): Promise<string>;
  /** Everything in the access file, sorted. */
  accessFile(): Record<string, unknown[]>;
  /** Stops it and starts it again; `meanwhile` is what happens in between. */
  restart(meanwhile?: () => unknown): Promise<void>;
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // a test reads what it expects to be there
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  readonly body: any;
}

// biome-ignore lint/suspicious/noExplicitAny: tests edit releases freely, wrongly too
export type ReleaseShape = any;

/** The release of `environments/local.yaml`, read once: each test gets a copy of its own. */
let local: Promise<ReleaseShape> | undefined;
async function localRelease(): Promise<ReleaseShape> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.release;
}

/** The file of a store that holds nothing: its steps are taken once, since they take longer than the rest of a start. */
const newStores = new Map<string, Promise<Buffer>>();
function newStore(environment: string): Promise<Buffer> {
  const made = newStores.get(environment) ?? makeStore(environment);
  newStores.set(environment, made);
  return made;
}

async function makeStore(environment: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-new-store-"));
  await (await openStore(folder, environment)).close();
  const file = readFileSync(join(folder, "store.db"));
  rmSync(folder, { recursive: true });
  return file;
}

/** For removals on a full disk: many of them. */
const room = 128 * 1024;

const nothingWrong = () => Promise.resolve(ok([]));

export async function startHarness(
  repositories: readonly string[] = [],
  settings: Partial<Omit<AgentConfig, "tokens">> = {},
  given: AgentSurroundings = {},
): Promise<Harness> {
  // a busy machine takes seconds to load the sources into a thread
  // the extension is asked after each activation only by the tests of that
  const surroundings = { deadline: 100_000, lookUp: nothingWrong, room, ...given };
  const folder = mkdtempSync(join(tmpdir(), "hgscim-agent-"));
  mkdirSync(join(folder, "repositories"));
  for (const name of repositories) mkdirSync(join(folder, "repositories", name, ".hg"), { recursive: true });
  const secret = () => randomBytes(24).toString("base64url");
  const tokens = { reader: secret(), deployer: secret(), approver: secret(), scim: secret() };
  const variable = `SCIM_TEST_${randomBytes(6).toString("hex").toUpperCase()}`;
  process.env[variable] = tokens.scim;
  const config: AgentConfig = {
    environment: "local",
    data: join(folder, "data"),
    access: join(folder, "access", "access.db"),
    repositories: join(folder, "repositories"),
    scim: { listen: "127.0.0.1:0" },
    admin: { listen: "127.0.0.1:0" },
    references: ["ref+env://SCIM_TEST_*", "ref+vault://kv/*#/*"],
    egress: ["127.0.0.1:9"],
    ...settings,
    tokens: (["reader", "deployer", "approver"] as const).map((role) => ({
      name: role,
      role,
      sha256: createHash("sha256").update(tokens[role]).digest("hex"),
    })),
  };
  // where it is made elsewhere, that is a part of the test
  if (!settings.data) {
    mkdirSync(config.data, { mode: 0o700 });
    const file = join(config.data, "store.db");
    writeFileSync(file, await newStore(config.environment), { mode: 0o600 });
    const store = new Database(file);
    store.prepare("UPDATE meta SET value = ? WHERE key = 'lineage'").run(randomBytes(16).toString("hex"));
    store.close();
  }
  const logs: string[] = [];
  // as providers do: a handshake for each request would cost more than the request
  const connections = new HttpsAgent({ keepAlive: true });
  const log = pino({}, { write: (line: string) => void logs.push(line) });
  const request = async (
    url: string,
    method: string,
    token: string,
    body: unknown,
    headers = {},
  ): Promise<Reply> => {
    const { text, ...answer } = await send(url, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json", ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      ca: harness.ca,
      agent: url.startsWith("https:") && connections,
    });
    return { ...answer, body: text === "" ? null : JSON.parse(text) };
  };

  const harness: Harness = {
    folder,
    config,
    tokens,
    logs,
    get ca() {
      return readFileSync(harness.agent.ca ?? "", "utf8");
    },
    agent: await startAgent(config, log, surroundings).catch((error) => {
      rmSync(folder, { recursive: true });
      throw error;
    }),
    async release(edit) {
      local ??= localRelease();
      const release = structuredClone(await local);
      release.secrets["okta-token"].refs = [`ref+env://${variable}`];
      edit?.(release);
      return release;
    },
    admin: (method, path, { token = tokens.deployer, body, headers } = {}) =>
      request(`${harness.agent.admin}/v1${path}`, method, token, body, headers),
    scim: (method, path, body, token = tokens.scim) =>
      request(`${harness.agent.scim}/scim/okta/v2${path}`, method, token, body),
    async deploy(release, expected = null) {
      const condition = expected === null ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` };
      const reply = await harness.admin("PUT", "/release", {
        body: { release, origin: {} },
        headers: condition,
      });
      if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
      return reply.body.digest;
    },
    accessFile() {
      const database = new Database(config.access, { readonly: true });
      const all = (table: string) =>
        database.prepare(`SELECT * FROM ${table}`).raw().all().map(String).sort();
      const dump = Object.fromEntries(
        ["meta", "accounts", "memberships", "grants", "restrictions", "patterns"].map((t) => [t, all(t)]),
      );
      database.close();
      return dump;
    },
    async restart(meanwhile) {
      await harness.agent.stop();
      await meanwhile?.();
      harness.agent = await startAgent(config, log, surroundings);
    },
    async stop() {
      await harness.agent.stop();
      connections.destroy();
      delete process.env[variable];
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
