/** Rights that people took for themselves, until they end: see agent/directory/break-glass.ts. */
export const breakGlass = [
  'CREATE TABLE break_glass (id TEXT PRIMARY KEY NOT NULL, permission TEXT NOT NULL, account TEXT NOT NULL, user_id TEXT NOT NULL, repository TEXT NOT NULL, "right" TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL, taken_by TEXT NOT NULL)',
  "CREATE UNIQUE INDEX break_glass_place ON break_glass (account, repository)",
];
