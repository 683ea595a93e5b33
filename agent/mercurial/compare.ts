/** What an access file holds beside what it should: table by table, and whether its structure is the one that readers and the agent go by. */

import type { Time } from "../../model/time.ts";
import { Database } from "../store/database.ts";
import { applicationId, shutId } from "./access-ids.ts";
import {
  type AccessSnapshot,
  type AccessTable,
  accessTables,
  snapshotRows,
  typeOfColumn,
} from "./snapshot-rows.ts";
import { structureProblem } from "./structure.ts";

/** What is wrong with one part of the file: it names nobody. */
export interface AccessDifference {
  /** A table; or `structure`, which only another file mends. */
  readonly part: AccessTable | "meta" | "structure";
  /** Rows that should be there and are not. */
  readonly missing: number;
  /** Rows that are there and should not be. */
  readonly extra: number;
  /** What it is, where it is no row. */
  readonly what?: string;
}

export interface ComparedAccess extends AccessSnapshot {
  readonly environment: string;
  /** Rules that have ended by then give nobody anything: whether they are still there is the same. */
  readonly now: Time;
}

/**
 * Compares an access file that nobody writes to, such as a copy, with what it should hold.
 *
 * @returns nothing where the two are equal
 */
export function compareAccess(file: string, wanted: ComparedAccess): AccessDifference[] {
  let database: Database | undefined;
  try {
    database = new Database(file, { readonly: true });
    const structure = problemOf(database, wanted.isShut ?? false);
    if (structure !== undefined) return [{ part: "structure", missing: 0, extra: 0, what: structure }];
    return [...compareMeta(database, wanted), ...compareRows(database, wanted)];
  } catch (error) {
    // what SQLite cannot read is no access file to Mercurial either
    const { code = "", message } = error as Error & { readonly code?: string };
    if (!/^SQLITE_(CORRUPT|NOTADB|ERROR|FORMAT|CANTOPEN|READONLY)/.test(code)) throw error;
    return [{ part: "structure", missing: 0, extra: 0, what: message }];
  } finally {
    database?.close();
  }
}

function compareMeta(database: Database, { environment, release }: ComparedAccess): AccessDifference[] {
  const wanted = new Set([keyOf(["environment", environment]), keyOf(["release", release])]);
  let extra = 0;
  for (const row of database.prepare("SELECT key, value FROM meta").raw().all() as unknown[][])
    if (!wanted.delete(keyOf(row))) extra++;
  return differing("meta", wanted.size, extra);
}

function compareRows(database: Database, wanted: ComparedAccess): AccessDifference[] {
  const missing = new Map<AccessTable, Set<string>>();
  for (const [table, values] of snapshotRows(wanted)) {
    const rows = missing.get(table) ?? new Set();
    missing.set(table, rows.add(keyOf(values)));
  }
  return (Object.keys(accessTables) as AccessTable[]).flatMap((table) => {
    const left = missing.get(table) ?? new Set();
    let extra = 0;
    for (const row of keysIn(database, table, wanted.now)) if (row === null || !left.delete(row)) extra++;
    return differing(table, left.size, extra);
  });
}

/** No name has a control character in it. */
const separator = "\u0001";
const keyOf = (values: readonly unknown[]): string => values.join(separator);

/** The rows of a table by their keys, all in one text, since reading them one by one takes longer; null for one whose values are of no type that readers look for. */
function keysIn(database: Database, table: AccessTable, now: Time): (string | null)[] {
  const columns: readonly string[] = accessTables[table];
  const key = columns.join(` || '${separator}' || `);
  const typed = columns
    .map((column) => `typeof(${column}) = '${typeOfColumn(column).toLowerCase()}'`)
    .join(" AND ");
  // what has ended gives nobody anything
  const living = table === "grants" ? `WHERE until > ${now}` : "";
  const [text] = database
    .prepare(`SELECT json_group_array(CASE WHEN ${typed} THEN ${key} END) FROM ${table} ${living}`)
    .raw()
    .get() as unknown as [string];
  return JSON.parse(text);
}

function differing(part: AccessDifference["part"], missing: number, extra: number): AccessDifference[] {
  return missing + extra > 0 ? [{ part, missing, extra }] : [];
}

/** Why readers or the agent would not find in it what they look for, or more happens in it than they know of. */
function problemOf(database: Database, isShut: boolean): string | undefined {
  const one = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (one("application_id") !== (isShut ? shutId : applicationId))
    return isShut ? "it is not shut" : "it is not marked as an access file that lets anybody in";
  const problem = structureProblem(database);
  if (problem !== undefined) return problem;
  const broken = String(one("integrity_check"));
  return broken === "ok" ? undefined : `it is damaged: ${broken.replaceAll("\n", ", ")}`;
}
