/** A release: the canonical form of one environment, and the only form that anything after validation uses. */
import { z } from "zod";
import { Bounds } from "./environment/bounds.ts";
import { Name, VariableName } from "./environment/common.ts";
import { Connector } from "./environment/connector.ts";
import { Constraint } from "./environment/constraint.ts";
import { Delivery, Promotion } from "./environment/delivery.ts";
import { PermissionSet } from "./environment/permission-set.ts";
import { Secret } from "./environment/secret.ts";
import { Variable } from "./environment/variable.ts";
import type { Environment } from "./environment.ts";
import { groupIndex } from "./groups.ts";

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
    connectors: mapValues(environment.connectors, (connector) => ({
      ...connector,
      groups: sorted(connector.groups),
    })),
    constraints: mapValues(environment.constraints, (constraint) => ({
      ...constraint,
      on: sorted(constraint.on),
    })),
    permissions: mapValues(environment.permissions, (set) => ({
      ...set,
      repositories: sorted(set.repositories),
      read: qualified(set.read),
      write: qualified(set.write),
      branches: mapValues(set.branches, qualified),
    })),
    variables: environment.variables,
    // the order of references has a meaning: the present one first
    secrets: environment.secrets,
    settings: {
      delivery: environment.delivery,
      ...(environment.bounds && {
        bounds: { ...environment.bounds, protected: qualified(environment.bounds.protected) },
      }),
      ...(environment.promote && { promote: environment.promote }),
    },
  };
}

/** The environment that a release came from; `toRelease` of it is the same release again. */
export function toEnvironment(release: Release): Environment {
  const { environment: _, settings, ...sections } = release;
  return { ...sections, ...settings };
}

function sorted<T extends string>(items: readonly T[]): T[] {
  return [...new Set(items)].sort();
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
