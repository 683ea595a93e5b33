/** Of which account a user speaks who has none by it, and between whom an account passes: see agent/directory/pairs.ts. */
export const precedence = [
  "ALTER TABLE users ADD COLUMN speaks_of TEXT",
  "ALTER TABLE users ADD COLUMN named TEXT",
  "CREATE INDEX users_named ON users (named) WHERE named IS NOT NULL",
  "CREATE INDEX users_speaks_of ON users (speaks_of) WHERE speaks_of IS NOT NULL",
  "CREATE TABLE pairs (account TEXT NOT NULL, connector TEXT NOT NULL, user_id TEXT NOT NULL, external_id TEXT, other_connector TEXT NOT NULL, other_user_id TEXT NOT NULL, other_external_id TEXT)",
  "CREATE INDEX pairs_account ON pairs (account)",
];
