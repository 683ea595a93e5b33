/**
 * Which release is active is stored twice: by the newest activation, and by one row beside them, which has a digest of all
 * activations so far. What one of the two says alone was written by somebody else.
 */
import { type Dated, digestOfHistory } from "../store/history.ts";
import type { Store } from "../store/schema.ts";

/** What the store says of which release is active. */
export type Pointed =
  | {
      readonly kind: "agreed";
      /** Null when none is. */
      readonly digest: string | null;
      /** Whether the activations are those that there were. */
      readonly isWhole: boolean;
    }
  /** One of the two was altered: by each that says so, the release that is active. */
  | { readonly kind: "contradicted"; readonly named: readonly string[] };

export class Pointer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads both. */
  async read(): Promise<Pointed> {
    const row = await this.#row();
    const activations = await this.#activations();
    const last = activations.at(-1)?.digest ?? null;
    if (row?.digest === last)
      return { kind: "agreed", digest: last, isWhole: row.history === digestOfHistory(activations) };
    return { kind: "contradicted", named: [row?.digest ?? [], last ?? []].flat() };
  }

  /** From which activation on they count for how long a policy runs, by its number; undefined where they were altered. */
  async countedFrom(): Promise<number | undefined> {
    const row = await this.#row();
    return row?.history === digestOfHistory(await this.#activations()) ? row.counted_from : undefined;
  }

  /**
   * Adds an activation to both. Where those before it were altered, none of them counts any more.
   *
   * @param note stores the activation
   */
  async move(note: () => Promise<void>): Promise<void> {
    const before = await this.countedFrom();
    await note();
    const activations = await this.#activations();
    const { sequence = 0, digest = null } = activations.at(-1) ?? {};
    const row = { digest, history: digestOfHistory(activations), counted_from: before ?? sequence };
    await this.#store
      .insertInto("active")
      .values({ id: 1, ...row })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
      .execute();
  }

  #row() {
    return this.#store.selectFrom("active").selectAll().where("id", "=", 1).executeTakeFirst();
  }

  #activations(): Promise<Dated[]> {
    return this.#store
      .selectFrom("activations")
      .select(["sequence", "digest", "at", "by", "measured"])
      .orderBy("sequence")
      .execute();
  }
}
