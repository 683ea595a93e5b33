/** The places of a secret that is rotated: what each has now, and who comes with it. No value is in what is told. */
import { createHmac } from "node:crypto";
import type { Slot, SlotList } from "../../api/slots.ts";
import type { TokenUse } from "../../api/token-use.ts";
import { usualQuiet } from "../../model/environment/secret.ts";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import type { Resolved, SecretStores } from "../../secrets/stores/stores.ts";
import { bearerSecrets } from "../authentication/bearer-secrets.ts";
import { seenSince, sortSeenTokens } from "../authentication/first-seen.ts";
import type { RefusedTokens } from "../authentication/refused-tokens.ts";
import { weakness } from "../authentication/strength.ts";
import { findToken, hashToken, type KnownToken } from "../authentication/token.ts";
import type { TokenUses } from "../authentication/token-uses.ts";
import { type AgentConfig, allowsReference } from "../config.ts";
import { resolveSecrets } from "../releases/secrets.ts";
import { releaseOf } from "../releases/serving.ts";
import type { Store } from "../store/schema.ts";
import type { Writer } from "./writer.ts";

const gone = "nothing is there any more";

export interface SlotsParts {
  readonly config: AgentConfig;
  readonly stores: SecretStores;
  readonly uses: TokenUses;
  readonly refused: Pick<RefusedTokens, "lately">;
  readonly reads: Store;
  readonly writer: Pick<Writer, "active" | "clock" | "serving">;
}

export class Slots {
  readonly #parts: SlotsParts;

  constructor(parts: SlotsParts) {
    this.#parts = parts;
  }

  /** The secrets of the active release; undefined where none is active. */
  get secrets(): Release["secrets"] | undefined {
    return releaseOf(this.#parts.writer.serving)?.secrets;
  }

  /** The time by which answers of stores are as old as they are. */
  moment(): Time {
    return this.#parts.stores.now();
  }

  /**
   * What is in the places of one of them.
   *
   * @param since what a store said before does not count; when absent, what is still good does
   */
  async of(name: string, key: Buffer, since?: Time): Promise<SlotList | undefined> {
    const { config, stores, reads, uses, refused, writer } = this.#parts;
    const release = releaseOf(writer.serving);
    const secret = release?.secrets[name];
    if (!release || !secret) return undefined;
    const connector = [...bearerSecrets(release)].find(([, one]) => one === name)?.[0] ?? null;
    const { secrets } = await resolveSecrets({ host: config, stores }, release, "kept");
    const { faults } = await sortSeenTokens(reads, config, release, secrets);
    const known = connector === null ? [] : this.#tokensOf(connector);
    const { now, clock } = writer.clock.read();
    const found: (Resolved & { readonly reference: string; readonly isAllowed: boolean })[] = [];
    for (const reference of secret.refs) {
      const isAllowed = allowsReference(config, reference);
      found.push({ reference, isAllowed, ...(isAllowed ? await stores.resolve(reference, since) : {}) });
    }
    const there = found.flatMap(({ value, problem }) =>
      value === undefined || problem?.isEmpty ? [] : value,
    );
    // the connector goes on with what it had where it cannot be let in by what is there
    const isLeft = known.some(
      ({ hash, expires }) => now < expires && !there.some((value) => hashToken(value).equals(hash)),
    );
    const slots: Slot[] = [];
    for (const [index, { reference, isAllowed, value: last, problem }] of found.entries()) {
      const isEmpty = problem?.isEmpty ?? false;
      const value = isEmpty ? undefined : last;
      const hash = hashToken(value ?? "");
      const sha256 = hash.toString("hex");
      const token = findToken(hash, known);
      const fault = faults.find((one) => one.secret === name && one.index === index)?.sentence;
      const why = isAllowed ? problem?.reason : "agent.yaml does not allow the reference";
      slots.push({
        reference,
        state: value !== undefined && !problem ? "filled" : isEmpty ? "empty" : "unread",
        problem: (isEmpty ? (isLeft ? gone : undefined) : (why ?? fault)) ?? null,
        hmac:
          value === undefined || weakness(value) !== undefined
            ? null
            : createHmac("sha256", key).update(value).digest("hex"),
        since: value === undefined ? null : (token?.since ?? (await seenSince(reads, sha256)) ?? null),
        expires: token && Number.isFinite(token.expires) ? token.expires : null,
        isLetIn: token !== undefined && now < token.expires,
        lastUsed: uses.of(sha256, now) ?? null,
        unusedFor: uses.unusedFor(sha256, clock.measured),
      });
    }
    const values = new Set(there);
    return {
      ...{ secret: name, connector, now, slots },
      quiet: secret.quiet ?? usualQuiet,
      release: writer.active?.active.digest ?? "",
      isOneValue: values.size <= 1,
      refused: connector === null ? [] : refused.lately(connector, { now, measured: clock.measured }),
      withdrawn: (connector !== null && (await this.#lastWithdrawn(name, connector, values, now))) || null,
    };
  }

  #tokensOf(connector: string): readonly KnownToken[] {
    const { credentials } =
      this.#parts.writer.serving.connectors.find(({ name }) => name === connector) ?? {};
    return credentials?.kind === "bearer" ? credentials.tokens : [];
  }

  /** When a value of a secret that is in no slot any more was used last. */
  async #lastWithdrawn(
    secret: string,
    connector: string,
    values: ReadonlySet<string>,
    now: number,
  ): Promise<TokenUse | undefined> {
    const present = new Set([...values].map((value) => hashToken(value).toString("hex")));
    const rows = await this.#parts.reads
      .selectFrom("tokens")
      .select("sha256")
      .where("secret", "=", secret)
      .where("connector", "=", connector)
      .execute();
    const uses = rows.flatMap(({ sha256 }) =>
      present.has(sha256) ? [] : (this.#parts.uses.of(sha256, now) ?? []),
    );
    return uses.sort((one, other) => other.at - one.at)[0];
  }
}
