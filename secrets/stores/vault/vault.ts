/** Secrets of a Vault or an OpenBao, as an agent reads them. */
import { milliseconds } from "../../../model/duration.ts";
import { ok, type Result } from "../../../model/result.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { VaultConfig } from "../configuration.ts";
import type { StoreFailure } from "../failure.ts";
import type { StoredValue } from "../kept.ts";
import { type VaultAnswer, VaultClient, type VaultRequest } from "./client.ts";
import { KeyValue, type VaultSecret } from "./key-value.ts";
import { VaultLogin } from "./login.ts";

export class Vault {
  readonly #config: VaultConfig;
  readonly #client: VaultClient;
  readonly #login: VaultLogin;
  readonly #secrets: KeyValue;

  constructor(config: VaultConfig, measured: () => Time) {
    this.#config = config;
    this.#client = new VaultClient(config);
    this.#login = new VaultLogin(this.#client, config.login, measured);
    this.#secrets = new KeyValue({
      ask: (request) => this.#ask(request),
      declared: config.mounts,
      who: "the agent",
      mountsIn: "vault.mounts of agent.yaml",
    });
  }

  /** Renews the agent's token where it is time; answers what is wrong with it. */
  async tend(): Promise<StoreFailure | undefined> {
    const token = await this.#login.token();
    return token.ok ? undefined : token.error;
  }

  /** What is at a path, of which the first part or parts are the mount. */
  async read(path: string): Promise<Result<StoredValue<VaultSecret>, StoreFailure>> {
    const read = await this.#secrets.read(path);
    return read.ok ? ok({ value: read.value.value, lasts: this.#lasts(read.value.lease) }) : read;
  }

  /** For how long a value is good: as its lease says, where that is less than the configuration does; 0 is no lease. */
  #lasts(lease: number): Milliseconds {
    const longest = milliseconds(this.#config.refresh);
    return lease > 0 ? Math.min(lease * 1_000, longest) : longest;
  }

  /** Asks by a token that is valid: one that Vault does not know any more is replaced once. */
  async #ask(request: Omit<VaultRequest, "token">): Promise<Result<VaultAnswer, StoreFailure>> {
    const attempt = async () => {
      const token = await this.#login.token();
      return token.ok ? this.#client.ask({ ...request, token: token.value }) : token;
    };
    const answer = await attempt();
    // a token that has ended and a policy that does not allow are answered alike
    if (!answer.ok || answer.value.status !== 403 || !(await this.#login.isRefused())) return answer;
    return attempt();
  }
}
