/**
 * Brings a store to the tables of this version, whole or not at all, and holds it to one environment. One that this
 * version cannot serve is left as it is.
 */
import { type Kysely, Migrator, sql } from "kysely";
import { dialectOf } from "./dialect.ts";
import type { Migrations } from "./migrations.ts";
import type { Store } from "./schema.ts";

/** What a store of any version has. */
interface Versioned {
  meta: { key: string; value: string };
  kysely_migration: { name: string };
}

const newer = "start the hgscim that it belongs to, or put back a copy of the data folder from before";

/**
 * Looks whether a store can be served, and writes nothing.
 *
 * @returns whether it has taken all steps
 * @throws {Error} with what to do, when it is of a newer version or another environment
 */
export async function checkStore(
  store: Store,
  environment: string,
  migrations: Migrations,
): Promise<boolean> {
  const { meta, taken } = await read(store as unknown as Kysely<Versioned>);
  const known = Object.keys(migrations);
  const step = taken.find((name) => !known.includes(name));
  if (step !== undefined)
    throw new Error(`the store has taken the step "${step}", which this hgscim does not know (${newer})`);
  const version = meta.get("version") ?? "0";
  if (!(Number(version) <= known.length))
    throw new Error(
      `the store is of version "${version}", and this hgscim knows none after "${known.length}" (${newer})`,
    );
  const found = meta.get("environment");
  if (found !== undefined && found !== environment)
    throw new Error(`the store is of environment "${found}" (expected "${environment}")`);
  return taken.length === known.length && found !== undefined;
}

async function read(
  store: Kysely<Versioned>,
): Promise<{ readonly meta: ReadonlyMap<string, string>; readonly taken: readonly string[] }> {
  const tables = await store.introspection.getTables({ withInternalKyselyTables: true });
  const has = (table: keyof Versioned) => tables.some(({ name }) => name === table);
  const meta = has("meta") ? await store.selectFrom("meta").select(["key", "value"]).execute() : [];
  const taken = has("kysely_migration")
    ? await store.selectFrom("kysely_migration").select("name").orderBy("name").execute()
    : [];
  return { meta: new Map(meta.map(({ key, value }) => [key, value])), taken: taken.map(({ name }) => name) };
}

/**
 * Takes the steps that a store has not taken yet, all in one transaction.
 *
 * @throws {Error} as `checkStore`; or when a step fails, and the store is as it was
 */
export async function migrateStore(store: Store, environment: string, migrations: Migrations): Promise<void> {
  if (await checkStore(store, environment, migrations)) return;
  const version = String(Object.keys(migrations).length);
  await store.connection().execute(async (connection) => {
    await dialectOf(connection).begin.execute(connection);
    try {
      const migrator = new Migrator({
        db: connection,
        provider: { getMigrations: async () => migrations },
        // there is one around it, since kysely makes its own tables outside of its own
        disableTransactions: true,
        // it would go by the times of the steps, and clocks are set back
        allowUnorderedMigrations: true,
      });
      const { error } = await migrator.migrateToLatest();
      if (error) throw error;
      // agents before there were steps go by this number
      await connection.deleteFrom("meta").where("key", "in", ["version", "environment"]).execute();
      await connection
        .insertInto("meta")
        .values([
          { key: "version", value: version },
          { key: "environment", value: environment },
        ])
        .execute();
      await sql`COMMIT`.execute(connection);
    } catch (cause) {
      // an engine may have taken it back by itself
      await sql`ROLLBACK`.execute(connection).catch(() => undefined);
      throw new Error(
        `the store cannot be brought to version ${version} and is as it was before: ${(cause as Error).message}`,
        { cause },
      );
    }
  });
}
