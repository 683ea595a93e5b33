/**
 * When each fixed token was used last, and from where, so that nobody withdraws one that is still in use. A request notes it in
 * memory; the store has it some seconds later.
 */
import type { TokenUse } from "../../api/token-use.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";

/** A moment, by the clock and by what agents have run on the store. */
interface UseMoment {
  readonly now: Time;
  readonly measured: Milliseconds;
}

export class TokenUses {
  readonly #uses = new Map<string, TokenUse & { readonly measured: Milliseconds }>();
  #unkept = new Set<string>();
  /** Nobody has seen what came before. */
  readonly #start: Milliseconds;

  /**
   * @param kept those that the store knows, by the SHA-256 of the token
   * @param start when this process began to look
   */
  constructor(kept: ReadonlyMap<string, TokenUse>, start: Milliseconds) {
    this.#start = start;
    for (const [sha256, use] of kept) this.#uses.set(sha256, { ...use, measured: start });
  }

  /** Notes a use. Nothing is written by it. */
  note(sha256: string, from: string, { now, measured }: UseMoment): void {
    this.#uses.set(sha256, { at: now, from, measured });
    this.#unkept.add(sha256);
  }

  /** The last use of a token, by its SHA-256; never later than now, also where the clock was set back. */
  of(sha256: string, now: Time): TokenUse | undefined {
    const use = this.#uses.get(sha256);
    return use && { at: Math.min(use.at, now), from: use.from };
  }

  /** For how long a token is certainly unused: from the start of this process at the earliest. */
  unusedFor(sha256: string, measured: Milliseconds): Milliseconds {
    return measured - (this.#uses.get(sha256)?.measured ?? this.#start);
  }

  /** Whether there is something that the store does not know. */
  get hasNew(): boolean {
    return this.#unkept.size > 0;
  }

  /**
   * Has what is new stored.
   *
   * @param store does work in a transaction
   */
  async keep(store: (work: (within: Store) => Promise<void>) => Promise<void>): Promise<void> {
    const some = this.#unkept;
    this.#unkept = new Set();
    try {
      await store(async (within) => {
        for (const sha256 of some) {
          const { at, from } = this.#uses.get(sha256) ?? {};
          await within
            .updateTable("tokens")
            .set({ last_used: at ?? null, last_from: from ?? null })
            .where("sha256", "=", sha256)
            .execute();
        }
      });
    } catch (error) {
      for (const sha256 of some) this.#unkept.add(sha256);
      throw error;
    }
  }
}

/** What the store knows of last uses. */
export async function readTokenUses(store: Store): Promise<ReadonlyMap<string, TokenUse>> {
  const rows = await store
    .selectFrom("tokens")
    .select(["sha256", "last_used", "last_from"])
    .where("last_used", "is not", null)
    .execute();
  return new Map(
    rows.map(({ sha256, last_used, last_from }) => [sha256, { at: last_used ?? 0, from: last_from ?? "" }]),
  );
}
