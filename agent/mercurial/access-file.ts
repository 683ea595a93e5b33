/**
 * The access file: all that Mercurial can see of the agent. It is written beside the store: a write takes the file's
 * exclusive lock before the store commits, and commits after it, so that nothing is answered that is not enforced
 * and nothing is enforced that is not stored.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { keyOfPlaces, placeKinds } from "../../model/environment/permission-set.ts";
import { endOf, subjectName } from "../../model/environment/subject.ts";
import { packageFile } from "../../model/package.ts";
import { patternParts } from "../../model/pattern.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { deniedBy } from "../../policy/twin.ts";
import { Statements } from "../store/statements.ts";
import { accessFileMode, closeAccessFile, closeAccessFolder } from "./closed.ts";

/** How many edits are made before others have their turn. */
const editsInARow = 1_000;

/** One account as the file has it. Groups are `connector/group`, or a twin's subject. */
export type AccessEdit =
  | {
      readonly kind: "set";
      readonly account: string;
      readonly active: boolean;
      readonly groups: readonly string[];
    }
  | { readonly kind: "join" | "leave"; readonly account: string; readonly group: string }
  | { readonly kind: "forget"; readonly account: string };

/** Everything in the file. */
export interface AccessSnapshot {
  /** The digest of the active release, or empty when there is none: then everything is refused. */
  readonly release: string;
  readonly permissions: Release["permissions"];
  readonly accounts: Iterable<{
    readonly account: string;
    readonly active: boolean;
    readonly groups: Iterable<string>;
  }>;
}

/** Changes that are in the file but not yet visible. */
export interface PreparedAccess {
  commit(): void;
  rollback(): void;
}

export interface AccessFileOptions {
  /** How long to wait for readers. */
  readonly patience?: Milliseconds;
  /** Is told for how long a writer was kept waiting, where that is worth a warning. */
  readonly waited?: (span: Milliseconds) => void;
}

/** The file is held by a push that is about to end; nothing was changed. */
export class AccessFileBusy extends Error {}

// "hgSC" and the format, see access-schema.sql
const applicationId = 0x68675343;
const format = 5;
// the last time that there is: ECMA-262, section 21.4.1.1
const forGood = 8_640_000_000_000_000;

/** From how long on a wait is told: most pushes hold the file for some milliseconds. */
const longWait: Milliseconds = 1_000;

const tables = {
  accounts: ["account", "active"],
  memberships: ["account", '"group"'],
  grants: ["permission", "effect", "subject", '"right"', "until"],
  restrictions: ["permission", "kind", "place", '"group"'],
  patterns: ["permission", "base", "pattern", "negated"],
} as const;
type Table = keyof typeof tables;

export class AccessFile {
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #patience: Milliseconds;
  readonly #waited: (span: Milliseconds) => void;

  private constructor(database: Database.Database, { patience, waited }: Required<AccessFileOptions>) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#patience = patience;
    this.#waited = waited;
  }

  /**
   * Opens the access file of an environment, and makes it when it is missing, is none or has another format. Opening
   * rolls back what a killed agent left half written, which no reader could do.
   *
   * @throws {Error} with a sentence, when others can write to its folder, or it cannot be given to the folder's group
   */
  static async open(
    file: string,
    environment: string,
    { patience = 10_000, waited = () => undefined }: AccessFileOptions = {},
  ): Promise<AccessFile> {
    closeAccessFolder(file);
    const usable = existsSync(file) && isAccessFile(file, environment);
    if (!usable) await createAccessFile(file, environment);
    closeAccessFile(file);
    const database = new Database(file);
    database.exec("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
    for (const [table, columns] of Object.entries(tables))
      database.exec(
        `CREATE TEMP TABLE wanted_${table} (${columns.join(", ")}, PRIMARY KEY (${columns.join(", ")})) WITHOUT ROWID`,
      );
    return new AccessFile(database, { patience, waited });
  }

  close(): void {
    this.#database.close();
  }

  /**
   * Puts changes to single accounts into the file.
   *
   * @throws {AccessFileBusy} when readers hold the file for longer than the patience
   */
  async prepare(changes: readonly AccessEdit[]): Promise<PreparedAccess> {
    return this.#exclusively(async () => {
      for (const [i, change] of changes.entries()) {
        this.#apply(change);
        if (i % editsInARow === editsInARow - 1) await nextTurn();
      }
    });
  }

  /**
   * Makes the whole file equal to a snapshot, touching only rows that differ. Readers see all of it or nothing.
   *
   * @throws {AccessFileBusy} when readers hold the file for longer than the patience
   */
  async prepareSnapshot(snapshot: AccessSnapshot): Promise<PreparedAccess> {
    // the rows are laid out first, so that readers wait only for the difference
    this.#layOut(snapshot);
    return this.#exclusively(() => {
      for (const [table, columns] of Object.entries(tables)) {
        const names = columns.join(", ");
        this.#run(`DELETE FROM ${table} WHERE (${names}) NOT IN (SELECT ${names} FROM wanted_${table})`);
        this.#run(
          `INSERT INTO ${table} (${names}) SELECT ${names} FROM wanted_${table} EXCEPT SELECT ${names} FROM ${table}`,
        );
      }
      this.#run("UPDATE meta SET value = ? WHERE key = 'release'", snapshot.release);
    });
  }

  #layOut({ permissions, accounts }: AccessSnapshot): void {
    const insert = (table: Table) => {
      const columns = tables[table];
      const marks = columns.map(() => "?").join(", ");
      return this.#database.prepare(
        `INSERT OR IGNORE INTO wanted_${table} (${columns.join(", ")}) VALUES (${marks})`,
      );
    };
    const into = {
      accounts: insert("accounts"),
      memberships: insert("memberships"),
      grants: insert("grants"),
      restrictions: insert("restrictions"),
      patterns: insert("patterns"),
    };
    this.#database.exec("BEGIN");
    for (const table of Object.keys(tables)) this.#run(`DELETE FROM wanted_${table}`);
    for (const { account, active, groups } of accounts) {
      into.accounts.run(account, active ? 1 : 0);
      if (active) for (const group of groups) into.memberships.run(account, group);
    }
    for (const [permission, set] of Object.entries(permissions)) {
      for (const right of ["read", "write"] as const)
        for (const [effect, subjects] of [
          ["allow", set[right]],
          ["deny", set.deny[right]],
        ] as const)
          for (const subject of subjects) {
            const name = subjectName(subject);
            const until = Math.min(endOf(subject), forGood);
            for (const one of effect === "deny" ? deniedBy(name) : [name])
              into.grants.run(permission, effect, one, right, until);
          }
      for (const kind of placeKinds)
        for (const [place, groups] of Object.entries(set[keyOfPlaces[kind]]))
          for (const group of groups) into.restrictions.run(permission, kind, place, group);
      for (const pattern of set.repositories) {
        const { base, path, negated } = patternParts(pattern);
        into.patterns.run(permission, base, path, negated ? 1 : 0);
      }
    }
    this.#database.exec("COMMIT");
  }

  #apply(change: AccessEdit): void {
    if (change.kind === "set") {
      const { account, active, groups } = change;
      this.#run("INSERT OR REPLACE INTO accounts (account, active) VALUES (?, ?)", account, active ? 1 : 0);
      this.#run("DELETE FROM memberships WHERE account = ?", account);
      for (const group of groups) this.#join(account, group);
    } else if (change.kind === "forget") {
      this.#run("DELETE FROM accounts WHERE account = ?", change.account);
      this.#run("DELETE FROM memberships WHERE account = ?", change.account);
    } else if (change.kind === "join") this.#join(change.account, change.group);
    else this.#run('DELETE FROM memberships WHERE account = ? AND "group" = ?', change.account, change.group);
  }

  #join(account: string, group: string): void {
    this.#run('INSERT OR IGNORE INTO memberships (account, "group") VALUES (?, ?)', account, group);
  }

  async #exclusively(write: () => void | Promise<void>): Promise<PreparedAccess> {
    await this.#lock();
    try {
      await write();
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
    return {
      commit: () => this.#database.exec("COMMIT"),
      rollback: () => this.#database.exec("ROLLBACK"),
    };
  }

  /** Waits for readers without blocking the process, which has other requests to answer. */
  async #lock(): Promise<void> {
    // a span, whatever becomes of the time of day meanwhile
    const begun = performance.now();
    const waiting = () => performance.now() - begun;
    try {
      while (!this.#begin()) {
        if (waiting() > this.#patience)
          throw new AccessFileBusy("the access file is held by a push that is about to end");
        await sleep(2);
      }
    } finally {
      if (waiting() >= longWait) this.#waited(waiting());
    }
  }

  /** Takes the file's lock; false while somebody else holds it. */
  #begin(): boolean {
    try {
      this.#database.exec("BEGIN EXCLUSIVE");
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
      return false;
    }
  }

  #run(statement: string, ...values: unknown[]): void {
    this.#statements.prepare(statement).run(...values);
  }
}

function isAccessFile(file: string, environment: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    const health = database.prepare("PRAGMA quick_check").get() as { quick_check: string };
    const kind = database.prepare("PRAGMA application_id").get() as { application_id: number };
    const version = database.prepare("PRAGMA user_version").get() as { user_version: number };
    const found = database.prepare("SELECT value FROM meta WHERE key = 'environment'").get() as
      | { value: string }
      | undefined;
    return (
      kind.application_id === applicationId &&
      health.quick_check === "ok" &&
      version.user_version === format &&
      found?.value === environment
    );
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

/** Makes an access file that refuses everything, in one step: a reader finds the old file or the new one. */
async function createAccessFile(file: string, environment: string): Promise<void> {
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  // closed from its first moment: a lock on the draft would be one on the file
  closeSync(openSync(draft, "wx", accessFileMode));
  const database = new Database(draft);
  database.exec(await readFile(packageFile("agent/mercurial/access-schema.sql"), "utf8"));
  const insert = database.prepare("INSERT INTO meta (key, value) VALUES (?, ?)");
  insert.run("environment", environment);
  insert.run("release", "");
  database.close();
  closeAccessFile(draft);
  await rm(`${file}-journal`, { force: true });
  await rename(draft, file);
}
