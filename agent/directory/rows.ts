/** Rows of users and groups, as they are read. */
import type { Selectable } from "kysely";
import type { Tables } from "../store/schema.ts";

/** A row without the sequence number, which only orders lists. */
type Row<T> = Omit<Selectable<T>, "sequence">;

/** A user is known by the id: that the name is another's too changes nothing about one. */
export type UserRow = Omit<Row<Tables["users"]>, "twin">;
export type GroupRow = Row<Tables["groups"]>;

/** The columns of such a row. */
export const userColumns = [
  "id",
  "connector",
  "user_name",
  "external_id",
  "resource",
  "account",
  "identity",
  "claimed",
  "lapsed",
  "withheld",
  "withheld_since",
  "speaks_of",
  "named",
  "created",
  "modified",
  "version",
] as const;

/** As `userColumns`. */
export const groupColumns = [
  "id",
  "connector",
  "display_name",
  "twin",
  "external_id",
  "resource",
  "roster",
  "created",
  "modified",
  "version",
] as const;

// SQLite takes 32,766 values in one statement, and other engines take fewer
const chunkSize = 500;

/** A list in pieces that fit into one statement. */
export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += chunkSize) yield items.slice(i, i + chunkSize);
}
