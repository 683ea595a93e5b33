/**
 * How connectors are let in while no release can be trusted: kept beside the releases, of the one that ran. It gives nobody
 * anything, for whoever comes in by it may only take access away.
 */
import { z } from "zod";
import { endpointPath } from "../../model/check/connectors.ts";
import { milliseconds } from "../../model/duration.ts";
import { isDerived } from "../../model/environment/connector/selection.ts";
import { Connector } from "../../model/environment/connector.ts";
import type { Release } from "../../model/release.ts";
import { connectorTypes } from "../../model/scim/connector-types.ts";
import type { Guarded } from "../authentication/credentials.ts";
import type { Store, Tables } from "../store/schema.ts";
import type { ConnectorRuntime } from "./runtime.ts";

const Credentials = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("bearer"),
    tokens: z.array(
      z.object({ sha256: z.hash("sha256"), since: z.number(), expires: z.number().nullable() }),
    ),
  }),
  z.object({
    kind: z.literal("oauth"),
    issuer: z.string(),
    audience: z.string(),
    jwks: z.url(),
    scopes: z.object({ users: z.string().exactOptional(), groups: z.string().exactOptional() }),
  }),
]);

/** One connector, as it is let in, and what of its users and groups nobody can say without the release. */
const Door = z.object({
  endpoint: z.url(),
  pageSize: z.int(),
  credentials: Credentials,
  allow: z.array(z.enum(["users", "groups"])),
  rateLimit: Connector.shape.rateLimit,
  extensions: Connector.shape.extensions,
  deletions: Connector.shape.deletions,
  derived: z.array(z.string()).describe("The groups that nobody joins or leaves by a write of a group."),
});
type Door = z.infer<typeof Door>;

/** A connector that is let in while no release can be trusted. */
export interface OpenDoor extends Pick<Door, "deletions" | "derived"> {
  readonly connector: ConnectorRuntime;
}

/** The connectors of a release, as they are let in. */
export interface Entrance {
  readonly release: Release;
  readonly connectors: readonly ConnectorRuntime[];
}

/**
 * Keeps how the connectors of a release are let in, in place of those before; of none, nothing. Where that is what is kept, nothing
 * is written.
 */
export async function keepDoors(store: Store, entrance: Entrance | null): Promise<void> {
  const doors = entrance ? doorsOf(entrance) : [];
  const kept = await store.selectFrom("doors").select(["connector", "door"]).orderBy("connector").execute();
  if (JSON.stringify(doors) === JSON.stringify(kept)) return;
  await store.deleteFrom("doors").execute();
  if (doors.length > 0) await store.insertInto("doors").values(doors).execute();
}

/** The rows that are kept, in their order. */
function doorsOf({ connectors, release }: Entrance): Tables["doors"][] {
  const rows = connectors.map(({ name, endpoint, pageSize, credentials, allow }) => {
    const { rateLimit, extensions, deletions, groups = [] } = release.connectors[name] ?? {};
    const door: Door = {
      ...{ endpoint, pageSize, credentials: written(credentials), allow: [...allow] },
      ...(rateLimit && { rateLimit }),
      ...(extensions && { extensions }),
      ...(deletions && { deletions }),
      derived: groups.filter(isDerived).map((group) => `${name}/${group.name}`),
    };
    return { connector: name, door: JSON.stringify(door) };
  });
  return rows.sort((one, other) => (one.connector < other.connector ? -1 : 1));
}

/** Reads them. One that is not what this version keeps lets nobody in. */
export async function readDoors(store: Store, environment: string): Promise<OpenDoor[]> {
  const rows = await store.selectFrom("doors").selectAll().orderBy("connector").execute();
  return rows.flatMap(({ connector: name, door }) => {
    const read = parsed(door);
    if (!read) return [];
    const { endpoint, pageSize, credentials, allow, rateLimit, extensions, deletions, derived } = read;
    return {
      derived,
      ...(deletions && { deletions }),
      connector: {
        ...{ name, environment, endpoint, path: endpointPath(endpoint), pageSize, allow },
        credentials: usable(credentials),
        rateLimit: rateLimit && { requests: rateLimit.requests, per: milliseconds(rateLimit.per) },
        types: connectorTypes(extensions ? { extensions } : {}),
      },
    };
  });
}

function parsed(text: string): Door | undefined {
  try {
    return Door.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function written(credentials: Guarded["credentials"]): z.infer<typeof Credentials> {
  if (credentials.kind === "oauth") {
    const { issuer, audience, jwks, scopes } = credentials;
    return { kind: "oauth", issuer, audience, jwks: jwks.href, scopes: { ...scopes } };
  }
  const tokens = credentials.tokens.map(({ hash, since, expires }) => ({
    sha256: hash.toString("hex"),
    since,
    expires: Number.isFinite(expires) ? expires : null,
  }));
  return { kind: "bearer", tokens };
}

function usable(credentials: z.infer<typeof Credentials>): Guarded["credentials"] {
  if (credentials.kind === "oauth") return { ...credentials, jwks: new URL(credentials.jwks) };
  const tokens = credentials.tokens.map(({ sha256, since, expires }) => ({
    hash: Buffer.from(sha256, "hex"),
    since,
    expires: expires ?? Number.POSITIVE_INFINITY,
  }));
  return { kind: "bearer", tokens };
}
