/** The admin tokens that are taken now, by their hashes: who has each, since when, and when it came last. */
import type { TokenList } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";
import { bearerToken, findToken, hashToken } from "../authentication/token.ts";
import { type AgentConfig, hashesOf } from "../config.ts";
import type { Identify, TokenHolder } from "./holder.ts";

type Tokens = AgentConfig["tokens"];

/** Of a hash's digits, so many tell which one it is in agent.yaml. */
const shownDigits = 12;

interface Known {
  readonly holder: TokenHolder;
  readonly sha256: string;
  readonly hash: Buffer;
  /** Since when it is taken; what came before that is not known. */
  readonly since: Time;
  used: { readonly at: Time; readonly from: string } | null;
}

export class AdminTokens {
  readonly #now: () => Time;
  #list: Tokens;
  #known: readonly Known[];
  /** Hashes that let nobody in, each with the connector whose token it is. */
  #shut: ReadonlyMap<string, string> = new Map();

  constructor(tokens: Tokens, now: () => Time) {
    this.#now = now;
    this.#list = tokens;
    this.#known = this.#knownOf(tokens, []);
  }

  /** As agent.yaml has them. */
  get list(): Tokens {
    return this.#list;
  }

  /** Takes these from now on, and no others. */
  replace(tokens: Tokens): void {
    this.#known = this.#knownOf(tokens, this.#known);
    this.#list = tokens;
  }

  /** Lets nobody in by these hashes, though they are in the list: each is a connector's, by its name. */
  shut(connectors: ReadonlyMap<string, string>): void {
    this.#shut = connectors;
  }

  /** By the bearer token of a request. */
  readonly identify: Identify = ({ headers, ip }) => {
    const token = bearerToken(headers.authorization);
    if (token === undefined) return undefined;
    const found = findToken(hashToken(token), this.#known);
    if (!found || this.#shut.has(found.sha256)) return undefined;
    found.used = { at: this.#now(), from: ip };
    return found.holder;
  };

  /**
   * All of them, in the order of agent.yaml.
   *
   * @param tellsHash whether with the first digits of the hash, by which a short token could be guessed
   */
  shown(tellsHash: boolean): NonNullable<TokenList["admin"]> {
    return this.#known.map(({ holder, sha256, since, used }) => {
      const connector = this.#shut.get(sha256);
      return {
        ...{ name: holder.name, role: holder.role, since, used },
        ...(connector !== undefined && { connector }),
        ...(tellsHash && { hash: sha256.slice(0, shownDigits) }),
      };
    });
  }

  #knownOf(tokens: Tokens, before: readonly Known[]): readonly Known[] {
    return tokens.flatMap((token) =>
      hashesOf(token).map((sha256): Known => {
        const { name, role, account } = token;
        const known = before.find((one) => one.sha256 === sha256);
        return {
          holder: { name, actor: `admin:${name}`, role, account },
          ...{ sha256, hash: Buffer.from(sha256, "hex") },
          ...{ since: known?.since ?? this.#now(), used: known?.used ?? null },
        };
      }),
    );
  }
}
