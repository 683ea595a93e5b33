/** How the command is called again as it was called: here, and on the agent's host. */

import type { SecretReference } from "../../model/reference.ts";
import type { Release } from "../../model/release.ts";

export interface SecretOptions {
  readonly valueFrom?: string | undefined;
  readonly show?: boolean | undefined;
  readonly once?: boolean | undefined;
  readonly now?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly token?: SecretReference | undefined;
}

export class RotationCall {
  readonly #named: string;
  readonly #options: SecretOptions;
  readonly #agent: Release["settings"]["delivery"]["agent"];

  /** @param nameOrFile the environment, as it was given */
  constructor(
    nameOrFile: string,
    secret: string,
    options: SecretOptions,
    agent: Release["settings"]["delivery"]["agent"],
  ) {
    this.#named = ["npx hgscim rotate", nameOrFile, secret]
      .map((word, at) => (at > 0 ? quoted(word) : word))
      .join(" ");
    this.#options = options;
    this.#agent = agent;
  }

  /** With these options, and no others but the token. */
  with(...flags: readonly string[]): string {
    const { token } = this.#options;
    return [this.#named, ...flags, ...(token === undefined ? [] : ["--token", quoted(token)])].join(" ");
  }

  /** @param isIn whether the value that was given is in a slot by now, and need not be given again */
  again(isIn = false): string {
    const { valueFrom } = this.#options;
    const given = valueFrom === undefined || isIn ? [] : ["--value-from", quoted(valueFrom)];
    return this.with(...given, ...this.#flags);
  }

  /** Lines: how it is called where the agent runs. A file that was given here is not there: the value is asked for. */
  get onHost(): string[] {
    const { valueFrom, token } = this.#options;
    const variables = [token ?? this.#agent?.token, this.#agent?.ca].flatMap(
      (reference) => /^ref\+env:\/\/(.+)$/.exec(reference ?? "")?.[1] ?? [],
    );
    const sudo = `sudo --preserve-env=${[...variables, "HGSCIM_AGENTS"].join(",")}`;
    const given = valueFrom === undefined ? [] : ["--value-from", "-"];
    const line = `  ${sudo} ${this.with(...given, ...this.#flags)}`;
    return valueFrom === undefined || valueFrom === "-"
      ? [line]
      : [line, `There it asks for the value, which ${valueFrom} of this machine has.`];
  }

  get #flags(): string[] {
    const { show, once, now, undo, yes, json } = this.#options;
    return Object.entries({ undo, now, once, yes, show, json }).flatMap(([name, isGiven]) =>
      isGiven ? `--${name}` : [],
    );
  }
}

/** As a shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
