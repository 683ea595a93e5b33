/** How old tokens are. A value has no date of its own: it is as old as the store knows it, whatever entry it stood in. */
import { milliseconds } from "../../model/duration.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { HostRules } from "../config.ts";
import { seenAt } from "../store/restored.ts";
import type { Store } from "../store/schema.ts";
import { bearerSecrets, type SecretValues } from "./bearer-secrets.ts";
import type { Guarded } from "./credentials.ts";
import { hashToken, type KnownToken } from "./token.ts";
import { offeredHashes, type SortedTokens, sortTokens } from "./usable-tokens.ts";

/**
 * Notes the tokens of a release's connectors that were never seen before, and whose each one is from now on.
 *
 * @param usable the values, by the name of the connector
 * @param unnoted is told of one that cannot be noted now, and is left out; where it is absent, that is thrown
 * @returns the tokens by the name of the connector, each with the end of its lifetime
 */
export async function noteTokens(
  store: Store,
  release: Release,
  usable: ReadonlyMap<string, readonly string[]>,
  now: Time,
  unnoted?: (connector: string, error: unknown) => void,
): Promise<ReadonlyMap<string, readonly KnownToken[]>> {
  const tokens = new Map<string, readonly KnownToken[]>();
  for (const [connector, secret] of bearerSecrets(release)) {
    const lifetime = release.secrets[secret]?.lifetime;
    const span = lifetime === undefined ? Number.POSITIVE_INFINITY : milliseconds(lifetime);
    const known: KnownToken[] = [];
    // two slots have one value while nothing is rotated
    for (const hash of [...new Set(usable.get(connector))].map(hashToken)) {
      try {
        const since = await firstSeen(store, hash.toString("hex"), { connector, secret }, now);
        known.push({ hash, since, expires: since + span });
      } catch (error) {
        if (!unnoted) throw error;
        unnoted(connector, error);
      }
    }
    tokens.set(connector, known);
  }
  return tokens;
}

/** Sorts the values of a release's connectors, by what is known of them. Nothing is noted. */
export async function sortSeenTokens(
  store: Store,
  host: HostRules,
  release: Release,
  secrets: SecretValues,
): Promise<SortedTokens> {
  const rows = await store
    .selectFrom("tokens")
    .select(["sha256", "connector", "secret"])
    .where("sha256", "in", offeredHashes(release, secrets))
    .execute();
  return sortTokens(host, release, secrets, new Map(rows.map(({ sha256, ...seen }) => [sha256, seen])));
}

/** Whose each token was last, by its SHA-256; of those of which that is known. */
export async function whoseTokens(store: Store): Promise<ReadonlyMap<string, string>> {
  const rows = await store.selectFrom("tokens").select(["sha256", "connector"]).execute();
  return new Map(rows.flatMap(({ sha256, connector }) => (connector === null ? [] : [[sha256, connector]])));
}

/** When a token was seen first, by its SHA-256; undefined for one that never was. */
export async function seenSince(store: Store, sha256: string): Promise<Time | undefined> {
  const row = await store
    .selectFrom("tokens")
    .select("first_seen")
    .where("sha256", "=", sha256)
    .executeTakeFirst();
  return row?.first_seen;
}

/** All of them are as old as before when the clock goes back: none that has ended is valid again. */
export async function setTokensBack(store: Store, by: Milliseconds): Promise<void> {
  await store
    .updateTable("tokens")
    .set(({ eb }) => ({ first_seen: eb("first_seen", "-", by), last_used: eb("last_used", "-", by) }))
    .execute();
}

/** So are those that let callers in. */
export function withTokensBack(
  credentials: Guarded["credentials"],
  by: Milliseconds,
): Guarded["credentials"] {
  if (credentials.kind !== "bearer") return credentials;
  const { tokens, last } = credentials;
  const back = (known: readonly KnownToken[]) =>
    known.map((token) => ({ ...token, since: token.since - by, expires: token.expires - by }));
  return { kind: "bearer", tokens: back(tokens), ...(last && { last: back(last) }) };
}

/**
 * When a value was seen first: now, for a new one. It stays noted, so that one that comes back is not young again; by a copy of the
 * store from before none is.
 */
async function firstSeen(
  store: Store,
  sha256: string,
  { connector, secret }: { readonly connector: string; readonly secret: string },
  now: Time,
): Promise<Time> {
  const row = await store
    .selectFrom("tokens")
    .select(["first_seen", "connector"])
    .where("sha256", "=", sha256)
    .executeTakeFirst();
  // what is known is not written again: a start needs no room on the disk
  const first_seen = row?.first_seen ?? (await seenAt(store, now));
  if (row?.connector !== connector)
    await store
      .insertInto("tokens")
      .values({ sha256, connector, secret, first_seen })
      .onConflict((conflict) => conflict.column("sha256").doUpdateSet({ connector }))
      .execute();
  return first_seen;
}
