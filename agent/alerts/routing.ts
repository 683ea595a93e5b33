/** Where events go, by what a release says. */
import { milliseconds } from "../../model/duration.ts";
import { defaultCoolDown, type EventKind } from "../../model/environment/alert.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type Backoff, backoffOf, usualBackoff } from "./backoff.ts";

/** One receiver of an event. */
export interface Route {
  /** The variable with its address. */
  readonly destination: string;
  /** Whether people may be named to it. */
  readonly names: boolean;
  /** For how long events of one matter are gathered after the first one. */
  readonly coolDown: Milliseconds;
}

export interface Routed {
  readonly kind: EventKind;
  readonly connector: string | null;
  readonly rule: string | null;
  readonly subject: string;
  readonly destination: string | null;
}

/** What somebody does knowingly: each time is told at once. */
const eachAtOnce: ReadonlySet<EventKind> = new Set(["deployed", "break-glass"]);

/** What happens to one person after the other: without a rule or code they are one matter all the same. */
const ofPeople: ReadonlySet<EventKind> = new Set(["held", "failed"]);

/** What is told once in a while: events of one kind, connector and rule; without a rule, of one subject. */
export function matterOf({ kind, connector, rule, subject }: Routed): string {
  const what = rule ?? (ofPeople.has(kind) ? "" : subject);
  return [kind, connector ?? "", what].join("/");
}

/** The receivers of an event, each once. */
export function routesOf({ settings }: Release, event: Routed): Route[] {
  const routes = new Map<string, Route>();
  const add = (destination: string, names: boolean, coolDown: Milliseconds) => {
    const other = routes.get(destination);
    routes.set(destination, {
      destination,
      names: names || other?.names === true,
      coolDown: Math.min(coolDown, other?.coolDown ?? coolDown),
    });
  };
  const { alerts = [] } = settings;
  for (const { to, on, connectors: only, names = false, coolDown = defaultCoolDown } of alerts)
    if (on.includes(event.kind) && (!only || (event.connector !== null && only.includes(event.connector))))
      add(to.var, names, eachAtOnce.has(event.kind) ? 0 : milliseconds(coolDown));
  const { destination } = event;
  if (destination !== null && !routes.has(destination))
    add(
      destination,
      alerts.some(({ to, names }) => to.var === destination && names === true),
      0,
    );
  return [...routes.values()];
}

/** Who answers for an event: who it says itself, else whoever owns the connector. */
export function answeringFor(
  { connectors }: Pick<Release, "connectors">,
  { owner, connector }: { readonly owner: string | null; readonly connector: string | null },
): string | undefined {
  if (owner !== null) return owner;
  return connector !== null && Object.hasOwn(connectors, connector)
    ? connectors[connector]?.owner
    : undefined;
}

/** How what is told of a connector, or of the host, is tried again. */
export function backoffFor({ connectors }: Release, connector: string | null): Backoff {
  const retry = connector !== null && Object.hasOwn(connectors, connector) && connectors[connector]?.retry;
  return retry ? backoffOf(retry) : usualBackoff;
}

/** Every destination that a release names: of its alerts, and of its break-glasses. */
export function destinationsOf({ settings, permissions }: Release): string[] {
  const all = [
    ...(settings.alerts ?? []).map(({ to }) => to.var),
    ...Object.values(permissions).flatMap(({ breakGlass }) => breakGlass?.alert.var ?? []),
  ];
  return [...new Set(all)].sort();
}
