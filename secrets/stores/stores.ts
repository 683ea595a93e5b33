/**
 * The secrets of a host: what its references point at, in the environment, files, Vault and helpers. What was there last is kept in
 * memory, so that what runs goes on where a store is away.
 */
import { pointerOf, type SecretPointer, type SecretReference } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { lookLocally } from "../resolve.ts";
import { withoutLineEnd } from "../text.ts";
import { meant, type StoresConfig, whyNoStore } from "./configuration.ts";
import type { StoreFailure } from "./failure.ts";
import { pick, runHelper } from "./helper.ts";
import { Kept } from "./kept.ts";
import type { VaultSecret } from "./vault/key-value.ts";
import { Vault } from "./vault/vault.ts";

/** What a reference came to. */
export interface Resolved {
  /** Its value: of now, or, where there is a problem, the last one; undefined where there never was one. */
  readonly value?: string;
  /** Why there is none of now. */
  readonly problem?: StoreFailure;
}

export interface StoresParts {
  readonly config: StoresConfig;
  /** A time that nobody sets. */
  readonly measured: () => Time;
  /** The wait after so many failures, one after the other. */
  readonly pause: (failed: number) => Milliseconds;
}

export class SecretStores {
  readonly #config: StoresConfig;
  readonly #measured: () => Time;
  readonly #vault: { readonly store: Vault; readonly kept: Kept<VaultSecret> } | undefined;
  readonly #helpers: ReadonlyMap<string, Kept<string>>;
  readonly #last = new Map<SecretReference, string>();

  constructor({ config, measured, pause }: StoresParts) {
    this.#config = config;
    this.#measured = measured;
    const parts = { measured, pause };
    if (config.vault) {
      const store = new Vault(config.vault, measured);
      this.#vault = { store, kept: new Kept({ ...parts, ask: (path) => store.read(path) }) };
    }
    this.#helpers = new Map(
      Object.entries(config.helpers ?? {}).map(([name, helper]) => [
        name,
        new Kept({ ...parts, ask: () => runHelper(name, helper) }),
      ]),
    );
  }

  /** The time by which answers are as old as they are, for `resolve`. */
  now(): Time {
    return this.#measured();
  }

  /**
   * What a reference points at.
   *
   * @param since what a store said before is asked for again; when absent, an answer that is still good will do
   */
  async resolve(reference: SecretReference, since?: Time): Promise<Resolved> {
    const found = await this.#find(reference, since);
    if (found.ok) {
      this.#last.set(reference, found.value);
      return { value: found.value };
    }
    const last = this.#last.get(reference);
    return { ...(last !== undefined && { value: last }), problem: found.error };
  }

  /** Forgets what nobody names any more, and does what stores want to have done now and then; answers what is wrong with them. */
  async tend(named: ReadonlySet<SecretReference>): Promise<StoreFailure | undefined> {
    for (const reference of this.#last.keys()) if (!named.has(reference)) this.#last.delete(reference);
    const pointers = [...named].flatMap((reference) => {
      const pointer = pointerOf(reference);
      return pointer.ok ? pointer.value : [];
    });
    const paths = new Set(pointers.flatMap((one) => (one.kind === "vault" ? one.path : [])));
    this.#vault?.kept.keep(paths);
    const vault = this.#vault;
    return paths.size > 0 ? vault?.kept.tend(() => vault.store.tend()) : undefined;
  }

  async #find(reference: SecretReference, since: Time | undefined): Promise<Result<string, StoreFailure>> {
    const pointer = pointerOf(reference);
    if (!pointer.ok) return fail({ reason: pointer.error });
    const without = whyNoStore(this.#config, pointer.value);
    if (without !== undefined) return fail({ reason: `${reference}: ${without}` });
    const given = await this.#ask(reference, pointer.value, since);
    if (!given.ok) return given;
    const { kind } = pointer.value;
    // one line end is left out: of what is on this machine it is already
    const value = kind === "vault" || kind === "exec" ? withoutLineEnd(given.value) : given.value;
    return value === "" ? fail({ reason: `${reference}: the value is empty`, isEmpty: true }) : ok(value);
  }

  async #ask(
    reference: SecretReference,
    pointer: SecretPointer,
    since: Time | undefined,
  ): Promise<Result<string, StoreFailure>> {
    const said = ({ reason, ...rest }: StoreFailure): Result<never, StoreFailure> =>
      fail({ reason: `${reference}: ${reason}`, ...rest });
    if (pointer.kind === "vault" && this.#vault) {
      const secret = await this.#vault.kept.get(pointer.path, since);
      if (!secret.ok) return said(secret.error);
      const value = keyOf(secret.value, pointer.key);
      return value.ok ? value : said(value.error);
    }
    const helper = pointer.kind === "exec" ? this.#helpers.get(pointer.helper) : undefined;
    if (pointer.kind === "exec" && helper) {
      const printed = await helper.get("", since);
      if (!printed.ok) return said(printed.error);
      const value = pick(printed.value, pointer.keys);
      return value.ok ? value : said(value.error);
    }
    return lookLocally(reference);
  }
}

/** The text under a key of a secret; names of other keys are told, and never a value. */
function keyOf(secret: VaultSecret, key: string): Result<string, StoreFailure> {
  if (!Object.hasOwn(secret, key))
    return fail({
      reason: `the secret has no key of that name${meant(key, Object.keys(secret))} (expected one that it has)`,
      isEmpty: true,
    });
  const value = secret[key];
  return typeof value === "string"
    ? ok(value)
    : fail({ reason: "the value of the key is no text (expected a string)" });
}
