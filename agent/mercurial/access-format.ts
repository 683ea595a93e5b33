/** What an access file is, and how one is made that nobody has access by. */
import { closeSync, openSync, statSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { packageFile } from "../../model/package.ts";
import { Database } from "../store/database.ts";
import { applicationId, shutId } from "./access-ids.ts";
import { accessFileMode, closeAccessFile } from "./closed.ts";

// see access-schema.sql
const accessFormat = 6;

/** That somebody holds a file by a lock, or there is no room to open it: it says nothing of what the file is. */
const passing = /^SQLITE_(BUSY|LOCKED|NOMEM|FULL)/;

/**
 * Whether what is at a path is the access file of an environment, whole and of this format.
 *
 * @throws {Error} when that cannot be told now: it is not to be replaced for that
 */
export function isAccessFile(file: string, environment: string): boolean {
  let database: Database | undefined;
  try {
    database = new Database(file);
    const health = database.prepare("PRAGMA quick_check").get() as { quick_check: string };
    const kind = database.prepare("PRAGMA application_id").get() as { application_id: number };
    const version = database.prepare("PRAGMA user_version").get() as { user_version: number };
    const found = database.prepare("SELECT value FROM meta WHERE key = 'environment'").get() as
      | { value: string }
      | undefined;
    return (
      [applicationId, shutId].includes(kind.application_id) &&
      health.quick_check === "ok" &&
      version.user_version === accessFormat &&
      found?.value === environment
    );
  } catch (error) {
    if (passing.test(String((error as { code?: string }).code))) throw error;
    return false;
  } finally {
    database?.close();
  }
}

/**
 * Makes an access file that refuses everything, in one step: a reader finds the old file or the new one.
 *
 * @throws {Error} with a sentence, when a folder is in its way
 */
export async function createAccessFile(file: string, environment: string): Promise<void> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${file} is in the way of the access file (expected a file, or nothing there)`);
  await replaceBy(file, async (draft) => {
    const database = new Database(draft);
    database.exec(await readFile(packageFile("agent/mercurial/access-schema.sql"), "utf8"));
    const insert = database.prepare("INSERT INTO meta (key, value) VALUES (?, ?)");
    insert.run("environment", environment);
    insert.run("release", "");
    database.close();
  });
}

/**
 * Puts a copy of the agent's own in the place of an access file that is another user's, such as one that root has put back: it says
 * the same, and the agent can close it and write to it.
 *
 * @param file one that is whole, see `isAccessFile`
 */
export async function adoptAccessFile(file: string): Promise<void> {
  await replaceBy(file, async (draft) => writeFile(draft, await readFile(file)));
}

/** In one step: a reader finds the old file or the new one. */
async function replaceBy(file: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  // closed from its first moment: a lock on the draft would be one on the file
  closeSync(openSync(draft, "wx", accessFileMode));
  try {
    await fill(draft);
    closeAccessFile(draft);
    await rm(`${file}-journal`, { force: true });
    await rename(draft, file);
  } catch (error) {
    // where the disk is full, nothing half done takes up room
    for (const end of ["", "-journal"]) await rm(`${draft}${end}`, { force: true });
    throw error;
  }
}
