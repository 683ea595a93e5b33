/** The store on SQLite: the default, on the Mercurial host itself. */
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, type SqliteDatabase } from "kysely";
import { Database } from "./database.ts";
import { checkStore, migrateStore } from "./migrate.ts";
import { type Migrations, sqliteMigrations } from "./migrations.ts";
import { checkWritable, closeToOthers } from "./own-files.ts";
import { beginRun, checkRun, putTogether } from "./run.ts";
import type { OpenStore, Store, Tables } from "./schema.ts";
import { SqliteStoreDialect } from "./sqlite-dialect.ts";
import { SqliteRoom } from "./sqlite-room.ts";
import { Statements } from "./statements.ts";

export interface StoreOptions {
  /** Other steps than those of this version. */
  readonly migrations?: Migrations;
  /** off: the folder and its files may be another user's, where the agent can write to them. */
  readonly strictModes?: "off" | undefined;
  /** How much is kept for removals on a full disk, in bytes. */
  readonly room?: number | undefined;
}

/**
 * Opens the store of an environment in a folder, both made when missing; an older one is brought to this version first.
 *
 * @throws {Error} when another process has it open, or it is one that this version or environment cannot serve, or belongs
 * to another user: then nothing is changed
 */
export async function openStore(
  folder: string,
  environment: string,
  { migrations = sqliteMigrations, strictModes, room }: StoreOptions = {},
): Promise<OpenStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await closeToOthers(folder, 0o700, strictModes);
  checkWritable(folder);
  const file = join(folder, "store.db");
  const lock = takeLock(folder);
  const opened: Store[] = [];
  const close = async () => {
    const [store, ...others] = opened;
    for (const other of others.reverse()) await other.destroy();
    if (store) await putTogether(store);
    await store?.destroy();
    lock.release();
  };
  try {
    if (existsSync(file)) await look(file, environment, migrations);
    // a process that closes a file loses its locks on it, those of a connection too: so only where there is none yet
    else closeSync(openSync(file, "a", 0o600));
    // SQLite gives its journals the mode of the file
    await closeToOthers(file, 0o600, strictModes);
    const store = connect(file);
    opened.push(store);
    await migrateStore(store, environment, migrations);
    await beginRun(store);
    const reads = connect(file);
    opened.push(reads);
    const longReads = connect(file);
    opened.push(longReads);
    return { store, reads, longReads, room: new SqliteRoom(file, store, room), close };
  } catch (error) {
    await close();
    throw notOpened(folder, error);
  }
}

/** Why a store cannot be opened, as a sentence: SQLite names no file. */
function notOpened(folder: string, cause: unknown): unknown {
  const { code, message } = cause as Error & { readonly code?: string };
  if (code === "SQLITE_BUSY") return new Error(`the store in ${folder} is open in another agent`);
  if (!code?.startsWith("SQLITE_")) return cause;
  const isFull = code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR");
  return new Error(
    `the store in ${folder} cannot be opened: ${message}${isFull ? " (is there room on the disk?)" : ""}`,
    { cause },
  );
}

/** The store of a folder that this process has open, for reads of another thread. */
export function openReads(folder: string): Store {
  return storeOn(new Database(join(folder, "store.db"), { readonly: true }));
}

/** An empty store in memory, for what is only tried out. */
export async function openMemoryStore(environment: string): Promise<Store> {
  const store = connect(":memory:");
  await migrateStore(store, environment, sqliteMigrations);
  return store;
}

/** Judges a store before anything is opened for writing. */
async function look(file: string, environment: string, migrations: Migrations): Promise<void> {
  const store = storeOn(new Database(file, { readonly: true }));
  try {
    await checkStore(store, environment, migrations);
    await checkRun(store, file);
  } finally {
    await store.destroy();
  }
}

/** What a connection keeps of the file at most, in KiB: a large write in SQLite's own 2 MiB reads its pages again and again. */
const pageCache = 16_384;

function connect(file: string): Store {
  const database = new Database(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${pageCache}`);
  return storeOn(database);
}

function storeOn(database: Database): Store {
  return new Kysely<Tables>({
    dialect: new SqliteStoreDialect({ database: new Statements(database) as unknown as SqliteDatabase }),
  });
}

/**
 * A second agent on one store would not see what the first one has in memory: it must not start. The lock is an open
 * transaction on a file of its own, so that the system lets go of it however the process ends.
 */
function takeLock(folder: string): { release(): void } {
  const file = join(folder, "agent.lock");
  const isNew = !statSync(file, { throwIfNoEntry: false })?.size;
  const database = new Database(file);
  try {
    // SQLite writes to a file without content when it is locked: the next start shall need no room on the disk
    if (isNew) database.exec("PRAGMA user_version = 1");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw notOpened(folder, error);
  }
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
