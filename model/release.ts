/** A release: the canonical form of one environment, and the only form that anything after validation uses. */
import { z } from "zod";
import { canonicalJson, type ReadonlyJson } from "./canonical.ts";
import { Alert } from "./environment/alert.ts";
import { Bounds } from "./environment/bounds.ts";
import { Name, VariableName } from "./environment/common.ts";
import { Connector } from "./environment/connector.ts";
import { canonicalConstraint } from "./environment/constraint/canonical.ts";
import { Constraint } from "./environment/constraint.ts";
import { Delivery, Promotion } from "./environment/delivery.ts";
import { PermissionSet } from "./environment/permission-set.ts";
import { Secret } from "./environment/secret.ts";
import { canonicalSubject, type Subject } from "./environment/subject.ts";
import { Variable } from "./environment/variable.ts";
import type { Environment } from "./environment.ts";
import { groupIndex } from "./groups.ts";
import { foldName } from "./name.ts";

export const Release = z.strictObject({
  environment: Name,
  connectors: z.record(Name, Connector),
  constraints: z.record(Name, Constraint),
  permissions: z.record(Name, PermissionSet),
  variables: z.record(VariableName, Variable),
  secrets: z.record(Name, Secret),
  settings: z.strictObject({
    delivery: Delivery,
    bounds: Bounds.exactOptional(),
    promote: Promotion.exactOptional(),
    alerts: z.array(Alert).min(1).exactOptional(),
  }),
});
export type Release = z.infer<typeof Release>;

/**
 * The release of a checked environment: defaults written out, groups with their connector's name before them,
 * and lists whose order means nothing sorted, so that one meaning has one form.
 */
export function toRelease(name: string, environment: Environment): Release {
  const groups = groupIndex(environment.connectors);
  const qualified = (names: readonly string[]) =>
    sorted(names.map((group) => groups.resolve(group)[0]?.key ?? group));
  return {
    environment: name,
    connectors: mapValues(environment.connectors, canonicalConnector),
    constraints: mapValues(environment.constraints, (constraint) =>
      canonicalConstraint(constraint, qualified),
    ),
    permissions: mapValues(environment.permissions, (set) => canonicalPermissionSet(set, qualified)),
    variables: environment.variables,
    // the order of references has a meaning: the present one first
    secrets: environment.secrets,
    settings: {
      delivery: environment.delivery,
      ...(environment.bounds && {
        bounds: { ...environment.bounds, protected: qualified(environment.bounds.protected) },
      }),
      ...(environment.promote && { promote: environment.promote }),
      ...(environment.alerts.length > 0 && { alerts: sortedByText(environment.alerts.map(canonicalAlert)) }),
    },
  };
}

/** The environment that a release came from; `toRelease` of it is the same release again. */
export function toEnvironment(release: Release): Environment {
  const { environment: _, settings, ...sections } = release;
  return { alerts: [], ...sections, ...settings };
}

function canonicalPermissionSet(
  set: PermissionSet,
  qualified: (groups: readonly string[]) => string[],
): PermissionSet {
  const qualify = (group: string) => qualified([group])[0] ?? group;
  const subjects = (some: readonly Subject[]) =>
    sortedByText(some.map((subject) => canonicalSubject(subject, qualify)));
  return {
    ...set,
    repositories: sorted(set.repositories),
    read: subjects(set.read),
    write: subjects(set.write),
    deny: { read: subjects(set.deny.read), write: subjects(set.deny.write) },
    branches: mapValues(set.branches, qualified),
    bookmarks: mapValues(set.bookmarks, qualified),
    paths: mapValues(set.paths, qualified),
    ...(set.breakGlass && { breakGlass: { ...set.breakGlass, who: qualified(set.breakGlass.who) } }),
  };
}

function canonicalConnector({ auth, extensions, deletions, groups, ...connector }: Connector): Connector {
  return {
    ...connector,
    ...(auth && { auth: { ...auth, allow: sorted(auth.allow) } }),
    // what is so anyway is as if it were not said
    ...(deletions === "never" && { deletions }),
    // what declares nothing is as none
    ...(extensions && Object.keys(extensions).length > 0 && { extensions }),
    groups: [
      ...sorted(groups.filter((group) => typeof group === "string")),
      ...sortedByText(
        groups
          .filter((group) => typeof group === "object")
          .map((group) => ("pattern" in group ? { pattern: foldName(group.pattern) } : group)),
      ),
    ],
  };
}

function canonicalAlert({ on, connectors, ...alert }: Alert): Alert {
  return { ...alert, on: sorted(on), ...(connectors && { connectors: sorted(connectors) }) };
}

function sorted<T extends string>(items: readonly T[]): T[] {
  return [...new Set(items)].sort();
}

/** By canonical JSON, for items that are no text. */
function sortedByText<T extends ReadonlyJson>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, text: canonicalJson(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
