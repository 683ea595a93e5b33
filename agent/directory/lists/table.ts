/** Which attributes the store keeps in columns, and which in tables beside: what SQL can compare. */
import { type RawBuilder, sql } from "kysely";
import { groupColumns, userColumns } from "../rows.ts";
import { keyedAttributes } from "../user-keys.ts";

/** A column with an index, as an attribute is compared: text is folded, a time is a Time. */
export interface Column {
  readonly name: string;
  readonly type: "text" | "time";
  /** Whether some resources have no value there. */
  readonly isNullable: boolean;
}

/** The table of a resource type. Attributes are known by their full path, such as `meta.created`. */
export interface Table {
  readonly name: "users" | "groups";
  /** What rows are read with. */
  readonly rowColumns: readonly string[];
  /** By the path of an attribute that a column holds. */
  readonly columns: ReadonlyMap<string, Column>;
  /** The paths of the attributes in the table `user_keys`. */
  readonly keys: ReadonlySet<string>;
  /**
   * The memberships: the attribute, the column of members and groups with its `value`, and the one with this table's id; and
   * those of one row.
   */
  readonly relation: {
    readonly path: string;
    readonly other: string;
    readonly own: string;
    readonly any: RawBuilder<unknown>;
  };
}

const text = (name: string): Column => ({ name, type: "text", isNullable: false });
const time = (name: string): Column => ({ name, type: "time", isNullable: false });

const commonColumns: readonly (readonly [string, Column])[] = [
  ["id", text("id")],
  ["externalId", { ...text("external_id"), isNullable: true }],
  ["meta.created", time("created")],
  ["meta.lastModified", time("modified")],
];

export const usersTable: Table = {
  name: "users",
  rowColumns: userColumns,
  columns: new Map([...commonColumns, ["userName", text("user_name")]]),
  keys: new Set(keyedAttributes),
  relation: {
    path: "groups",
    other: "groups.id",
    own: "members.user_id",
    any: sql`select 1 from members join groups on groups.roster = members.roster where members.user_id = users.id`,
  },
};

export const groupsTable: Table = {
  name: "groups",
  rowColumns: groupColumns,
  columns: new Map([...commonColumns, ["displayName", text("display_name")]]),
  keys: new Set(),
  relation: {
    path: "members",
    other: "members.user_id",
    own: "groups.id",
    any: sql`select 1 from members where members.roster = groups.roster`,
  },
};
