/**
 * A server that answers as Vault's and OpenBao's API documentation says: KV 1 and 2, token, AppRole and Kubernetes logins, renewal,
 * namespaces, and the states that /sys/health tells apart. It keeps what it was asked.
 */
import { randomBytes } from "node:crypto";
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer } from "node:https";
import { endServer, listenOn } from "../loopback.ts";

type State =
  | "active"
  | "sealed"
  | "uninitialised"
  | "standby"
  | "drSecondary"
  | "performanceStandby"
  | "removed";

/** The status that /sys/health has by default (API documentation, "/sys/health"). */
const healthOf: Readonly<Record<State, number>> = {
  active: 200,
  standby: 429,
  drSecondary: 472,
  performanceStandby: 473,
  uninitialised: 501,
  sealed: 503,
  removed: 530,
};

interface Token {
  /** When it ends, by the server's clock; 0 is never. */
  ends: number;
  readonly ttl: number;
  readonly renewable: boolean;
  /** After so long in all it is not renewed any further. */
  readonly last: number;
  /** The mounts that it may read, and write. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

interface Mount {
  readonly version: 1 | 2;
  readonly type: string;
  readonly secrets: Map<string, Record<string, unknown> | "deleted">;
  /** Of each secret of version 2. */
  readonly versions: Map<string, number>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly namespace: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string;
}

const refused = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });
const denied = refused(403, "1 error occurred:\n\t* permission denied\n\n");

export class VaultServer {
  state: State = "active";
  /** What it answers in place of anything but /sys/health. */
  instead: Answer | undefined;
  readonly asked: Asked[] = [];
  readonly #mounts = new Map<string, Mount>();
  readonly #tokens = new Map<string, Token>();
  /** In seconds. */
  #now = 0;
  #server: Server | undefined;
  #port = 0;
  readonly #tls: { readonly cert: string; readonly key: string } | undefined;
  readonly #namespace: string | undefined;
  /** What AppRole and Kubernetes let in, each with how long the token lasts. */
  readonly appRole = { mount: "approle", roleId: "role-of-hgscim", secretId: secret(), ttl: 3600, last: 0 };
  readonly kubernetes = { mount: "kubernetes", role: "hgscim", jwt: secret(), ttl: 3600, last: 0 };

  constructor({
    tls,
    namespace,
  }: { readonly tls?: { readonly cert: string; readonly key: string }; readonly namespace?: string } = {}) {
    this.#tls = tls;
    this.#namespace = namespace;
  }

  get address(): string {
    return `${this.#tls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  /** As egress allows it. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  mount(path: string, version: 1 | 2, type = "kv"): void {
    this.#mounts.set(path, { version, type, secrets: new Map(), versions: new Map() });
  }

  put(mount: string, path: string, value: Record<string, unknown> | "deleted"): void {
    this.#mounts.get(mount)?.secrets.set(path, value);
  }

  /** A new token; without `ttl`, one that never ends. */
  token({
    ttl = 0,
    renewable = false,
    last = 0,
    reads = ["kv"],
    writes = [],
  }: Partial<Pick<Token, "ttl" | "renewable" | "last" | "reads" | "writes">> = {}): string {
    const token = `test-${secret()}`;
    const ends = ttl === 0 ? 0 : this.#now + ttl;
    const until = last === 0 ? Infinity : this.#now + last;
    this.#tokens.set(token, { ends, ttl, renewable, last: until, reads, writes });
    return token;
  }

  /** Somebody else writes a secret of version 2. */
  overtake(mount: string, path: string, value: Record<string, unknown>): void {
    const found = this.#mounts.get(mount);
    if (found) write(found, `data/${path}`, { data: value });
  }

  /** What is at a path. */
  valueOf(mount: string, path: string): Record<string, unknown> | "deleted" | undefined {
    return this.#mounts.get(mount)?.secrets.get(path);
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  /** Its clock goes on. */
  pass(seconds: number): void {
    this.#now += seconds;
  }

  /** How often it was asked for what begins so. */
  count(path: string): number {
    return this.asked.filter((one) => one.path.startsWith(path)).length;
  }

  async start(): Promise<void> {
    const answer = (request: IncomingMessage, respond: (answer: Answer) => void) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      request.on("end", () => respond(this.#answer(request, text === "" ? {} : JSON.parse(text))));
    };
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      answer(request, ({ status, body, location }) =>
        response
          .writeHead(status, { "content-type": "application/json", ...(location && { location }) })
          .end(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)),
      );
    const server = this.#tls ? createServer(this.#tls, listener) : createPlainServer(listener);
    this.#port = await listenOn(server, this.#port);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  #answer({ method = "", url = "", headers }: IncomingMessage, body: Record<string, unknown>): Answer {
    const path = decodeURIComponent(url.replace(/^\/v1\//, ""));
    const namespace = headers["x-vault-namespace"]?.toString();
    this.asked.push({ method, path, namespace });
    const status = healthOf[this.state];
    if (path === "sys/health")
      return namespace === undefined ? { status, body: { sealed: status === 503 } } : refused(404);
    if (this.instead) return this.instead;
    if (this.state === "sealed") return refused(503, "Vault is sealed");
    if (this.state === "uninitialised") return refused(501, "Vault is not initialized");
    if (this.state !== "active") return refused(500, "node not active but active cluster node not found");
    if (namespace !== this.#namespace) return denied;
    if (method === "POST" && path.endsWith("/login")) return this.#login(path, body);
    return this.#authorized(method, path, headers["x-vault-token"]?.toString() ?? "", body);
  }

  #login(path: string, body: Record<string, unknown>): Answer {
    const { appRole, kubernetes } = this;
    if (path === `auth/${appRole.mount}/login`)
      return body.role_id === appRole.roleId && body.secret_id === appRole.secretId
        ? this.#authenticated(this.token({ ...appRole, renewable: true }))
        : refused(400, "invalid role or secret ID");
    if (path === `auth/${kubernetes.mount}/login`)
      return body.role === kubernetes.role && body.jwt === kubernetes.jwt
        ? this.#authenticated(this.token({ ...kubernetes, renewable: true }))
        : refused(403, "permission denied");
    return refused(404, `no handler for route "${path}". route entry not found.`);
  }

  #authorized(method: string, path: string, name: string, body: Record<string, unknown>): Answer {
    const token = this.#tokens.get(name);
    if (!token || (token.ends !== 0 && token.ends <= this.#now)) return denied;
    if (path === "auth/token/lookup-self")
      return {
        status: 200,
        body: { data: { ttl: token.ends === 0 ? 0 : token.ends - this.#now, renewable: token.renewable } },
      };
    if (path === "auth/token/renew-self" && method === "POST") {
      if (!token.renewable) return refused(400, "lease is not renewable");
      token.ends = Math.min(this.#now + token.ttl, token.last);
      return this.#authenticated(name);
    }
    const asks = path.replace(/^sys\/internal\/ui\/mounts\//, "");
    const [mount, found] = [...this.#mounts].find(([mount]) => asks.startsWith(`${mount}/`)) ?? [
      "",
      undefined,
    ];
    if (!found || !token.reads.includes(mount))
      return asks === path
        ? denied
        : refused(
            403,
            `preflight capability check returned 403, please ensure client's policies grant access to path "${mount}/"`,
          );
    if (asks !== path)
      return {
        status: 200,
        body: {
          data: {
            path: `${mount}/`,
            type: found.type,
            options: found.version === 2 ? { version: "2" } : null,
          },
        },
      };
    const below = path.slice(mount.length + 1);
    if (method === "GET") return read(found, below);
    return token.writes.includes(mount) ? write(found, below, body) : denied;
  }

  #authenticated(name: string): Answer {
    const { ends = 0, renewable = false } = this.#tokens.get(name) ?? {};
    const lease_duration = ends === 0 ? 0 : ends - this.#now;
    return { status: 200, body: { auth: { client_token: name, lease_duration, renewable } } };
  }
}

/** As the documentation of both versions has it: of the second one, only in place of the version that the caller knows. */
function write({ version, secrets, versions }: Mount, path: string, body: Record<string, unknown>): Answer {
  if (version === 1) {
    secrets.set(path, body);
    return { status: 204 };
  }
  const name = path.slice("data/".length);
  const present = secrets.has(name) ? (versions.get(name) ?? 3) : 0;
  const { data, options } = body as { data: Record<string, unknown>; options?: { cas?: number } };
  if (options?.cas !== undefined && options.cas !== present)
    return refused(400, "check-and-set parameter did not match the current version");
  secrets.set(name, data);
  versions.set(name, present + 1);
  return { status: 200, body: { data: { version: present + 1, created_time: "2026-01-05T12:00:00Z" } } };
}

function read({ version, secrets, versions }: Mount, path: string): Answer {
  if (version === 1) {
    const value = secrets.get(path);
    if (value === undefined || value === "deleted") return refused(404);
    // the key ttl is what the lease says (API documentation, "KV secrets engine - version 1")
    const lease_duration = typeof value.ttl === "string" ? Number.parseInt(value.ttl, 10) : 2_764_800;
    return { status: 200, body: { lease_id: "", renewable: false, lease_duration, data: value } };
  }
  if (!path.startsWith("data/"))
    return {
      status: 404,
      body: { errors: [], warnings: ["Invalid path for a versioned K/V secrets engine"] },
    };
  const name = path.slice("data/".length);
  const value = secrets.get(name);
  if (value === undefined) return refused(404);
  const metadata = {
    version: versions.get(name) ?? 3,
    created_time: "2026-01-05T10:00:00Z",
    destroyed: false,
  };
  if (value === "deleted")
    return {
      status: 404,
      body: { data: { data: null, metadata: { ...metadata, deletion_time: "2026-01-05T11:00:00Z" } } },
    };
  return {
    status: 200,
    body: { lease_duration: 0, data: { data: value, metadata: { ...metadata, deletion_time: "" } } },
  };
}

function secret(): string {
  return randomBytes(18).toString("base64url");
}
