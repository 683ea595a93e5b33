/**
 * How connectors are let in while no release that has them can be trusted: kept beside the releases, as the last one had it. It
 * gives nobody anything, for whoever comes in by it may only take access away.
 */
import { z } from "zod";
import { endpointPath } from "../../model/check/connectors.ts";
import { milliseconds } from "../../model/duration.ts";
import { isDerived } from "../../model/environment/connector/selection.ts";
import { Connector } from "../../model/environment/connector.ts";
import { subjectName } from "../../model/environment/subject.ts";
import type { Release } from "../../model/release.ts";
import { connectorTypes } from "../../model/scim/connector-types.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { whoseTokens, withTokensBack } from "../authentication/first-seen.ts";
import { StoredCredentials, usable, written } from "../authentication/stored-credentials.ts";
import { Directory } from "../directory/directory.ts";
import type { Store } from "../store/schema.ts";
import type { ConnectorRuntime } from "./runtime.ts";

/** One connector, as it is let in, and what of its users and groups nobody can say without the release. */
const Door = z.object({
  endpoint: z.url(),
  pageSize: z.int(),
  credentials: StoredCredentials,
  allow: z.array(z.enum(["users", "groups"])),
  rateLimit: Connector.shape.rateLimit,
  extensions: Connector.shape.extensions,
  deletions: Connector.shape.deletions,
  derived: z.array(z.string()).describe("The groups that nobody joins or leaves by a write of a group."),
  denied: z.array(z.string()).exactOptional().describe("The groups to which the release denied something."),
  formerly: z
    .array(z.url())
    .exactOptional()
    .describe("Where the connector was before, the last address first."),
  left: z.number().exactOptional().describe("When a release came that does not have it; absent before."),
});
type Door = z.infer<typeof Door>;

/** A connector that is let in while no release that has it can be trusted. */
export interface OpenDoor extends Pick<Door, "deletions" | "derived" | "left"> {
  readonly denied: readonly string[];
  /** The paths at which it was before. */
  readonly formerly: readonly string[];
  readonly connector: ConnectorRuntime;
  /** What let in when it was kept, also what another connector has by now. */
  readonly known: ConnectorRuntime["credentials"];
}

/** The connectors of a release, as they are let in. */
export interface Entrance {
  readonly release: Release;
  readonly connectors: readonly ConnectorRuntime[];
}

/** At so many addresses that a connector has had it is still let in. */
const mostAddresses = 5;

/**
 * Keeps how the connectors of a release are let in, in place of what was kept of them before. Those that it does not have are
 * kept as they were for as long as they have users, who may leave meanwhile.
 *
 * Where that is what is kept, nothing is written: a start needs no room on the disk.
 *
 * @param entrance null where no release is active
 */
export async function keepDoors(store: Store, entrance: Entrance | null, now: Time): Promise<void> {
  const { users } = new Directory(store);
  const present = new Map(entrance?.connectors.map((connector) => [connector.name, connector]));
  const before = new Map<string, Door | undefined>();
  const rows = await rowsOf(store);
  const texts = new Map(rows.map(({ connector, door }) => [connector, door]));
  for (const { connector: name, door: text } of rows) {
    const door = parsed(text);
    before.set(name, door);
    if (present.has(name)) continue;
    // one that it has and does not serve is written by nobody else
    const isElsewhere = entrance && Object.hasOwn(entrance.release.connectors, name);
    if (!door || isElsewhere || !(await users.areOf(name)))
      await store.deleteFrom("doors").where("connector", "=", name).execute();
    else if (door.left === undefined) await put(store, name, { ...door, left: now });
  }
  if (!entrance) return;
  for (const connector of present.values()) {
    const { name } = connector;
    const door = doorOf(connector, entrance.release, before.get(name));
    if (JSON.stringify(door) !== texts.get(name)) await put(store, name, door);
  }
}

function doorOf(
  { name, endpoint, pageSize, credentials, allow }: ConnectorRuntime,
  { connectors, permissions }: Release,
  before: Door | undefined,
): Door {
  const { rateLimit, extensions, deletions, groups = [] } = connectors[name] ?? {};
  const denied = Object.values(permissions).flatMap(({ deny }) => [...deny.read, ...deny.write]);
  const formerly = [before?.endpoint ?? endpoint, ...(before?.formerly ?? [])]
    .filter((former) => endpointPath(former) !== endpointPath(endpoint))
    .slice(0, mostAddresses);
  return {
    ...{ endpoint, pageSize, credentials: written(credentials, before?.credentials), allow: [...allow] },
    ...(formerly.length > 0 && { formerly }),
    ...(rateLimit && { rateLimit }),
    ...(extensions && { extensions }),
    ...(deletions && { deletions }),
    derived: groups.filter(isDerived).map((group) => `${name}/${group.name}`),
    denied: [...new Set(denied.map(subjectName))].filter((subject) => subject.startsWith(`${name}/`)),
  };
}

/**
 * Reads them: those of the last release first, then the others, of which the last one that left comes first. One that is not
 * what this version keeps lets nobody in. A token that another connector has by now is none of theirs.
 */
export async function readDoors(store: Store, environment: string): Promise<OpenDoor[]> {
  const takenBy = await whoseTokens(store);
  const doors = (await rowsOf(store)).flatMap(({ connector: name, door: text }): OpenDoor[] => {
    const door = parsed(text);
    if (!door) return [];
    const { endpoint, pageSize, allow, rateLimit, extensions, deletions, derived, left } = door;
    const { denied = [], formerly = [] } = door;
    const known = usable(door.credentials);
    return [
      {
        ...{ derived, denied, known, formerly: formerly.map(endpointPath) },
        ...(deletions && { deletions }),
        ...(left !== undefined && { left }),
        connector: {
          ...{ name, environment, endpoint, path: endpointPath(endpoint), pageSize, allow },
          credentials:
            known.kind === "oauth"
              ? known
              : {
                  kind: "bearer",
                  // of one that has left, nothing is looked for any more
                  ...(left === undefined && known.last && { last: known.last }),
                  tokens: known.tokens.filter(
                    ({ hash }) => (takenBy.get(hash.toString("hex")) ?? name) === name,
                  ),
                },
          rateLimit: rateLimit && { requests: rateLimit.requests, per: milliseconds(rateLimit.per) },
          types: connectorTypes(extensions ? { extensions } : {}),
          ...(left !== undefined && { past: "left" }),
        },
      },
    ];
  });
  return doors.sort(
    (one, other) => (other.left ?? Number.POSITIVE_INFINITY) - (one.left ?? Number.POSITIVE_INFINITY) || 0,
  );
}

/** All of their tokens are as old as before when the clock goes back. */
export async function setDoorsBack(store: Store, by: Milliseconds): Promise<void> {
  for (const { connector, door: text } of await rowsOf(store)) {
    const door = parsed(text);
    if (!door) continue;
    const credentials = withTokensBack(usable(door.credentials), by);
    await put(store, connector, { ...door, credentials: written(credentials, undefined) });
  }
}

function rowsOf(store: Store) {
  return store.selectFrom("doors").selectAll().orderBy("connector").execute();
}

async function put(store: Store, connector: string, kept: Door): Promise<void> {
  const door = JSON.stringify(kept);
  await store
    .insertInto("doors")
    .values({ connector, door })
    .onConflict((conflict) => conflict.column("connector").doUpdateSet({ door }))
    .execute();
}

function parsed(text: string): Door | undefined {
  try {
    return Door.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
