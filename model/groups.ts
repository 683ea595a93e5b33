/** The groups that permission sets may name: `connector/group`, or `group` where one connector alone selects it. */
import type { Environment } from "./environment.ts";

export interface Group {
  readonly connector: string;
  /** The displayName, as the connector's selection spells it. */
  readonly name: string;
  /** `connector/group`: how a release, the access file and messages name it. */
  readonly key: string;
}

export interface GroupIndex {
  readonly all: readonly Group[];
  /** Every group that a name in a permission set could mean: none is unknown, several is ambiguous. */
  resolve(name: string): readonly Group[];
  /** The selected group of a connector with this displayName, compared without case. */
  find(connector: string, displayName: string): Group | undefined;
}

/** An index over the groups that the connectors of an environment select. */
export function groupIndex(connectors: Environment["connectors"]): GroupIndex {
  const all = Object.entries(connectors).flatMap(([connector, { groups }]) =>
    groups.map((name) => ({ connector, name, key: `${connector}/${name}` })),
  );
  const byKey = new Map(all.map((group) => [group.key.toLowerCase(), group]));
  const byName = new Map<string, Group[]>();
  for (const group of byKey.values()) {
    const name = group.name.toLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), group]);
  }
  return {
    all,
    resolve(name) {
      const exact = byKey.get(name.toLowerCase());
      return exact ? [exact] : (byName.get(name.toLowerCase()) ?? []);
    },
    find: (connector, displayName) => byKey.get(`${connector}/${displayName}`.toLowerCase()),
  };
}
