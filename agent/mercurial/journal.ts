/**
 * The journal beside the access file, by which SQLite takes back what was half written. It is there, and as long as a large removal
 * needs it, before it is needed: a disk that is full keeps nobody in. What nothing has to be taken back by begins with zeros, and
 * readers pass it over. Source: https://www.sqlite.org/fileformat.html, section 3.
 */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import type { Database } from "../store/database.ts";
import { accessFileMode, closeAccessFile } from "./closed.ts";

/** In bytes: the pages of some 50,000 memberships. */
const usual = 4 * 1024 * 1024;

/**
 * Has a connection leave the journal where it is from now on, and makes it as long as it is to be, where the disk has room for it.
 *
 * @param database a connection to the file, by which nothing was done yet
 */
export function keepJournal(database: Database, file: string, kept = usual): void {
  database.exec("PRAGMA journal_mode = PERSIST");
  // what a killed agent left half written is taken back by the first read, and the journal is free then
  database.prepare("SELECT count(*) FROM meta").get();
  const journal = `${file}-journal`;
  lengthen(journal, kept);
  // one of before, too: who cannot read it takes it for one that has to be taken back, and nobody else is to read it
  closeAccessFile(journal);
}

function lengthen(journal: string, kept: number): void {
  const size = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= kept) return;
  const descriptor = openSync(journal, "a", accessFileMode);
  try {
    writeSync(descriptor, Buffer.alloc(kept - size));
  } catch (error) {
    if (!/^(ENOSPC|EDQUOT|EFBIG)$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    closeSync(descriptor);
  }
}
