/** Statements that are prepared once: preparing takes as long as most of them do. */

import { LRUCache } from "lru-cache";
import type { Database, Statement } from "./database.ts";

/** The most statements of one connection that are kept; lists of varying length make many. */
const mostStatements = 300;

/** A connection that gives the same statement again for the same text. */
export class Statements {
  readonly #database: Database;
  readonly #kept = new LRUCache<string, Statement>({ max: mostStatements });

  constructor(database: Database) {
    this.#database = database;
  }

  prepare(text: string): Statement {
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
