/**
 * The store's tables. JSON is text, times are milliseconds since 1970, keys that are compared without case are kept
 * lower-cased: the same for every engine.
 */
import { type Generated, type Kysely, sql } from "kysely";
import { fillUserKeys } from "../directory/user-keys.ts";

export interface Tables {
  meta: { key: string; value: string };
  users: {
    sequence: Generated<number>;
    id: string;
    connector: string;
    user_name: string;
    external_id: string | null;
    resource: string;
    /** The account that the active release gives this user; null when it gives none. */
    account: string | null;
    created: number;
    modified: number;
    version: number;
  };
  groups: {
    sequence: Generated<number>;
    id: string;
    connector: string;
    display_name: string;
    external_id: string | null;
    resource: string;
    created: number;
    modified: number;
    version: number;
  };
  members: { group_id: string; user_id: string };
  /** What users are looked for by, lower-cased: see user-keys.ts. */
  user_keys: { user_id: string; attribute: string; value: string };
  /** Whose an account is. Outlives the user: a name is not handed on until someone releases it. */
  owners: { account: string; connector: string; user_id: string; since: number };
  /** How much each write changed, as long as a limit counts. */
  changes: {
    at: number;
    connector: string;
    deactivations: number;
    removals: number;
    access_changes: number;
  };
  /** When each bearer token was seen first, by the SHA-256 of its value, and in which secret. */
  tokens: { sha256: string; secret: string; first_seen: number };
  releases: { digest: string; policy_digest: string; bindings_digest: string; release: string };
  activations: {
    sequence: Generated<number>;
    digest: string | null;
    at: number;
    by: string;
    origin: string;
  };
  audit: {
    sequence: Generated<number>;
    at: number;
    actor: string;
    operation: string;
    target: string;
    outcome: "done" | "refused" | "held";
    /** The HTTP status, in rows of the first version alone. */
    status: number | null;
    release: string | null;
    detail: string;
    /** Why it is refused or held; null for what is done. */
    code: string | null;
    /** The constraints or bounds that refuse, hold or warn, with spaces between. */
    rule: string | null;
    /** What was, and what is instead, as far as it differs: JSON. */
    before: string | null;
    after: string | null;
  };
}

export type Store = Kysely<Tables>;

const version = "1";

/** Makes the tables where they are missing, and holds the store to one environment. */
export async function prepareStore(store: Store, environment: string): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(store);
  const expected = { version, environment };
  for (const [key, value] of Object.entries(expected)) {
    await store
      .insertInto("meta")
      .values({ key, value })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const found = await store
      .selectFrom("meta")
      .select("value")
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    if (found.value !== value)
      throw new Error(`the store is of ${key} "${found.value}" (expected "${value}")`);
  }
  await fillUserKeys(store);
}

const statements = [
  `CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS users (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, connector TEXT NOT NULL, user_name TEXT NOT NULL,
    external_id TEXT, resource TEXT NOT NULL, account TEXT UNIQUE, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, version INTEGER NOT NULL, UNIQUE (connector, user_name))`,
  `CREATE INDEX IF NOT EXISTS users_external_id ON users (connector, external_id)`,
  // by the connector alone, in the order of lists: a page far down is found without reading what is before it
  `CREATE INDEX IF NOT EXISTS users_connector ON users (connector)`,
  `CREATE INDEX IF NOT EXISTS users_created ON users (connector, created)`,
  `CREATE INDEX IF NOT EXISTS users_modified ON users (connector, modified)`,
  `CREATE TABLE IF NOT EXISTS groups (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, connector TEXT NOT NULL, display_name TEXT NOT NULL,
    external_id TEXT, resource TEXT NOT NULL, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, version INTEGER NOT NULL, UNIQUE (connector, display_name))`,
  `CREATE INDEX IF NOT EXISTS groups_external_id ON groups (connector, external_id)`,
  `CREATE INDEX IF NOT EXISTS groups_connector ON groups (connector)`,
  `CREATE INDEX IF NOT EXISTS groups_created ON groups (connector, created)`,
  `CREATE INDEX IF NOT EXISTS groups_modified ON groups (connector, modified)`,
  `CREATE TABLE IF NOT EXISTS members (
    group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS members_user ON members (user_id, group_id)`,
  `CREATE TABLE IF NOT EXISTS user_keys (
    user_id TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (user_id, attribute, value)) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS user_keys_value ON user_keys (attribute, value)`,
  `CREATE TABLE IF NOT EXISTS owners (
    account TEXT PRIMARY KEY, connector TEXT NOT NULL, user_id TEXT NOT NULL, since INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS changes (
    at INTEGER NOT NULL, connector TEXT NOT NULL, deactivations INTEGER NOT NULL, removals INTEGER NOT NULL,
    access_changes INTEGER NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS changes_at ON changes (at)`,
  `CREATE TABLE IF NOT EXISTS tokens (
    sha256 TEXT PRIMARY KEY, secret TEXT NOT NULL, first_seen INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS releases (
    digest TEXT PRIMARY KEY, policy_digest TEXT NOT NULL, bindings_digest TEXT NOT NULL, release TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS activations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT, at INTEGER NOT NULL, by TEXT NOT NULL, origin TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, operation TEXT NOT NULL,
    target TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, release TEXT, detail TEXT NOT NULL,
    code TEXT, rule TEXT, "before" TEXT, "after" TEXT)`,
];
