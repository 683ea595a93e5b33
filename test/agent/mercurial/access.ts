/** Writes access files as the agent would, so that the Mercurial side is tested without it. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { packageFile } from "../../../model/package.ts";
import { patternParts } from "../../../model/pattern.ts";

const forGood = 8_640_000_000_000_000;

export interface Access {
  readonly environment?: string;
  /** Empty when no release is active. */
  readonly release?: string;
  /** Account to whether it is active. */
  readonly accounts: Readonly<Record<string, boolean>>;
  /** Account to its groups. */
  readonly memberships: Readonly<Record<string, readonly string[]>>;
  readonly permissions: Readonly<Record<string, Permission>>;
  /** Account to its public keys, `ssh-ed25519 AAAA…`. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
}

export interface Permission {
  readonly repositories: readonly string[];
  /** Groups, and accounts. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly deny?: { readonly read?: readonly string[]; readonly write?: readonly string[] };
  /** What ends at a time, in milliseconds since 1970: `write ada`, `deny write ada`. */
  readonly until?: Readonly<Record<string, number>>;
  /** Branch to the groups that alone may push to it. */
  readonly branches?: Readonly<Record<string, readonly string[]>>;
  readonly bookmarks?: Readonly<Record<string, readonly string[]>>;
  /** Pattern of files to the groups that alone may change them. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
}

/** Makes the file anew, whatever was there. */
export function writeAccess(file: string, access: Access): void {
  for (const old of [file, `${file}-journal`]) rmSync(old, { recursive: true, force: true });
  // who still reads by the name finds the new file before it is whole
  const database = new Database(file, { timeout: 5_000 });
  database.exec(readFileSync(packageFile("agent/mercurial/access-schema.sql"), "utf8"));
  database.exec("BEGIN");
  const prepare = (table: string, columns: number) =>
    database.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${Array(columns).fill("?").join(", ")})`);
  const statements = {
    meta: prepare("meta", 2),
    accounts: prepare("accounts", 2),
    memberships: prepare("memberships", 2),
    grants: prepare("grants", 5),
    restrictions: prepare("restrictions", 4),
    patterns: prepare("patterns", 4),
    keys: prepare("keys", 3),
  };
  const insert = (table: keyof typeof statements, ...values: (string | number)[]) =>
    statements[table].run(...values);
  insert("meta", "environment", access.environment ?? "test");
  insert("meta", "release", access.release ?? "sha256:0123");
  for (const [account, active] of Object.entries(access.accounts))
    insert("accounts", account, active ? 1 : 0);
  for (const [account, groups] of Object.entries(access.memberships))
    for (const group of groups) insert("memberships", account, group);
  for (const [account, keys] of Object.entries(access.keys ?? {}))
    for (const key of keys) insert("keys", ...(key.split(" ").slice(0, 2) as [string, string]), account);
  for (const [name, set] of Object.entries(access.permissions)) {
    const { repositories, read, write, deny, until, branches, bookmarks, paths } = set;
    const grant = (effect: "allow" | "deny", right: string, subjects: readonly string[] = []) => {
      const words = effect === "deny" ? `deny ${right}` : right;
      for (const subject of subjects)
        insert("grants", name, effect, subject, right, until?.[`${words} ${subject}`] ?? forGood);
    };
    grant("allow", "read", read);
    grant("allow", "write", write);
    grant("deny", "read", deny?.read);
    grant("deny", "write", deny?.write);
    const restrict = (kind: string, places: Permission["branches"] = {}) => {
      for (const [place, groups] of Object.entries(places))
        for (const group of groups) insert("restrictions", name, kind, place, group);
    };
    restrict("branch", branches);
    restrict("bookmark", bookmarks);
    restrict("path", paths);
    for (const { base, path, negated } of repositories.map(patternParts))
      insert("patterns", name, base, path, negated ? 1 : 0);
  }
  database.exec("COMMIT");
  database.close();
}

/** Runs one statement on the file; waits while Mercurial reads it. */
export function change(file: string, statement: string): void {
  const database = new Database(file);
  database.exec("PRAGMA busy_timeout = 10000");
  database.exec(statement);
  database.close();
}

/** Whether a writer waits for readers to finish: then no new reader is let in, and SQLite says so at once. */
export function writerWaits(file: string): boolean {
  const database = new Database(file);
  try {
    database.prepare("SELECT count(*) FROM accounts").get();
    return false;
  } catch (error) {
    if ((error as { code?: string }).code === "SQLITE_BUSY") return true;
    throw error;
  } finally {
    database.close();
  }
}

/**
 * A writer in a process of its own, which runs a statement and commits; `committed` settles when it has, with false
 * when it could not. With `dies`, it is killed in the middle of the commit instead.
 */
export function writer(file: string, statement: string, dies = false): { committed: Promise<boolean> } {
  const program = fileURLToPath(new URL("writer.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, file, statement, dies ? "dies" : "commits"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const committed = new Promise<boolean>((resolve) => {
    createInterface(child.stdout).on("line", (line) => resolve(line === "committed"));
    child.once("close", () => resolve(false));
  });
  return { committed };
}
