/**
 * What reviews have said that releases do to people, for as long as it can be approved. Each who asks has room of their own, and their
 * oldest make room for their newest: nobody takes the room of what others have asked for.
 */
import { canonicalJson, type ReadonlyJson } from "../../model/canonical.ts";
import { digestOfText } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { TimedEffect } from "../../policy/named-effect.ts";
import type { Store, Tables } from "../store/schema.ts";

/** How long one is kept after it was asked for last, how many and how much of one asker, and how large it may be, since who writes waits. */
const age: Milliseconds = 30 * 86_400_000;
export const keptEffects = { age, number: 1_000, bytes: 32 * 1024 * 1024, largest: 8 * 1024 * 1024 };

/** What a review said of a release, over which one. */
export interface ReviewedEffect {
  readonly release: string;
  /** Null for none. */
  readonly base: string | null;
  readonly digest: string;
  /** Its canonical JSON. */
  readonly effect: string;
}

/** The text of an effect, and its digest. */
export function effectText(effects: readonly TimedEffect[]): Pick<ReviewedEffect, "digest" | "effect"> {
  const effect = canonicalJson(effects as unknown as ReadonlyJson);
  return { digest: digestOfText(effect), effect };
}

export class ReviewedEffects {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Keeps one, or keeps it for longer.
   *
   * @param asker who has asked for it
   * @returns a sentence where it is too large to be kept
   */
  async keep(
    { release, base, digest, effect }: ReviewedEffect,
    asker: string,
    at: Time,
  ): Promise<Result<void, string>> {
    const bytes = Buffer.byteLength(effect);
    if (bytes > keptEffects.largest) return fail("it does more to more people than an agent keeps");
    const row = { asker, release, base: base ?? "", digest, effect, bytes, at };
    await this.#store
      .insertInto("reviewed_effects")
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(["asker", "release", "base", "digest"]).doUpdateSet({ effect, bytes, at }),
      )
      .execute();
    await this.#makeRoom(row);
    return ok(undefined);
  }

  /** What was said of a release, whoever asked; undefined where nobody did, or it is forgotten, or another by now. */
  async find(
    { release, base, digest }: Omit<ReviewedEffect, "effect">,
    now: Time,
  ): Promise<TimedEffect[] | undefined> {
    const rows = await this.#store
      .selectFrom("reviewed_effects")
      .select("effect")
      .where("digest", "=", digest)
      .where("release", "=", release)
      .where("base", "=", base ?? "")
      .where("at", ">", now - keptEffects.age)
      .execute();
    const intact = rows.find(({ effect }) => digestOfText(effect) === digest);
    return intact && JSON.parse(intact.effect);
  }

  /** Forgets what is too old. */
  async forget(now: Time): Promise<void> {
    await this.#store
      .deleteFrom("reviewed_effects")
      .where("at", "<=", now - keptEffects.age)
      .execute();
  }

  /** Forgets the oldest of whoever asked, as many as are too many beside the one that was kept just now. */
  async #makeRoom(kept: Omit<Tables["reviewed_effects"], "effect">): Promise<void> {
    const { asker } = kept;
    const rows = await this.#store
      .selectFrom("reviewed_effects")
      .select(["release", "base", "digest", "bytes"])
      .where("asker", "=", asker)
      .orderBy("at", "desc")
      .execute();
    const isKept = ({ release, base, digest }: (typeof rows)[number]) =>
      release === kept.release && base === kept.base && digest === kept.digest;
    let [number, sum] = [1, kept.bytes];
    for (const row of rows.filter((row) => !isKept(row))) {
      number += 1;
      sum += row.bytes;
      if (number <= keptEffects.number && sum <= keptEffects.bytes) continue;
      await this.#store
        .deleteFrom("reviewed_effects")
        .where("asker", "=", asker)
        .where("release", "=", row.release)
        .where("base", "=", row.base)
        .where("digest", "=", row.digest)
        .execute();
    }
  }
}
