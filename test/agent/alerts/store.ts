/** Events of causes that a test has no other way to bring about: rows, as the transaction of such a cause writes them. */
import { join } from "node:path";
import Database from "libsql";
import type { Harness } from "../harness.ts";

interface Row {
  readonly kind: string;
  readonly connector?: string | null;
  readonly rule?: string | null;
  readonly owner?: string | null;
  readonly subject?: string;
  readonly summary?: string;
  readonly detail?: string;
  readonly destination?: string | null;
}

/** Writes them in one transaction beside the running agent. */
export function happen({ config }: Pick<Harness, "config">, at: number, ...events: readonly Row[]): void {
  const database = new Database(join(config.data, "store.db"), { timeout: 10_000 });
  const insert = database.prepare(
    "INSERT INTO events (at, kind, connector, rule, owner, subject, summary, detail, destination) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  database.transaction(() => {
    for (const event of events) {
      const { kind, connector = null, rule = null, owner = null, destination = null } = event;
      const { subject = "it", summary = "it happened", detail = "it happened to Ada" } = event;
      insert.run(at, kind, connector, rule, owner, subject, summary, detail, destination);
    }
  })();
  database.close();
}

/** The rows of a query on the agent's store. */
export function rowsOf({ config }: Pick<Harness, "config">, query: string): Record<string, unknown>[] {
  const database = new Database(join(config.data, "store.db"), { readonly: true });
  const rows = database.prepare(query).all() as Record<string, unknown>[];
  database.close();
  return rows;
}
