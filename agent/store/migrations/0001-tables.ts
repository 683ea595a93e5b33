/**
 * The tables of version 1. Agents made them without a migration for a while, some of them before the later tables were
 * there: what is missing is made.
 */
export const tables = [
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
    target TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER NOT NULL, release TEXT, detail TEXT NOT NULL)`,
];
