/** A store's file, looked at without its agent. */
import Database from "libsql";

/** Everything in it: what its tables are, their rows, and the numbers that were given. */
export function dumpOf(file: string): Record<string, unknown[]> {
  const database = new Database(file, { readonly: true });
  const rows = (query: string) => database.prepare(query).raw().all();
  const tables = rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map(String);
  const dump = Object.fromEntries(
    tables.map((table) => {
      const keys = rows(`PRAGMA table_info("${table}")`).length > 1 ? "1, 2" : "1";
      return [table, rows(`SELECT * FROM "${table}" ORDER BY ${keys}`)];
    }),
  );
  const schema = rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2");
  database.close();
  return { ...dump, schema };
}

/** Changes it while no agent has it open. */
export function change(file: string, statements: string): void {
  const database = new Database(file);
  database.exec(statements);
  database.close();
}
