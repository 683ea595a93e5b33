/** What waits for a receiver whom the release tells no more goes to whoever is told instead. */
import type { EventKind } from "../../model/environment/alert.ts";
import type { Release } from "../../model/release.ts";
import type { Store } from "../store/schema.ts";
import { type Moment, newId } from "./outbox.ts";
import { Payload, payloadOf } from "./payload.ts";
import { destinationsOf, type Route, routesOf } from "./routing.ts";

/**
 * Passes on all that waits so. Where nobody is told instead it stays, and is given up in the end, which is told. Whoever was told of the
 * same themselves is not told twice.
 */
export async function passOn(store: Store, release: Release, { measured }: Moment): Promise<void> {
  const told = destinationsOf(release);
  let gone = store.selectFrom("deliveries").selectAll().where("state", "=", "waiting");
  if (told.length > 0) gone = gone.where("destination", "not in", told);
  for (const { sequence, matter, at, body, retry } of await gone.orderBy("sequence").execute()) {
    const payload = Payload.parse(JSON.parse(body));
    const heirs = heirsOf(release, payload);
    for (const { destination, names } of heirs) {
      const own = store.selectFrom("deliveries").select("id").where("matter", "=", matter);
      if (await own.where("destination", "=", destination).where("at", "=", at).executeTakeFirst()) continue;
      const row = { ...{ destination, matter, at, retry }, body: JSON.stringify(adapted(payload, names)) };
      await store
        .insertInto("deliveries")
        .values({
          ...row,
          id: newId(),
          ...{ state: "waiting", attempts: 0, due: measured, reason: null, ended: null },
        })
        .execute();
    }
    if (heirs.length > 0) await store.deleteFrom("deliveries").where("sequence", "=", sequence).execute();
  }
}

/** Whom a release tells of what was told. */
function heirsOf(release: Release, { type, data: { connector, rule } }: Payload): Route[] {
  const kind = type.replace(/^hgscim\./, "") as EventKind;
  const set = kind === "break-glass" ? rule?.replace(/^permissions\./, "") : undefined;
  const own =
    set !== undefined && Object.hasOwn(release.permissions, set) ? release.permissions[set] : undefined;
  return routesOf(release, {
    ...{ kind, subject: "", connector: connector ?? null, rule: rule ?? null },
    destination: own?.breakGlass?.alert.var ?? null,
  });
}

/** What one receiver is told, as another one may have it: people are named only to whom the release names them. */
function adapted(payload: Payload, names: boolean): Payload {
  const { type, timestamp, data } = payload;
  const { detail, subject, since, removals, ...rest } = data;
  if (detail === undefined || names) return payload;
  return payloadOf({
    ...{ ...rest, detail, subject: subject ?? "", names },
    ...{ kind: type.replace(/^hgscim\./, ""), at: Date.parse(timestamp), since: Date.parse(since) },
    ...(removals !== undefined && { removals: { count: removals, isLeast: true } }),
  });
}
