/** Statements that are prepared once: preparing takes as long as most of them do. */
import type Database from "libsql";

/** The most statements of one connection that are kept; lists of varying length make many. */
const mostStatements = 300;

/** A connection that gives the same statement again for the same text. */
export class Statements {
  readonly #database: Database.Database;
  readonly #kept = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  prepare(text: string): Database.Statement {
    const statement = this.#kept.get(text) ?? this.#database.prepare(text);
    // the one that was used last comes last
    this.#kept.delete(text);
    this.#kept.set(text, statement);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > mostStatements) this.#kept.delete(oldest);
    return statement;
  }

  close(): void {
    this.#database.close();
  }
}
