/**
 * The groups that permission sets may name: `connector/group`, or `group` where one connector alone selects it. A name
 * compares as in name.ts, and has one key, whichever way it was selected: release, access file and SCIM agree by it.
 */
import { isDerived } from "./environment/connector/selection.ts";
import type { Environment } from "./environment.ts";
import { Glob } from "./glob.ts";
import { type NearName, nearestOf } from "./likeness.ts";
import { foldName } from "./name.ts";

export interface Group {
  readonly connector: string;
  /** As the connector's selection spells it; what only a pattern selects, folded. */
  readonly name: string;
  /** `connector/group`: how a release, the access file and messages name it. */
  readonly key: string;
}

export interface GroupIndex {
  /** Every group that is selected by its name, or derived. */
  readonly all: readonly Group[];
  /** Every group that a name in a permission set could mean: none is unknown, several is ambiguous. */
  resolve(name: string): readonly Group[];
  /** The selected group of a connector that the identity provider calls so. No derived one: nobody joins those. */
  find(connector: string, displayName: string): Group | undefined;
  /** What selects no group of that name, and almost does. */
  findNear(connector: string, displayName: string): NearName | undefined;
}

/** What one connector selects, by folded names. */
interface Selected {
  readonly named: ReadonlyMap<string, Group>;
  readonly derived: ReadonlyMap<string, Group>;
  readonly patterns: readonly Glob[];
  readonly nearest: ReturnType<typeof nearestOf>;
}

/** An index over the groups that the connectors of an environment select. */
export function groupIndex(connectors: Environment["connectors"]): GroupIndex {
  const selected = new Map(
    Object.entries(connectors).map(([connector, { groups }]) => [connector, selectedBy(connector, groups)]),
  );
  const find = (connector: string, displayName: string) => {
    const name = foldName(displayName);
    const { named, derived, patterns = [] }: Partial<Selected> = selected.get(connector) ?? {};
    const group = named?.get(name);
    if (group || derived?.has(name)) return group;
    return patterns.some((pattern) => pattern.matches(name)) ? groupOf(connector, name) : undefined;
  };
  const resolveIn = (connector: string, name: string) =>
    find(connector, name) ?? selected.get(connector)?.derived.get(foldName(name));
  const resolveAnew = (name: string): readonly Group[] => {
    const slash = name.indexOf("/");
    const qualified =
      slash < 0 ? undefined : resolveIn(foldName(name.slice(0, slash)), name.slice(slash + 1));
    if (qualified) return [qualified];
    return [...selected.keys()].flatMap((connector) => resolveIn(connector, name) ?? []);
  };
  // a few names stand in thousands of permission sets
  const resolved = new Map<string, readonly Group[]>();
  return {
    all: [...selected.values()].flatMap(({ named, derived }) => [...named.values(), ...derived.values()]),
    resolve(name) {
      const groups = resolved.get(name) ?? resolveAnew(name);
      resolved.set(name, groups);
      return groups;
    },
    find,
    findNear(connector, displayName) {
      return resolveIn(connector, displayName) ? undefined : selected.get(connector)?.nearest(displayName);
    },
  };
}

function selectedBy(connector: string, selections: Environment["connectors"][string]["groups"]): Selected {
  const byName = (names: readonly string[]) =>
    new Map(names.map((name) => [foldName(name), groupOf(connector, name)]));
  const names = selections.filter((selection) => typeof selection === "string");
  const patterns = selections.flatMap((selection) =>
    typeof selection === "object" && "pattern" in selection ? selection.pattern : [],
  );
  return {
    named: byName(names),
    derived: byName(selections.filter(isDerived).map(({ name }) => name)),
    patterns: patterns.map((pattern) => new Glob(foldName(pattern))),
    nearest: nearestOf(names, patterns),
  };
}

function groupOf(connector: string, name: string): Group {
  return { connector, name, key: `${connector}/${name}` };
}
