/** SQL as SQLite has it. */
import { type SqlBool, SqliteAdapter, SqliteDialect, sql } from "kysely";
import type { SqlDialect, StoreAdapter } from "./dialect.ts";

const sqlite: SqlDialect = {
  textIn: (column, attribute) => sql<string>`json_extract(${sql.ref(column)}, ${`$.${attribute}`})`,
  contains: (text, part) => sql<SqlBool>`instr(${text}, ${part}) > 0`,
  endsWith: (text, end) =>
    end === "" ? sql<SqlBool>`true` : sql<SqlBool>`substr(${text}, ${-[...end].length}) = ${end}`,
  gathered: (column) => sql<string>`json_group_array(${sql.ref(column)})`,
  listOf,
  isAmong: (column, values) =>
    values.length === 0
      ? sql<SqlBool>`false`
      : values.length > mostPadded
        ? sql<SqlBool>`${sql.ref(column)} in (select value from ${listOf(values)})`
        : sql<SqlBool>`${sql.ref(column)} in (${sql.join(padded(values))})`,
  tableNamed: (name) => sql`select name from sqlite_master where type = 'table' and name = ${name}`,
  // no index is on an expression, and the sign makes one
  unindexed: (column) => sql`+${sql.ref(column)}`,
  sortKey: (column, isDescending, isNullable) => {
    const nulls = isNullable ? (isDescending ? sql` nulls first` : sql` nulls last`) : sql``;
    return sql`${sql.ref(column)} ${isDescending ? sql`desc` : sql`asc`}${nulls}`;
  },
  // one that began by reading could not write any more when another one has written meanwhile
  begin: sql`BEGIN IMMEDIATE`,
  // the innermost one of a name is meant, so that one name will do
  savepoint: { set: sql`SAVEPOINT work`, release: sql`RELEASE work`, rollBack: sql`ROLLBACK TO work` },
};

/** The most values that are parameters of their own: binding each takes longer than looking it up. */
const mostPadded = 64;

function listOf(values: readonly (string | number)[]) {
  return sql<{ value: string }>`json_each(${JSON.stringify(values)})`;
}

/** The list, perhaps with its last element repeated: a statement is prepared for each length, and there are few. */
function padded<T>(list: readonly T[]): T[] {
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return [...list, ...Array<T>(length - list.length).fill(list.at(-1) as T)];
}

class SqliteStoreAdapter extends SqliteAdapter implements StoreAdapter {
  readonly dialect = sqlite;
}

/** Kysely's part of it. */
export class SqliteStoreDialect extends SqliteDialect {
  override createAdapter(): SqliteStoreAdapter {
    return new SqliteStoreAdapter();
  }
}
