/** How something is sent to a destination of the active release: where that is, by what it is signed, and whether the host allows it. */
import { mailAddresses } from "../../model/mail-address.ts";
import type { SecretReference } from "../../model/reference.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Time } from "../../model/time.ts";
import { allowsMailTo, allowsReference, type HostRules } from "../config.ts";
import { sendMail } from "./mail.ts";
import { Payload } from "./payload.ts";
import { signed, signingKey } from "./signature.ts";
import { type Attempt, failed, post } from "./webhook.ts";

export interface SenderParts {
  readonly host: HostRules;
  /** What a reference points at now, so that a secret may be replaced at any time. */
  readonly resolve: (reference: SecretReference) => Promise<Result<string, string>>;
  /** Whether the host's configuration lets the agent connect there. */
  readonly mayConnect: (url: URL) => boolean;
  /** The times that it may be by the clock that receivers have: several where nobody can tell, the likeliest first. */
  readonly times: () => readonly [Time, ...Time[]];
}

/** What is sent. */
export interface Sending {
  readonly id: string;
  readonly destination: string;
  readonly body: string;
}

export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * Attempts to deliver once.
   *
   * @param release whose variable the destination is
   */
  async send(release: Release, { id, destination, body }: Sending, signal: AbortSignal): Promise<Attempt> {
    const variable = Object.hasOwn(release.variables, destination)
      ? release.variables[destination]
      : undefined;
    if (variable?.type === "string") return this.#mail({ id, body, to: variable.value ?? "" }, signal);
    const address =
      variable?.type === "url" && variable.value !== undefined
        ? ok([variable.value])
        : variable?.type === "secret"
          ? await this.#valuesOf(release, variable.secret)
          : fail(`the active release has no variable ${destination} with an address`);
    if (!address.ok) return failed(address.error);
    const [text = ""] = address.value;
    if (!URL.canParse(text)) return failed("the secret holds no address (expected https://…)");
    const url = new URL(text);
    if (!this.#parts.mayConnect(url))
      return failed(
        "the agent's configuration does not allow to connect to the address (see egress in agent.yaml)",
      );
    const keys = await this.#keysFor(release, destination);
    if (!keys.ok) return failed(keys.error);
    const [likeliest, ...others] = this.#parts.times();
    const at = (now: Time) => post(url, signed(id, now, body, keys.value), body, { now, signal });
    let attempt = await at(likeliest);
    for (const now of others) if (attempt.kind === "failed" && attempt.isRefused) attempt = await at(now);
    return attempt;
  }

  async #mail(
    { id, body, to }: Pick<Sending, "id" | "body"> & { readonly to: string },
    signal: AbortSignal,
  ): Promise<Attempt> {
    const { host, resolve } = this.#parts;
    const { mail } = host;
    if (!mail) return failed("the agent's configuration names no e-mail server (see mail in agent.yaml)");
    const addresses = mailAddresses(to) ?? [];
    if (addresses.length === 0 || !addresses.every((address) => allowsMailTo(host, address)))
      return failed(
        "the agent's configuration does not allow e-mails to the address (see mail in agent.yaml)",
      );
    // the host's own: no list of what a release may name is asked
    const password = mail.auth && (await resolve(mail.auth.password));
    if (password && !password.ok) return failed(`mail.auth.password: ${password.error}`);
    const payload = Payload.parse(JSON.parse(body));
    return sendMail(mail, password?.value, { id, to: addresses, payload }, signal);
  }

  /** By what a webhook is signed; nothing where the release says so. */
  async #keysFor(release: Release, destination: string): Promise<Result<readonly Buffer[], string>> {
    const alert = release.settings.alerts?.find(({ to }) => to.var === destination);
    const variable = alert?.secret && release.variables[alert.secret.var];
    if (variable?.type !== "secret") return ok([]);
    const values = await this.#valuesOf(release, variable.secret);
    if (!values.ok) return values;
    const keys = values.value.flatMap((value) => signingKey(value) ?? []);
    return keys.length === values.value.length
      ? ok(keys)
      : fail(`secrets.${variable.secret}: no key to sign by (expected whsec_ and 24 to 64 bytes in Base64)`);
  }

  /** Those that can be had of a secret: the present one first. */
  async #valuesOf({ secrets }: Release, name: string): Promise<Result<readonly string[], string>> {
    const values: string[] = [];
    const reasons: string[] = [];
    for (const reference of secrets[name]?.refs ?? []) {
      const value = allowsReference(this.#parts.host, reference)
        ? await this.#parts.resolve(reference)
        : fail(`the agent's configuration does not allow ${reference}`);
      if (value.ok) values.push(value.value);
      else reasons.push(value.error);
    }
    return values.length > 0 ? ok(values) : fail(`secrets.${name}: ${reasons.join("; ")}`);
  }
}
