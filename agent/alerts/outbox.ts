/**
 * The outbox: events become deliveries, one for each receiver, in one transaction with the mark of how far they have. A
 * matter is told at once, and for a while after that only counted; at the end one digest tells how many there were. So a
 * thousand events take one row more, not a thousand.
 */
import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Store, Tables } from "../store/schema.ts";
import { isOfRemoval } from "./held-subject.ts";
import { payloadOf, type RemovalsTold } from "./payload.ts";
import { answeringFor, backoffFor, matterOf, type Route, routesOf } from "./routing.ts";

/** What time it is: for people, and for spans, which no clock makes longer or shorter. */
export interface Moment {
  readonly at: Time;
  readonly measured: Milliseconds;
}

type EventRow = Selectable<Tables["events"]>;
type Matter = Selectable<Tables["matters"]>;

/** The most events in one transaction: operations wait for so many. */
const mostEvents = 200;

/** The last event that has become deliveries. */
export async function routedUntil(store: Store): Promise<number> {
  return (await store.selectFrom("outbox").select("event").executeTakeFirstOrThrow()).event;
}

/** The last event that there is; 0 for none. */
export async function newestEvent(store: Store): Promise<number> {
  const { newest } = await store
    .selectFrom("events")
    .select(({ fn }) => fn.max<number | null>("sequence").as("newest"))
    .executeTakeFirstOrThrow();
  return newest ?? 0;
}

/** When the next digest is due, by what agents had run on this store; undefined for none. */
export async function nextDigest(store: Store): Promise<Milliseconds | undefined> {
  const { next } = await store
    .selectFrom("matters")
    .select(({ fn }) => fn.min<number | null>("until").as("next"))
    .executeTakeFirstOrThrow();
  return next ?? undefined;
}

/**
 * Makes deliveries of the next events, as many as go into one transaction.
 *
 * @param release by whose alerts they are told; undefined where none was ever active: then nobody is; or where it cannot be
 * trusted as it is stored: then they wait for one that can
 * @returns the last event that was looked at
 */
export async function routeEvents(
  store: Store,
  release: Release | undefined,
  moment: Moment,
): Promise<number> {
  const after = await routedUntil(store);
  const events = await store
    .selectFrom("events")
    .selectAll()
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(mostEvents)
    .execute();
  const last = events.at(-1)?.sequence;
  if (last === undefined) return after;
  if (release) await route(store, release, events, moment);
  else if (await store.selectFrom("activations").select("sequence").limit(1).executeTakeFirst()) return after;
  await store.updateTable("outbox").set({ event: last }).execute();
  return last;
}

async function route(
  store: Store,
  release: Release,
  events: readonly EventRow[],
  moment: Moment,
): Promise<void> {
  const told = new Map<string, Matter>();
  const changed = new Set<Matter>();
  for (const event of events) {
    const matter = matterOf(event);
    for (const to of routesOf(release, event)) {
      if (to.coolDown === 0) {
        await deliver(store, release, { event, matter, to }, moment);
        continue;
      }
      const key = `${to.destination} ${matter}`;
      const known = told.get(key) ?? (await find(store, matter, to.destination));
      if (known) {
        const next = {
          ...known,
          count: known.count + 1,
          first: known.first ?? event.at,
          last: event.sequence,
        };
        told.set(key, next);
        changed.delete(known);
        changed.add(next);
        continue;
      }
      const begun = {
        ...{ matter, destination: to.destination, until: moment.measured + to.coolDown },
        ...{ count: 0, first: null, last: null },
      };
      told.set(key, begun);
      changed.add(begun);
      await deliver(store, release, { event, matter, to }, moment);
    }
  }
  for (const row of changed) await store.replaceInto("matters").values(row).execute();
}

/** What is gathered of a matter at a destination, whose time may be over: then the digest comes first. */
function find(store: Store, matter: string, destination: string): Promise<Matter | undefined> {
  return store
    .selectFrom("matters")
    .selectAll()
    .where("matter", "=", matter)
    .where("destination", "=", destination)
    .executeTakeFirst();
}

/**
 * Ends what has been gathered long enough: with a digest where something came, after which it goes on; else the next event is
 * told at once again.
 */
export async function endCoolDowns(
  store: Store,
  release: Release | undefined,
  moment: Moment,
): Promise<void> {
  const over = await store.selectFrom("matters").selectAll().where("until", "<=", moment.measured).execute();
  for (const { matter, destination, count, first, last } of over) {
    const row = store.deleteFrom("matters").where("matter", "=", matter);
    await row.where("destination", "=", destination).execute();
    if (!release || last === null) continue;
    const event = await store
      .selectFrom("events")
      .selectAll()
      .where("sequence", "=", last)
      .executeTakeFirst();
    if (!event) continue;
    const removals = await removalsAmong(store, event, count);
    for (const to of await heirsOf(store, release, event, { matter, destination })) {
      const told = { event, matter, to, count, since: first ?? event.at, ...(removals && { removals }) };
      await deliver(store, release, told, moment);
      const again = { matter, destination: to.destination, until: moment.measured + to.coolDown };
      await store
        .replaceInto("matters")
        .values({ ...again, count: 0, first: null, last: null })
        .execute();
    }
  }
}

/** Whom a digest goes to: where a release tells its destination no more, whoever is told instead, and knows nothing of it yet. */
async function heirsOf(
  store: Store,
  release: Release,
  event: EventRow,
  { matter, destination }: Pick<Matter, "matter" | "destination">,
): Promise<readonly Route[]> {
  const routes = routesOf(release, event);
  const same = routes.filter((route) => route.destination === destination);
  if (same.length > 0) return same;
  const heirs: Route[] = [];
  for (const route of routes) if (!(await find(store, matter, route.destination))) heirs.push(route);
  return heirs;
}

/** How many of the last so many events of a matter, the given one among them, are holds of removals; undefined of what is no hold. */
async function removalsAmong(
  store: Store,
  { kind, connector, rule, sequence }: EventRow,
  count: number,
): Promise<RemovalsTold | undefined> {
  if (kind !== "held") return undefined;
  const isThat = (column: "connector" | "rule", value: string | null) =>
    sql<boolean>`coalesce(${sql.ref(column)}, '') = ${value ?? ""}`;
  const rows = await store
    .selectFrom("events")
    .select("subject")
    .where("kind", "=", kind)
    .where(isThat("connector", connector))
    .where(isThat("rule", rule))
    .where("sequence", "<=", sequence)
    .orderBy("sequence", "desc")
    .limit(count)
    .execute();
  const known = rows.flatMap(({ subject }) => isOfRemoval(subject) ?? []);
  // old rows are forgotten where there are very many, and those of an earlier version do not say it
  if (known.length === 0) return undefined;
  return { count: known.filter(Boolean).length, isLeast: known.length < count };
}

interface Told {
  readonly event: EventRow;
  readonly matter: string;
  readonly to: Route;
  readonly count?: number;
  readonly since?: Time;
  readonly removals?: RemovalsTold;
}

async function deliver(
  store: Store,
  release: Release,
  { event, matter, to, ...digest }: Told,
  { at, measured }: Moment,
): Promise<void> {
  const { kind, connector, rule, subject, summary, detail } = event;
  const body = payloadOf({
    ...{ kind, environment: release.environment, matter, subject, summary, detail, at: event.at },
    ...{ connector: connector ?? undefined, rule: rule ?? undefined, owner: answeringFor(release, event) },
    ...digest,
    names: to.names,
  });
  await store
    .insertInto("deliveries")
    .values({
      ...{ id: newId(), destination: to.destination, matter, body: JSON.stringify(body), at },
      ...{ state: "waiting", attempts: 0, due: measured, reason: null, ended: null },
      retry: JSON.stringify(backoffFor(release, connector)),
    })
    .execute();
}

/** A name that no other delivery has. */
export function newId(): string {
  return `msg_${randomUUID().replaceAll("-", "")}`;
}

/** How long what is over is kept, for people who look back. */
const kept: { readonly events: Milliseconds; readonly delivered: Milliseconds } = {
  events: 30 * 86_400_000,
  delivered: 7 * 86_400_000,
};
/** However short a time they took to come. */
const mostKept = { events: 50_000, delivered: 10_000 };

/** Takes away what is old: events that were routed, and deliveries that arrived. What was given up stays until a person says so. */
export async function prune(store: Store, now: Time): Promise<void> {
  const routed = await routedUntil(store);
  const newest = await newestEvent(store);
  await store
    .deleteFrom("events")
    .where("sequence", "<=", routed)
    .where(({ eb, or }) =>
      or([eb("at", "<", now - kept.events), eb("sequence", "<=", newest - mostKept.events)]),
    )
    // what a digest will tell of
    .where(({ eb, selectFrom }) =>
      eb(
        "sequence",
        "not in",
        selectFrom("matters").select("last").where("last", "is not", null).$castTo<{ last: number }>(),
      ),
    )
    .execute();
  const last = await store
    .selectFrom("deliveries")
    .select("sequence")
    .where("state", "=", "delivered")
    .orderBy("sequence", "desc")
    .offset(mostKept.delivered)
    .limit(1)
    .executeTakeFirst();
  await store
    .deleteFrom("deliveries")
    .where("state", "=", "delivered")
    .where(({ eb, or }) =>
      or([eb("ended", "<", now - kept.delivered), eb("sequence", "<=", last?.sequence ?? 0)]),
    )
    .execute();
}
