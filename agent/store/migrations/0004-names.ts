/**
 * Names are kept as they compare (model/name.ts). Stored ones may turn out to be one name: all of them stay, and one is it.
 * Of groups that is the one that the active release declares exactly, or in another case, as that gave access until now; else
 * the one that is written plainly; else none. A twin is marked, so that no new one can come.
 */
import { type Kysely, sql } from "kysely";
import { foldName } from "../../../model/name.ts";

/** The step. */
export async function names(db: Kysely<unknown>): Promise<void> {
  const declared = await declaredGroups(db);
  await refold(db, { table: "users", column: "user_name", attribute: "userName" }, new Set());
  await refold(db, { table: "groups", column: "display_name", attribute: "displayName" }, declared);
}

interface Names {
  readonly table: string;
  readonly column: string;
  readonly attribute: string;
}

interface Named {
  readonly sequence: number;
  readonly connector: string;
  readonly name: string;
  /** The key as it was: the name in lower case. */
  readonly key: string;
}

async function refold(db: Kysely<unknown>, names: Names, declared: ReadonlySet<string>): Promise<void> {
  const { table, column, attribute } = names;
  await makeAnew(db, names);
  const { rows } = await sql<Named>`SELECT sequence, connector, ${sql.ref(column)} AS key,
    COALESCE(json_extract(resource, ${`$.${attribute}`}), ${sql.ref(column)}) AS name
    FROM ${sql.table(table)} ORDER BY sequence`.execute(db);
  const alike = new Map<string, Named[]>();
  for (const row of rows) {
    const key = `${row.connector}/${foldName(row.name)}`;
    const others = alike.get(key);
    if (others) others.push(row);
    else alike.set(key, [row]);
  }
  for (const same of alike.values()) {
    const first = same.length > 1 ? same.find(isFirst(same, declared)) : same[0];
    for (const row of same) {
      const [key, twin] = [foldName(row.name), row === first ? 0 : 1];
      if (key !== row.key || twin !== 0)
        await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${key}, twin = ${twin}
          WHERE sequence = ${row.sequence}`.execute(db);
    }
  }
  // lists go by the first one, which has them in the order of creation too
  for (const statement of [
    `CREATE INDEX ${table}_name ON ${table} (connector, ${column})`,
    `CREATE UNIQUE INDEX ${table}_name_once ON ${table} (connector, ${column}) WHERE twin = 0`,
  ])
    await sql.raw(statement).execute(db);
}

/** Which of several rows has the name: the first way to tell that tells one. */
function isFirst(rows: readonly Named[], declared: ReadonlySet<string>): (row: Named) => boolean {
  const lower = new Set([...declared].map((name) => name.toLowerCase()));
  const ways: ((row: Named) => boolean)[] = [
    ({ connector, name }) => declared.has(`${connector}/${name}`),
    ({ connector, key }) => lower.has(`${connector}/${key}`),
    ({ name, key }) => key === foldName(name),
  ];
  return ways.find((way) => rows.some(way)) ?? (() => false);
}

/** The table without its old rule of uniqueness, which SQLite lets go of only so; its columns stay, whichever there are. */
async function makeAnew(db: Kysely<unknown>, { table, column }: Names): Promise<void> {
  const { rows } = await sql<{ type: string; sql: string }>`SELECT type, sql FROM sqlite_master
    WHERE tbl_name = ${table} AND sql IS NOT NULL ORDER BY type DESC, name`.execute(db);
  const statements = rows.map(({ type, sql: text }) =>
    type === "table"
      ? text
          .replace(/^[^(]*/, `CREATE TABLE ${table}_4 `)
          .replace(new RegExp(`,\\s*UNIQUE \\(connector, ${column}\\)`), "")
      : text,
  );
  const [create = "", ...indexes] = statements;
  const all = [
    ...[create, `INSERT INTO ${table}_4 SELECT * FROM ${table}`, `DROP TABLE ${table}`],
    ...[`ALTER TABLE ${table}_4 RENAME TO ${table}`, ...indexes],
    `ALTER TABLE ${table} ADD COLUMN twin INTEGER NOT NULL DEFAULT 0`,
  ];
  for (const statement of all) await sql.raw(statement).execute(db);
}

/** The groups that the active release declares by their names, `connector/name`. */
async function declaredGroups(db: Kysely<unknown>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ release: string | null }>`SELECT releases.release FROM activations
    LEFT JOIN releases ON releases.digest = activations.digest ORDER BY activations.sequence DESC LIMIT 1`.execute(
    db,
  );
  const { connectors = {} } = JSON.parse(rows[0]?.release ?? "{}") as {
    readonly connectors?: Readonly<Record<string, { readonly groups?: readonly unknown[] }>>;
  };
  return new Set(
    Object.entries(connectors).flatMap(([connector, { groups = [] }]) =>
      groups.flatMap((group) => (typeof group === "string" ? `${connector}/${group}` : [])),
    ),
  );
}
