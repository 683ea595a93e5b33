/** By what identity providers are served: the release that runs, and beside it whoever may only take access away. */
import { isDeepStrictEqual } from "node:util";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import type { Guarded } from "../authentication/credentials.ts";
import type { Store } from "../store/schema.ts";
import { type Entrance, keepDoors } from "./doors.ts";
import { type Removals, readRemovals } from "./removals.ts";
import type { ConnectorRuntime, Runtime } from "./runtime.ts";

export interface Serving {
  /** Null when no release runs. */
  readonly active: Runtime | null;
  /** Of the connectors that it does not have. */
  readonly removals: Removals | undefined;
  /** All that are let in. Those with longer paths first: the first one whose path a request begins with is meant. */
  readonly connectors: readonly ConnectorRuntime[];
}

/** What is served by a release that runs, and by what takes access away beside it. */
export function serve(active: Runtime | null, removals: Removals | undefined): Serving {
  const known = [...(active?.connectors ?? []), ...(removals?.runtime.connectors ?? [])];
  const present = known.filter(({ past }) => past === undefined);
  // whose tokens are another connector's by now; of fixed ones each is known
  const connectors = known.filter(
    ({ past, credentials }) =>
      past === undefined ||
      credentials.kind !== "oauth" ||
      !present.some((one) => share(one.credentials, credentials)),
  );
  const moved = connectors.flatMap((connector) =>
    (removals?.formerly.get(connector.name) ?? []).map(
      (path): ConnectorRuntime => ({ past: "moved", ...connector, path }),
    ),
  );
  // of one path, that of the release that runs comes first, and whoever is still there before whoever was
  const all = [...connectors, ...moved].sort((one, other) => other.path.length - one.path.length);
  return { active, removals, connectors: all };
}

/**
 * Keeps how connectors are let in from now on, and serves by that.
 *
 * @param entrance of the release that runs, or of the one that cannot; null where none is active
 */
export async function serveBy(
  entrance: Entrance | null,
  { active, removals }: Pick<Serving, "active" | "removals">,
  here: { readonly store: Store; readonly environment: string; readonly now: Time },
): Promise<Serving> {
  await keepDoors(here.store, entrance, here.now);
  const connectors = entrance?.connectors ?? [];
  return serveAgain({ active: active && { ...active, connectors }, removals }, here);
}

/** Serves by what is kept by now of how connectors that only take away are let in. */
export async function serveAgain(
  { active, removals }: Pick<Serving, "active" | "removals">,
  { store, environment }: { readonly store: Store; readonly environment: string },
): Promise<Serving> {
  return serve(active, await readRemovals(store, environment, removals?.notRun));
}

/** The release whose connectors are let in: the one that runs, or that cannot. */
export function releaseOf({ active, removals }: Serving): Release | undefined {
  return active?.active.release ?? removals?.notRun?.why.release;
}

/** By what the writes of a connector are performed; undefined where nothing has it. */
export function runtimeOf(
  { active, removals }: { readonly active: Runtime | null; readonly removals?: Removals | undefined },
  connector: string,
): Runtime | undefined {
  return (
    [active, removals?.runtime].find(
      (runtime) => runtime && Object.hasOwn(runtime.program.release.connectors, connector),
    ) ?? undefined
  );
}

/**
 * The connectors that have left and in whose place another one came: it is at their address, or takes a token of theirs. Their
 * provider goes on with it, and knows their users and groups by the ids of then.
 */
export function predecessorsOf(
  { removals }: Pick<Parameters<typeof runtimeOf>[0], "removals">,
  connector: ConnectorRuntime,
): ConnectorRuntime[] {
  const doors = removals?.doors ?? [];
  return doors.flatMap((door) =>
    door.left !== undefined &&
    door.connector.name !== connector.name &&
    (door.connector.path === connector.path || share(door.known, connector.credentials))
      ? door.connector
      : [],
  );
}

/** The connectors, by their names, whose people a caller reaches: its own, and those in whose place that came. */
export function reachedBy(
  { active, removals }: Parameters<typeof runtimeOf>[0],
  caller: string,
): readonly string[] {
  const known = [...(active?.connectors ?? []), ...(removals?.runtime.connectors ?? [])];
  const connector = known.find(({ name }) => name === caller);
  if (!connector) return [];
  return [caller, ...predecessorsOf({ removals }, connector).map(({ name }) => name)];
}

/** Whether two connectors let in one caller. */
function share(one: Guarded["credentials"], other: Guarded["credentials"]): boolean {
  if (one.kind === "oauth" || other.kind === "oauth")
    return (
      one.kind === "oauth" &&
      other.kind === "oauth" &&
      one.issuer === other.issuer &&
      one.audience === other.audience &&
      one.jwks.href === other.jwks.href &&
      isDeepStrictEqual(one.scopes, other.scopes) &&
      (one.tenant ?? other.tenant) === (other.tenant ?? one.tenant)
    );
  return one.tokens.some(({ hash }) => other.tokens.some((token) => token.hash.equals(hash)));
}
