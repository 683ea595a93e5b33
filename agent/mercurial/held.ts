/** What an access file holds, read back: what people have where nothing else can be trusted. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "../../model/time.ts";
import { type TakenRight, takenByName } from "../../policy/break-glass.ts";
import type { SshKey } from "../../policy/ssh-key.ts";
import { Database } from "../store/database.ts";
import type { CalledGroup } from "./snapshot-rows.ts";

/** A key of an account. */
export interface HeldKey extends SshKey {
  readonly account: string;
}

/** What is in an access file. */
export interface HeldAccess {
  /** The digest of the release that it is of; empty for none. */
  readonly release: string;
  /** The newest row of the audit when it was written; undefined where it does not say so. */
  readonly audit: number | undefined;
  readonly accounts: readonly string[];
  /** The users who have them, by SCIM id; undefined where the file does not say it. */
  readonly holders: ReadonlyMap<string, string> | undefined;
  /** The groups that there were, by SCIM id; undefined as those. */
  readonly groups: ReadonlyMap<string, Omit<CalledGroup, "id">> | undefined;
  readonly memberships: readonly { readonly account: string; readonly group: string }[];
  /** The public keys by which people log in; undefined as those. */
  readonly keys: readonly HeldKey[] | undefined;
  /** The rights that people took for themselves. */
  readonly taken: readonly TakenRight[];
  /** Whom something is denied to: accounts, and groups with their twins. */
  readonly denied: readonly string[];
}

/** What one that is not there holds. */
export const nothingHeld: HeldAccess = {
  release: "",
  audit: undefined,
  accounts: [],
  holders: undefined,
  groups: undefined,
  memberships: [],
  keys: undefined,
  taken: [],
  denied: [],
};

/** What SQLite says of a file that is no access file: nobody has access by it. */
const none = ["SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR"];

/** Reads it by a connection of its own; one that is not there, or is none, holds nothing. */
export function readHeld(file: string): HeldAccess {
  if (!existsSync(file)) return nothingHeld;
  const database = new Database(file, { readonly: true });
  try {
    const meta = database.prepare("SELECT value FROM meta WHERE key = 'release'").get();
    const has = (table: string) =>
      database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table) !== undefined;
    const seen = has("seen") ? database.prepare("SELECT audit FROM seen").get() : undefined;
    const holders = has("holders") && database.prepare("SELECT account, user FROM holders").raw().all();
    const groups = has("groups") && database.prepare('SELECT id, name, "group" FROM groups').all();
    const keys = has("keys") && database.prepare("SELECT type, blob, account FROM keys").all();
    const accounts = database.prepare("SELECT account FROM accounts").all();
    const rows = database.prepare('SELECT account, "group" FROM memberships').all();
    // of a file from before rules had an end, nobody had taken any
    const hasEnds = database.prepare("SELECT 1 FROM pragma_table_info('grants') WHERE name = 'until'").get();
    const taken = !hasEnds
      ? []
      : database
          .prepare(
            `SELECT permission AS name, subject AS account, "right", until, pattern AS repository
          FROM grants JOIN patterns USING (permission) WHERE permission LIKE 'break-glass/%' AND effect = 'allow'`,
          )
          .all();
    const denied = database.prepare("SELECT DISTINCT subject FROM grants WHERE effect = 'deny'").all();
    return {
      release: (meta as { value: string } | undefined)?.value ?? "",
      audit: (seen as { audit: number } | undefined)?.audit,
      holders: holders ? new Map(holders as [string, string][]) : undefined,
      groups: groups
        ? new Map((groups as CalledGroup[]).map(({ id, ...called }) => [id, called]))
        : undefined,
      keys: keys ? (keys as HeldKey[]) : undefined,
      accounts: (accounts as { account: string }[]).map(({ account }) => account),
      denied: (denied as { subject: string }[]).map(({ subject }) => subject),
      taken: (taken as (TakenRight & { name: string })[]).flatMap(({ name, ...right }) => {
        const named = takenByName(name);
        return named ? [{ ...right, ...named }] : [];
      }),
      memberships: rows as { account: string; group: string }[],
    };
  } catch (error) {
    if (none.includes(String((error as { code?: string }).code))) return nothingHeld;
    throw error;
  } finally {
    database.close();
  }
}

/** For so long a start waits for whoever writes to the file, and tries again after each pause. */
const [patience, pause]: readonly [Milliseconds, Milliseconds] = [10_000, 50];

/**
 * Reads it when the agent starts, where others may write to it: by nothing else a copy of the store from before is known.
 *
 * @throws {Error} with a sentence, when somebody goes on to hold it
 */
export async function readHeldAtStart(file: string): Promise<HeldAccess> {
  const begun = performance.now();
  for (;;)
    try {
      return readHeld(file);
    } catch (error) {
      if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
      if (performance.now() - begun > patience)
        throw new Error(`${file}: somebody holds the access file to write to it (expected the agent alone)`, {
          cause: error,
        });
      await sleep(pause);
    }
}
