/**
 * How an agent logs in to Vault: by a token, AppRole or Kubernetes; and how the token is renewed before it ends, or another one got
 * (Vault's API documentation, "Token auth method", "AppRole", "Kubernetes").
 */
import { z } from "zod";
import type { SecretReference } from "../../../model/reference.ts";
import { ok, type Result } from "../../../model/result.ts";
import type { Time } from "../../../model/time.ts";
import { resolveReference } from "../../resolve.ts";
import type { LoginSettings } from "../configuration.ts";
import type { StoreFailure } from "../failure.ts";
import type { VaultClient } from "./client.ts";

/** What a login and a renewal answer; times in seconds, 0 for a token without an end. */
const Authenticated = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number(), renewable: z.boolean() }),
});
const LookedUp = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().optional() }) });

interface HeldToken {
  readonly token: string;
  /** When it ends; Infinity for never. */
  readonly ends: Time;
  /** From when on it is renewed, or another one got. */
  readonly renews: Time;
  readonly renewable: boolean;
  /** How long it lasted when it was new, in seconds. */
  readonly span: number;
}

/** After so much of its time a token is renewed: what fails then may be done again. */
const renewedAfter = 0.6;

export class VaultLogin {
  readonly #client: VaultClient;
  readonly #login: LoginSettings;
  readonly #measured: () => Time;
  #held: HeldToken | undefined;

  constructor(client: VaultClient, login: LoginSettings, measured: () => Time) {
    this.#client = client;
    this.#login = login;
    this.#measured = measured;
  }

  /** A token that is valid as far as is known, got or renewed where it is time. */
  async token(): Promise<Result<string, StoreFailure>> {
    const now = this.#measured();
    const given = await this.#given();
    // while it is replaced there may be none
    if (!given.ok) return this.#held && now < this.#held.ends ? ok(this.#held.token) : given;
    // somebody has put another one there
    if (given.value !== undefined && given.value !== this.#held?.token) this.#held = undefined;
    const held = this.#held;
    if (held && now < held.renews) return ok(held.token);
    if (held && now < held.ends) {
      const renewed = held.renewable ? await this.#renew(held) : "no more";
      if (renewed === "renewed") return ok(this.#held?.token ?? held.token);
      const other = renewed === "no more" && given.value === undefined ? await this.#logIn() : undefined;
      if (other?.ok) return ok(other.value.token);
      // as long as it lasts, and tried again in time
      this.#held = { ...held, renews: now + (held.ends - now) / 4 };
      return ok(held.token);
    }
    const fresh = await (given.value === undefined ? this.#logIn() : this.#lookUp(given.value));
    return fresh.ok ? ok(fresh.value.token) : fresh;
  }

  /** Whether the token that is held is one that Vault does not know any more; it is given up then. */
  async isRefused(): Promise<boolean> {
    const { token } = this.#held ?? {};
    if (token === undefined) return false;
    const answer = await this.#client.ask({ method: "GET", path: "auth/token/lookup-self", token });
    const isRefused = answer.ok && answer.value.status === 403;
    if (isRefused) this.#held = undefined;
    return isRefused;
  }

  /** The token that the configuration names, where it names one. */
  async #given(): Promise<Result<string | undefined, StoreFailure>> {
    const { token } = this.#login;
    return token === undefined ? ok(undefined) : this.#resolve("token", token);
  }

  async #lookUp(token: string): Promise<Result<HeldToken, StoreFailure>> {
    const answer = await this.#client.ask({ method: "GET", path: "auth/token/lookup-self", token });
    if (!answer.ok) return answer;
    const looked = LookedUp.safeParse(answer.value.body);
    if (answer.value.status !== 200 || !looked.success)
      return this.#client.away(
        `does not know the token of vault.login.token in agent.yaml (expected one that is valid, in ${this.#login.token})`,
      );
    const { ttl, renewable = false } = looked.data.data;
    return ok(this.#hold(token, ttl, renewable, ttl));
  }

  async #logIn(): Promise<Result<HeldToken, StoreFailure>> {
    const asked = await this.#credentials();
    if (!asked.ok) return asked;
    const { mount, body, what } = asked.value;
    const answer = await this.#client.ask({ method: "POST", path: `auth/${mount}/login`, body });
    if (!answer.ok) return answer;
    const { status } = answer.value;
    if (status === 404)
      return this.#client.away(
        `has no login at auth/${mount} (expected vault.login in agent.yaml to name its mount)`,
      );
    const authenticated = Authenticated.safeParse(answer.value.body);
    if (status !== 200 || !authenticated.success)
      return this.#client.away(
        `does not let the agent log in by ${what} (status ${status}; expected vault.login in agent.yaml to be valid)`,
      );
    const { client_token, lease_duration, renewable } = authenticated.data.auth;
    return ok(this.#hold(client_token, lease_duration, renewable, lease_duration));
  }

  /** What is sent to log in; what it is read from may have changed since the last time. */
  async #credentials(): Promise<
    Result<
      { readonly mount: string; readonly body: Readonly<Record<string, string>>; readonly what: string },
      StoreFailure
    >
  > {
    const { appRole, kubernetes } = this.#login;
    if (appRole) {
      const { roleId, secretId, mount } = appRole;
      const role = roleId.startsWith("ref+") ? await this.#resolve("appRole.roleId", roleId) : ok(roleId);
      if (!role.ok) return role;
      const secret = await this.#resolve("appRole.secretId", secretId);
      if (!secret.ok) return secret;
      return ok({ mount, body: { role_id: role.value, secret_id: secret.value }, what: "AppRole" });
    }
    if (!kubernetes) throw new Error("vault.login was not validated");
    const { role, jwt: reference, mount } = kubernetes;
    const jwt = await this.#resolve("kubernetes.jwt", reference);
    if (!jwt.ok) return jwt;
    return ok({ mount, body: { role, jwt: jwt.value }, what: "Kubernetes" });
  }

  /** Whether it lasts longer now, not for long any more, or nobody answers that. */
  async #renew(held: HeldToken): Promise<"renewed" | "no more" | "away"> {
    const { token, span } = held;
    const answer = await this.#client.ask({ method: "POST", path: "auth/token/renew-self", token, body: {} });
    if (!answer.ok) return "away";
    const renewed = Authenticated.safeParse(answer.value.body);
    if (answer.value.status !== 200 || !renewed.success) return "no more";
    const { client_token, lease_duration, renewable } = renewed.data.auth;
    this.#hold(client_token, lease_duration, renewable, span);
    // at the end of the longest time that Vault allows it gives less and less: another one is got while this one lasts
    return lease_duration > 0 && lease_duration < span / 2 ? "no more" : "renewed";
  }

  #hold(token: string, lease: number, renewable: boolean, span: number): HeldToken {
    const now = this.#measured();
    const [ends, renews] =
      lease > 0 ? [now + lease * 1_000, now + lease * renewedAfter * 1_000] : [Infinity, Infinity];
    this.#held = { token, ends, renews, renewable, span };
    return this.#held;
  }

  async #resolve(key: string, reference: SecretReference): Promise<Result<string, StoreFailure>> {
    const value = await resolveReference(reference);
    return value.ok
      ? value
      : this.#client.away(`cannot be logged in to: vault.login.${key} of agent.yaml: ${value.error}`);
  }
}
