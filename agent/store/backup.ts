/**
 * A copy of a store that an agent has open and writes to. It is made by a reader of its own, of one moment: writers do not wait for
 * it. Source: https://sqlite.org/lang_vacuum.html#vacuuminto
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemReason } from "../../model/system-error.ts";
import { Database } from "./database.ts";

/** What a copy holds. */
export interface Backup {
  /** In bytes. */
  readonly size: number;
  /** The number of the newest row of its audit. */
  readonly audit: number;
  /** The digest of the release that is active by it; null for none. */
  readonly release: string | null;
}

/**
 * Makes a copy, whole and on the disk when this answers, that nobody but its owner can open. It takes its time at once: call it in
 * a process of its own.
 *
 * @param folder the store's
 * @param file where the copy is made; nothing may be there
 * @returns a sentence where it cannot be made: then there is nothing
 */
export function backUpStore(folder: string, file: string): Result<Backup, string> {
  if (existsSync(file)) return fail(`${file} is there already (expected the name of a new file)`);
  // by its name it is there whole, or not at all
  const part = `${resolve(file)}.${process.pid}.part`;
  try {
    closeSync(openSync(part, "wx", 0o600));
  } catch (error) {
    return fail(`${file} cannot be written: ${systemReason(error)}`);
  }
  try {
    copyStore(join(folder, "store.db"), part);
    const found = lookInto(part);
    flush(part);
    renameSync(part, file);
    flush(dirname(resolve(file)));
    return ok(found);
  } catch (error) {
    return fail(`the store in ${folder} cannot be copied to ${file}: ${systemReason(error)}`);
  } finally {
    rmSync(part, { force: true });
  }
}

function copyStore(store: string, to: string): void {
  const database = new Database(store);
  try {
    database.prepare("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

/** @throws {Error} with SQLite's reason, where it is not whole */
function lookInto(copy: string): Backup {
  const database = new Database(copy, { readonly: true });
  try {
    const value = (query: string) => database.prepare(query).raw().get() as unknown as unknown[] | undefined;
    const [checked] = value("PRAGMA quick_check") ?? [];
    if (checked !== "ok") throw new Error(String(checked));
    const [audit] = value("SELECT coalesce(max(sequence), 0) FROM audit") ?? [];
    const [release] = value("SELECT digest FROM active") ?? [];
    return { size: statSync(copy).size, audit: Number(audit), release: release ? String(release) : null };
  } finally {
    database.close();
  }
}

/** Has it on the disk. */
function flush(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
