/** All that the access file holds under a release, as the rows of its tables (access-schema.sql): by these it is written, and compared. */
import { keyOfPlaces, placeKinds } from "../../model/environment/permission-set.ts";
import { endOf, subjectName } from "../../model/environment/subject.ts";
import { patternParts } from "../../model/pattern.ts";
import type { Release } from "../../model/release.ts";
import type { SshKey } from "../../policy/ssh-key.ts";
import { deniedBy } from "../../policy/twin.ts";

/** A group of the store, as the file knows it again. */
export interface CalledGroup {
  /** Its SCIM id. */
  readonly id: string;
  /** By what its name compares, see `nameKey`: what gives nobody access is not told. */
  readonly name: string;
  /** What its members are in the file; empty where nothing selects it. */
  readonly group: string;
}

/** Everything in the file. */
export interface AccessSnapshot {
  /** The digest of the active release, or empty when there is none: then everything is refused. */
  readonly release: string;
  readonly permissions: Release["permissions"];
  readonly accounts: Iterable<{
    readonly account: string;
    readonly active: boolean;
    /** As in an edit. */
    readonly user?: string;
    readonly groups: Iterable<string>;
    /** Nobody else has one of them. */
    readonly keys?: readonly SshKey[];
  }>;
  /** Every group of the store. */
  readonly groups: Iterable<CalledGroup>;
  /** The users whose accounts let nobody in, whatever they have: by SCIM id. */
  readonly suspended: ReadonlySet<string>;
  /** Whether everything is refused, whatever the rows say. */
  readonly isShut?: boolean;
}

// the last time that there is: ECMA-262, section 21.4.1.1
const forGood = 8_640_000_000_000_000;

export const accessTables = {
  accounts: ["account", "active"],
  memberships: ["account", '"group"'],
  grants: ["permission", "effect", "subject", '"right"', "until"],
  restrictions: ["permission", "kind", "place", '"group"'],
  patterns: ["permission", "base", "pattern", "negated"],
  holders: ["account", "user"],
  groups: ["id", "name", '"group"'],
  keys: ["type", "blob", "account"],
  suspended: ["user"],
} as const;
const numbers: readonly string[] = ["active", "until", "negated"];

/** The type of a column of those tables. */
export const typeOfColumn = (column: string): "INTEGER" | "TEXT" =>
  numbers.includes(column) ? "INTEGER" : "TEXT";

export type AccessTable = keyof typeof accessTables;

/** A row: its table, and the values of its columns. Several may be equal. */
export type SnapshotRow = readonly [table: AccessTable, values: readonly (string | number)[]];

/** The rows of a snapshot. */
export function* snapshotRows({
  permissions,
  accounts,
  groups: called,
  suspended,
}: AccessSnapshot): Generator<SnapshotRow> {
  for (const { account, active, user, groups, keys = [] } of accounts) {
    yield ["accounts", [account, active && !suspended.has(user ?? "") ? 1 : 0]];
    if (user !== undefined) yield ["holders", [account, user]];
    if (!active) continue;
    for (const group of groups) yield ["memberships", [account, group]];
    for (const { type, blob } of keys) yield ["keys", [type, blob, account]];
  }
  for (const user of suspended) yield ["suspended", [user]];
  for (const { id, name, group } of called) yield ["groups", [id, name, group]];
  for (const [permission, set] of Object.entries(permissions)) {
    for (const right of ["read", "write"] as const)
      for (const [effect, subjects] of [
        ["allow", set[right]],
        ["deny", set.deny[right]],
      ] as const)
        for (const subject of subjects) {
          const name = subjectName(subject);
          const until = Math.min(endOf(subject), forGood);
          for (const one of effect === "deny" ? deniedBy(name) : [name])
            yield ["grants", [permission, effect, one, right, until]];
        }
    for (const kind of placeKinds)
      for (const [place, groups] of Object.entries(set[keyOfPlaces[kind]]))
        for (const group of groups) yield ["restrictions", [permission, kind, place, group]];
    for (const pattern of set.repositories) {
      const { base, path, negated } = patternParts(pattern);
      yield ["patterns", [permission, base, path, negated ? 1 : 0]];
    }
  }
}
