/** How old tokens are. A value has no date of its own: it is as old as the store knows it, whatever entry it stood in. */
import { milliseconds } from "../../model/duration.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";
import { bearerSecrets } from "./bearer-secrets.ts";
import { hashToken, type KnownToken } from "./token.ts";

/**
 * Notes the tokens of a release that were never seen before.
 *
 * @param secrets the values, by the name of the entry
 * @returns the tokens by the name of the entry, each with the end of its lifetime
 */
export async function noteTokens(
  store: Store,
  release: Release,
  secrets: ReadonlyMap<string, readonly string[]>,
  now: Time,
): Promise<ReadonlyMap<string, readonly KnownToken[]>> {
  const tokens = new Map<string, readonly KnownToken[]>();
  for (const secret of new Set(bearerSecrets(release).values())) {
    const lifetime = release.secrets[secret]?.lifetime;
    const span = lifetime === undefined ? Number.POSITIVE_INFINITY : milliseconds(lifetime);
    const known: KnownToken[] = [];
    for (const hash of (secrets.get(secret) ?? []).map(hashToken)) {
      const since = await firstSeen(store, hash.toString("hex"), secret, now);
      known.push({ hash, since, expires: since + span });
    }
    tokens.set(secret, known);
  }
  return tokens;
}

/** All of them are as old as before when the clock goes back: none that has ended is valid again. */
export async function setTokensBack(store: Store, by: Milliseconds): Promise<void> {
  await store
    .updateTable("tokens")
    .set(({ eb }) => ({ first_seen: eb("first_seen", "-", by) }))
    .execute();
}

/** When a value was seen first: now, for a new one. It stays noted, so that one that comes back is not young again. */
async function firstSeen(store: Store, sha256: string, secret: string, now: Time): Promise<Time> {
  await store
    .insertInto("tokens")
    .values({ sha256, secret, first_seen: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await store
    .selectFrom("tokens")
    .select("first_seen")
    .where("sha256", "=", sha256)
    .executeTakeFirstOrThrow();
  return row.first_seen;
}
