/** Secrets of a Vault or an OpenBao: of KV version 1 and 2 (Vault's API documentation, "KV secrets engine"). */
import { z } from "zod";
import { milliseconds } from "../../../model/duration.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { VaultConfig } from "../configuration.ts";
import type { StoreFailure } from "../failure.ts";
import type { StoredValue } from "../kept.ts";
import { type VaultAnswer, VaultClient } from "./client.ts";
import { VaultLogin } from "./login.ts";

/** What is at a path: its keys, each with whatever is there. */
export type VaultSecret = Readonly<Record<string, unknown>>;

const Mounted = z.object({
  data: z.object({
    path: z.string(),
    type: z.string(),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});
const Version1 = z.object({ lease_duration: z.number(), data: z.record(z.string(), z.unknown()) });
const Version2 = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });
/** A version that is deleted or destroyed is answered so, with 404. */
const Deleted = z.object({ data: z.object({ data: z.null(), metadata: z.object({ version: z.number() }) }) });

interface Mount {
  /** Without a slash at its end. */
  readonly path: string;
  readonly version: 1 | 2;
}

export class Vault {
  readonly #config: VaultConfig;
  readonly #client: VaultClient;
  readonly #login: VaultLogin;
  /** Those that Vault has told of. */
  #mounts: readonly Mount[] = [];

  constructor(config: VaultConfig, measured: () => Time) {
    this.#config = config;
    this.#client = new VaultClient(config);
    this.#login = new VaultLogin(this.#client, config.login, measured);
  }

  /** Renews the agent's token where it is time; answers what is wrong with it. */
  async tend(): Promise<StoreFailure | undefined> {
    const token = await this.#login.token();
    return token.ok ? undefined : token.error;
  }

  /** What is at a path, of which the first part or parts are the mount. */
  async read(path: string): Promise<Result<StoredValue<VaultSecret>, StoreFailure>> {
    const mount = await this.#mountOf(path);
    if (!mount.ok) return mount;
    const { version } = mount.value;
    const below = path.slice(mount.value.path.length + 1);
    const answer = await this.#ask(`${mount.value.path}/${version === 2 ? "data/" : ""}${below}`);
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status === 200 && version === 2) {
      const secret = Version2.safeParse(body);
      if (secret.success) return ok({ value: secret.data.data.data, lasts: this.#lasts(0) });
    } else if (status === 200) {
      const secret = Version1.safeParse(body);
      if (secret.success)
        return ok({ value: secret.data.data, lasts: this.#lasts(secret.data.lease_duration) });
    }
    return fail({ reason: this.#whyNot(mount.value, status, body) });
  }

  #whyNot({ path, version }: Mount, status: number, body: unknown): string {
    // it may have become another one
    this.#mounts = this.#mounts.filter((mount) => mount.path !== path);
    if (status === 403) return denied;
    if (status !== 404)
      return `Vault's answer is not that of KV ${version} (status ${status}; expected vault.mounts in agent.yaml to say the version of ${path})`;
    const deleted = Deleted.safeParse(body);
    return deleted.success
      ? `version ${deleted.data.data.metadata.version}, the newest one, is deleted (expected one that is there)`
      : `there is no secret at that path in Vault (expected one below the mount ${path}, KV ${version})`;
  }

  /** For how long a value is good: as its lease says, where that is less than the configuration does; 0 is no lease. */
  #lasts(lease: number): Milliseconds {
    const longest = milliseconds(this.#config.refresh);
    return lease > 0 ? Math.min(lease * 1_000, longest) : longest;
  }

  /** The mount of a path: as it is declared, as it was told before, or as Vault tells it now. */
  async #mountOf(path: string): Promise<Result<Mount, StoreFailure>> {
    const declared = Object.entries(this.#config.mounts ?? {}).map(([path, version]) => ({ path, version }));
    const known = [...declared, ...this.#mounts]
      .filter((mount) => path.startsWith(`${mount.path}/`))
      .sort((one, other) => other.path.length - one.path.length);
    const [first] = known;
    if (first) return ok(first);
    const answer = await this.#ask(`sys/internal/ui/mounts/${path}`);
    if (!answer.ok) return answer;
    // it answers so, too, where nothing is mounted
    if (answer.value.status === 403) return fail({ reason: denied });
    const mounted = Mounted.safeParse(answer.value.body);
    const told = mounted.success && path.startsWith(mounted.data.data.path);
    if (answer.value.status !== 200 || !mounted.success || !told)
      return fail({
        reason:
          "Vault does not say of which version the mount is (expected it in vault.mounts of agent.yaml)",
      });
    const { path: slashed, type, options } = mounted.data.data;
    if (type !== "kv" && type !== "generic")
      return fail({ reason: "what is mounted there is no KV (expected a mount of type kv)" });
    const mount: Mount = { path: slashed.replace(/\/$/, ""), version: options?.version === "2" ? 2 : 1 };
    this.#mounts = [...this.#mounts, mount];
    return ok(mount);
  }

  /** Asks by a token that is valid: one that Vault does not know any more is replaced once. */
  async #ask(path: string): Promise<Result<VaultAnswer, StoreFailure>> {
    const attempt = async () => {
      const token = await this.#login.token();
      return token.ok ? this.#client.ask({ method: "GET", path, token: token.value }) : token;
    };
    const answer = await attempt();
    // a token that has ended and a policy that does not allow are answered alike
    if (!answer.ok || answer.value.status !== 403 || !(await this.#login.isRefused())) return answer;
    return attempt();
  }
}

const denied =
  "Vault does not allow it to the agent, or nothing is mounted there (expected a policy that lets it read the path)";
