/** Whether the structure of an access file is the one that readers and the agent go by: its format, tables, columns, indexes, and nothing else. */
import { readFileSync } from "node:fs";
import { packageFile } from "../../model/package.ts";
import { Database } from "../store/database.ts";
import { haveOwnTables } from "./access-rows.ts";

/** What a file of this format has, for readers and with the agent's own tables. */
interface Expected {
  readonly readers: readonly string[];
  readonly all: readonly string[];
}

let known: Expected | undefined;

/**
 * Why readers or the agent would not find in it what they look for, or more happens in it than they know of; undefined where they do.
 *
 * @param isOwn off: of the agent's own tables, which it makes where they are missing, some may not be there yet
 */
export function structureProblem(database: Database, isOwn?: "off"): string | undefined {
  known ??= expected();
  const found = structureOf(database);
  const { all } = known;
  const wanted = isOwn === "off" ? known.readers : all;
  const lost = wanted.find((part) => !found.includes(part));
  if (lost !== undefined) return `it has no ${lost}`;
  const strange = found.find((part) => !all.includes(part));
  return strange === undefined ? undefined : `it has ${strange}`;
}

function expected(): Expected {
  const plain = new Database(":memory:");
  try {
    plain.exec(readFileSync(packageFile("agent/mercurial/access-schema.sql"), "utf8"));
    const readers = structureOf(plain);
    haveOwnTables(plain);
    return { readers, all: structureOf(plain) };
  } finally {
    plain.close();
  }
}

/** Each part of a file's structure as a text: what SQLite makes of statements, since their spelling says nothing. */
function structureOf(database: Database): string[] {
  const all = (text: string, ...values: string[]) =>
    database
      .prepare(text)
      .raw()
      .all(...values) as (string | number | null)[][];
  const objects = all("SELECT type, name, tbl_name FROM sqlite_schema ORDER BY 1, 2") as [
    string,
    string,
    string,
  ][];
  return [
    `format ${all("PRAGMA user_version")[0]?.[0]}`,
    ...objects.flatMap(([type, name, table]) => {
      if (type === "table")
        return all('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?)', name).map(
          (column) => `table ${name} with the column ${column.join(" ")}`,
        );
      if (type === "index")
        return [
          `index ${name} of ${table} (${all("SELECT name FROM pragma_index_info(?)", name).join(", ")})`,
        ];
      return [`${type} ${name} of ${table}`];
    }),
  ];
}
