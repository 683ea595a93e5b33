/**
 * An access file that somebody has changed so that the agent does not notice, as a fault of the disk or another program could: the bytes by
 * which SQLite tells its connections of a write are what they were. Source: https://www.sqlite.org/fileformat.html, section 1.3.
 */
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import Database from "libsql";

/** The change counter, and what stands beside it until the free pages. */
const told = { from: 24, to: 40 };
const valid = { from: 92, to: 96 };

/** Changes the file by statements. */
export function tamper(file: string, ...statements: readonly string[]): void {
  const copy = `${file}-tampered`;
  copyFileSync(file, copy);
  const database = new Database(copy);
  for (const statement of statements) database.exec(statement);
  database.close();
  const bytes = readFileSync(copy);
  const before = readFileSync(file);
  for (const { from, to } of [told, valid]) before.copy(bytes, from, from, to);
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, 0);
  closeSync(descriptor);
  rmSync(copy);
}
