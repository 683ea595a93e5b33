/** Requests to a Vault or an OpenBao by its HTTP API, and what its answers mean. What it says in words is never repeated. */
import { readFile } from "node:fs/promises";
import { exchange } from "../../../api/http.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import { systemReason } from "../../../model/system-error.ts";
import type { Milliseconds } from "../../../model/time.ts";
import type { VaultConfig } from "../configuration.ts";
import type { StoreFailure } from "../failure.ts";

/** An answer that says something of what was asked: 200, 204, 400, 403 or 404. */
export interface VaultAnswer {
  readonly status: number;
  /** Undefined where there is none. */
  readonly body: unknown;
}

export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** Below /v1/, each part as it is. */
  readonly path: string;
  readonly token?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

const timeout: Milliseconds = 5_000;

/** By the status of sys/health (Vault's API documentation, "/sys/health"), why another request is not answered. */
const healths: Readonly<Record<number, string>> = {
  429: "is a standby, and no active node answers behind it (expected one that is active)",
  472: "is a disaster recovery secondary (expected the primary's address)",
  473: "is a performance standby that does not answer (expected one that does)",
  474: "is a standby that does not reach its active node (expected one that is active)",
  501: "is not initialised (expected somebody to do that)",
  503: "is sealed (expected somebody to unseal it)",
  530: "was removed from its cluster (expected a node that is in it)",
};

/** How a Vault is reached, whoever asks it. */
export interface VaultAddress extends Pick<VaultConfig, "address" | "ca" | "namespace"> {
  /** Where the authority is named, for messages; agent.yaml when absent. */
  readonly caIn?: string;
}

export class VaultClient {
  readonly #config: VaultAddress;
  /** What it is called in messages. */
  readonly #name: string;

  constructor(config: VaultAddress) {
    this.#config = config;
    this.#name = `Vault at ${new URL(config.address).origin}`;
  }

  /** Asks; failing where there is no answer that says anything of what was asked. */
  async ask(request: VaultRequest): Promise<Result<VaultAnswer, StoreFailure>> {
    const { namespace } = this.#config;
    const answer = await this.#send(request, {
      ...(request.token !== undefined && { "x-vault-token": request.token }),
      ...(namespace !== undefined && { "x-vault-namespace": namespace }),
    });
    if (!answer.ok) return this.away(`cannot be reached: ${answer.error}`);
    const { status, body } = answer.value;
    if ([200, 204, 400, 403, 404].includes(status)) {
      if (body === "") return ok({ status, body: undefined });
      try {
        return ok({ status, body: JSON.parse(body) });
      } catch {
        return this.away("answers something else than Vault does (expected the address of a Vault)");
      }
    }
    if (status >= 300 && status < 400)
      return this.away(
        "sends to another address (expected the address of the active node, or a standby that passes requests on)",
      );
    return this.away(await this.#why(status));
  }

  /** A failure of the store as a whole. */
  away(why: string): Result<never, StoreFailure> {
    const away = `${this.#name} ${why}`;
    return fail({ reason: away, away });
  }

  /** Why it answers with a status that says nothing of what was asked. */
  async #why(status: number): Promise<string> {
    // it knows no namespaces, and no tokens
    const health = await this.#send({ method: "GET", path: "sys/health" }, {});
    const why = health.ok ? healths[health.value.status] : undefined;
    return why ?? `answers ${status}${status === 429 ? " (too many requests)" : ""} (expected 200)`;
  }

  async #send(
    { method, path, body }: VaultRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<Result<{ readonly status: number; readonly body: string }, string>> {
    const { address, ca, caIn = "vault.ca of agent.yaml" } = this.#config;
    let authority: string | undefined;
    try {
      authority = ca === undefined ? undefined : await readFile(ca, "utf8");
    } catch (error) {
      return fail(`${caIn}: ${systemReason(error)}`);
    }
    const answer = await exchange({
      method,
      url: new URL(`${address.replace(/\/+$/, "")}/v1/${path.split("/").map(encodeURIComponent).join("/")}`),
      // an agent or proxy of Vault's may ask for the first one, against requests that a browser was made to send
      headers: { "x-vault-request": "true", accept: "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
      ca: authority,
      timeout,
    });
    return answer.ok ? ok(answer.value) : fail(answer.error.reason);
  }
}
