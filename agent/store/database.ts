/** SQLite's binding, and the only place that calls it: in a thread that may be ended, each call passes that thread's gate. */
import Binding from "libsql";
import type { NativeGate } from "./native-gate.ts";

let pass = <T>(call: () => T): T => call();

/** From now on every call in this thread passes a gate. */
export function guardCalls(gate: NativeGate): void {
  pass = (call) => gate.pass(call);
}

/** A connection to a file, which is made where it is missing. */
export class Database {
  readonly #database: Binding.Database;

  constructor(file: string, { readonly = false }: { readonly readonly?: boolean } = {}) {
    this.#database = pass(() => new Binding(file));
    // the binding takes no notice of its own option
    if (readonly) this.exec("PRAGMA query_only = ON");
  }

  get inTransaction(): boolean {
    return pass(() => this.#database.inTransaction);
  }

  prepare(text: string): Statement {
    return new Statement(pass(() => this.#database.prepare(text)));
  }

  exec(text: string): void {
    pass(() => this.#database.exec(text));
  }

  close(): void {
    pass(() => this.#database.close());
  }
}

/** A statement of a connection. */
export class Statement {
  readonly #statement: Binding.Statement;

  constructor(statement: Binding.Statement) {
    this.#statement = statement;
  }

  /** Whether it has rows. */
  get reader(): boolean {
    return pass(() => this.#statement.reader);
  }

  /** Rows are lists of values from now on. */
  raw(): this {
    pass(() => this.#statement.raw());
    return this;
  }

  run(...values: unknown[]): Binding.RunResult {
    return pass(() => this.#statement.run(...values));
  }

  get(...values: unknown[]): unknown {
    return pass(() => this.#statement.get(...values));
  }

  all(...values: unknown[]): unknown[] {
    return pass(() => this.#statement.all(...values));
  }
}
