/** The store on SQLite: the default, on the Mercurial host itself. */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, type SqliteDatabase } from "kysely";
import Database from "libsql";
import { prepareStore, type Store, type Tables } from "./schema.ts";
import { SqliteStoreDialect } from "./sqlite-dialect.ts";
import { Statements } from "./statements.ts";

export interface OpenStore {
  /** For writes, one at a time. */
  readonly store: Store;
  /** For reads, which see what is committed and never wait for a write. */
  readonly reads: Store;
  close(): Promise<void>;
}

/**
 * Opens the store of an environment in a folder, both made when missing.
 *
 * @throws {Error} when another process has it open, or it is the store of another environment
 */
export async function openStore(folder: string, environment: string): Promise<OpenStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const lock = takeLock(folder);
  try {
    const store = connect(join(folder, "store.db"));
    await prepareStore(store, environment);
    const reads = connect(join(folder, "store.db"));
    return {
      store,
      reads,
      async close() {
        await reads.destroy();
        await store.destroy();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** An empty store in memory, for what is only tried out. */
export async function openMemoryStore(environment: string): Promise<Store> {
  const store = connect(":memory:");
  await prepareStore(store, environment);
  return store;
}

function connect(file: string): Store {
  const database = new Database(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  return new Kysely<Tables>({
    dialect: new SqliteStoreDialect({ database: new Statements(database) as unknown as SqliteDatabase }),
  });
}

/**
 * A second agent on one store would not see what the first one has in memory: it must not start. The lock is an open
 * transaction on a file of its own, so that the system lets go of it however the process ends.
 */
function takeLock(folder: string): { release(): void } {
  const database = new Database(join(folder, "agent.lock"));
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
    throw new Error(`the store in ${folder} is open in another agent`);
  }
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
