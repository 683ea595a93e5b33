/** Statements that are prepared once: preparing takes as long as most of them do. */
import type Database from "libsql";
import { LRUCache } from "lru-cache";

/** The most statements of one connection that are kept; lists of varying length make many. */
const mostStatements = 300;

/** A connection that gives the same statement again for the same text. */
export class Statements {
  readonly #database: Database.Database;
  readonly #kept = new LRUCache<string, Database.Statement>({ max: mostStatements });

  constructor(database: Database.Database) {
    this.#database = database;
  }

  prepare(text: string): Database.Statement {
    const kept = this.#kept.get(text);
    if (kept) return kept;
    const statement = this.#database.prepare(text);
    this.#kept.set(text, statement);
    return statement;
  }

  close(): void {
    this.#database.close();
  }
}

/** The list, perhaps with its last element repeated: statements with lists in them then come in few lengths. */
export function padded<T>(list: readonly T[]): T[] {
  const last = list.at(-1);
  if (last === undefined) return [];
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return [...list, ...Array<T>(length - list.length).fill(last)];
}
