/** The rows of the access file (access-schema.sql): all of them as a snapshot says, or single accounts as an edit does. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { patternParts } from "../../model/pattern.ts";
import type { Time } from "../../model/time.ts";
import type { TakenRight } from "../../policy/break-glass.ts";
import type { SshKey } from "../../policy/ssh-key.ts";
import type { Database } from "../store/database.ts";
import type { Statements } from "../store/statements.ts";
import { applicationId, shutId } from "./access-ids.ts";
import {
  type AccessSnapshot,
  accessTables,
  type CalledGroup,
  snapshotRows,
  typeOfColumn,
} from "./snapshot-rows.ts";

/** One account as the file has it. Groups are `connector/group`, or a twin's subject. */
export type AccessEdit =
  | {
      readonly kind: "set";
      readonly account: string;
      readonly active: boolean;
      /** Who has it, by SCIM id; absent where nobody has. */
      readonly user?: string;
      readonly groups: readonly string[];
    }
  | { readonly kind: "join" | "leave"; readonly account: string; readonly group: string }
  | { readonly kind: "keys"; readonly account: string; readonly keys: readonly SshKey[] }
  /** Those of its keys let in no longer. */
  | { readonly kind: "lose"; readonly account: string; readonly keys: readonly SshKey[] }
  | { readonly kind: "forget"; readonly account: string }
  /** Whoever has it is out, for the store knows too little of them: whose it is stays. */
  | { readonly kind: "shut"; readonly account: string; readonly isKnown: boolean }
  /** Whatever account a user has, by SCIM id, is nobody's. */
  | { readonly kind: "gone"; readonly user: string }
  /** Whatever account a user has, by SCIM id, lets nobody in until it is resumed: all else of it stays. */
  | { readonly kind: "suspend" | "resume"; readonly user: string }
  /** A group is called so from now on. */
  | ({ readonly kind: "call" } & CalledGroup)
  /** A group is gone. */
  | { readonly kind: "end"; readonly id: string }
  /** A right that an account took for itself: until its end, in one repository, under a name of its own. */
  | { readonly kind: "take"; readonly permission: string; readonly taken: TakenRight }
  /** It has ended. */
  | { readonly kind: "return"; readonly permission: string }
  /** Whoever asks as an account is told a nonce with its refusal; null: no longer. */
  | { readonly kind: "probe"; readonly account: string; readonly probe: Probed | null };

/** What makes one refusal known again. It gives nobody anything. */
export interface Probed {
  readonly nonce: string;
  readonly until: Time;
}

/** What one name of a group, and no other one, comes to. */
export function nameKey(connector: string, foldedName: string): string {
  return createHash("sha256").update(`${connector}/${foldedName}`).digest("hex");
}

/** Makes tables of this connection's own, for the rows that a snapshot wants. */
export function makeRoom(database: Database): void {
  for (const [table, columns] of Object.entries(accessTables)) {
    // of the types that the file's columns have: an index is not used to compare those of different ones
    const typed = columns.map((column) => `${column} ${typeOfColumn(column)}`);
    database.exec(
      `CREATE TEMP TABLE wanted_${table} (${typed.join(", ")}, PRIMARY KEY (${columns.join(", ")})) WITHOUT ROWID`,
    );
  }
}

/** How many rows are laid out before others have their turn. */
const rowsInARow = 2_000;

/** Puts the rows of a snapshot into those tables. */
export async function layOut(database: Database, snapshot: AccessSnapshot): Promise<void> {
  const into = Object.fromEntries(
    Object.entries(accessTables).map(([table, columns]) => {
      const marks = columns.map(() => "?").join(", ");
      const insert = `INSERT OR IGNORE INTO wanted_${table} (${columns.join(", ")}) VALUES (${marks})`;
      return [table, database.prepare(insert)];
    }),
  );
  database.exec("BEGIN");
  for (const table of Object.keys(accessTables)) database.exec(`DELETE FROM wanted_${table}`);
  let count = 0;
  for (const [table, values] of snapshotRows(snapshot)) {
    if (++count % rowsInARow === 0) await nextTurn();
    into[table]?.run(...values);
  }
  database.exec("COMMIT");
}

/** Makes the file's rows equal to those that are laid out, touching only what differs. */
export function takeOver(
  statements: Statements,
  { release, isShut = false }: Pick<AccessSnapshot, "release" | "isShut">,
): void {
  for (const [table, columns] of Object.entries(accessTables)) {
    const names = columns.join(", ");
    const same = columns.map((column) => `wanted.${column} = ${table}.${column}`).join(" AND ");
    // a row-value NOT IN would look through all that is wanted for each row that is not
    statements
      .prepare(`DELETE FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM wanted_${table} wanted WHERE ${same})`)
      .run();
    statements
      .prepare(
        `INSERT INTO ${table} (${names}) SELECT ${names} FROM wanted_${table} EXCEPT SELECT ${names} FROM ${table}`,
      )
      .run();
  }
  statements.prepare("UPDATE meta SET value = ? WHERE key = 'release'").run(release);
  const id = isShut ? shutId : applicationId;
  const found = statements.prepare("PRAGMA application_id").get() as { application_id: number };
  if (found.application_id !== id) statements.prepare(`PRAGMA application_id = ${id}`).run();
}

/** Notes the newest row of the audit that the store had: a store that ends before it is a copy from before. It is never less. */
export function noteAudit(statements: Statements, audit: number): void {
  statements
    .prepare(
      `INSERT INTO seen (id, audit) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET audit = excluded.audit WHERE audit < excluded.audit`,
    )
    .run(audit);
}

/**
 * Has all tables of the agent's own in a file: files of agents before lack some, and are of this format all the same. `seen`, which
 * readers leave alone; by whom an account is known again where the store has it as another user's, which groups there are where it has
 * others, and which users' accounts let nobody in. Readers look into `probes` when they have refused, and into `suspended` for the words
 * of a refusal, and do without them.
 */
export function haveOwnTables(database: Pick<Database, "exec">): void {
  for (const table of [
    "seen (id INTEGER PRIMARY KEY CHECK (id = 1), audit INTEGER NOT NULL)",
    "holders (account TEXT NOT NULL PRIMARY KEY, user TEXT NOT NULL) WITHOUT ROWID",
    'groups (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "group" TEXT NOT NULL) WITHOUT ROWID',
    "probes (account TEXT NOT NULL PRIMARY KEY, nonce TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
    "suspended (user TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
  ])
    database.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
}

/** Changes what the file has of one account or group. */
export function applyEdit(statements: Statements, change: AccessEdit): void {
  const run = (statement: string, ...values: unknown[]) => statements.prepare(statement).run(...values);
  const join = (account: string, group: string) =>
    run('INSERT OR IGNORE INTO memberships (account, "group") VALUES (?, ?)', account, group);
  switch (change.kind) {
    case "set": {
      const { account, active, user, groups } = change;
      run(
        "INSERT OR REPLACE INTO accounts (account, active) VALUES (?, ? AND NOT EXISTS (SELECT 1 FROM suspended WHERE user = ?))",
        ...[account, active ? 1 : 0, user ?? ""],
      );
      if (user === undefined) run("DELETE FROM holders WHERE account = ?", account);
      else run("INSERT OR REPLACE INTO holders (account, user) VALUES (?, ?)", account, user);
      run("DELETE FROM memberships WHERE account = ?", account);
      for (const group of groups) join(account, group);
      if (!active) run("DELETE FROM keys WHERE account = ?", account);
      return;
    }
    case "forget":
      for (const table of ["accounts", "holders", "memberships", "keys"])
        run(`DELETE FROM ${table} WHERE account = ?`, change.account);
      return;
    case "shut":
      run(
        change.isKnown
          ? "UPDATE accounts SET active = 0 WHERE account = ?"
          : "DELETE FROM accounts WHERE account = ?",
        change.account,
      );
      run("DELETE FROM memberships WHERE account = ?", change.account);
      run("DELETE FROM keys WHERE account = ?", change.account);
      return;
    case "gone": {
      const theirs = "account IN (SELECT account FROM holders WHERE user = ?)";
      run(`UPDATE accounts SET active = 0 WHERE ${theirs}`, change.user);
      for (const table of ["memberships", "keys"]) run(`DELETE FROM ${table} WHERE ${theirs}`, change.user);
      run("DELETE FROM holders WHERE user = ?", change.user);
      return;
    }
    case "suspend":
      run("INSERT OR IGNORE INTO suspended (user) VALUES (?)", change.user);
      run(
        "UPDATE accounts SET active = 0 WHERE account IN (SELECT account FROM holders WHERE user = ?)",
        change.user,
      );
      return;
    case "resume":
      // who has no account any more has none by this either
      run(
        `UPDATE accounts SET active = 1 WHERE account IN (SELECT account FROM holders WHERE user = ?)
          AND EXISTS (SELECT 1 FROM suspended WHERE user = ?)`,
        ...[change.user, change.user],
      );
      run("DELETE FROM suspended WHERE user = ?", change.user);
      return;
    case "keys":
      run("DELETE FROM keys WHERE account = ?", change.account);
      for (const { type, blob } of change.keys)
        run("INSERT OR REPLACE INTO keys (type, blob, account) VALUES (?, ?, ?)", type, blob, change.account);
      return;
    case "lose":
      for (const { type, blob } of change.keys)
        run("DELETE FROM keys WHERE account = ? AND type = ? AND blob = ?", change.account, type, blob);
      return;
    case "join":
      join(change.account, change.group);
      return;
    case "leave":
      run('DELETE FROM memberships WHERE account = ? AND "group" = ?', change.account, change.group);
      return;
    case "call": {
      const { id, name, group } = change;
      run('INSERT OR REPLACE INTO groups (id, name, "group") VALUES (?, ?, ?)', id, name, group);
      return;
    }
    case "end":
      run("DELETE FROM groups WHERE id = ?", change.id);
      return;
    case "take": {
      const { permission, taken } = change;
      const { base, path } = patternParts(taken.repository);
      run(
        'INSERT OR REPLACE INTO grants (permission, effect, subject, "right", until) VALUES (?, ?, ?, ?, ?)',
        ...[permission, "allow", taken.account, taken.right, taken.until],
      );
      run(
        "INSERT OR REPLACE INTO patterns (permission, base, pattern, negated) VALUES (?, ?, ?, 0)",
        ...[permission, base, path],
      );
      return;
    }
    case "return":
      for (const table of ["grants", "patterns"])
        run(`DELETE FROM ${table} WHERE permission = ?`, change.permission);
      return;
    case "probe": {
      const { account, probe } = change;
      if (probe === null) run("DELETE FROM probes WHERE account = ?", account);
      else
        run(
          "INSERT OR REPLACE INTO probes (account, nonce, until) VALUES (?, ?, ?)",
          account,
          probe.nonce,
          probe.until,
        );
    }
  }
}
