/** What constraints hold until somebody decides, and whose writes it waits for: see agent/operations/held/. */
export const heldOperations = [
  `CREATE TABLE holds (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, connector TEXT NOT NULL,
    place TEXT NOT NULL, name TEXT, request TEXT NOT NULL, operation TEXT NOT NULL, verdicts TEXT NOT NULL, rule TEXT,
    owner TEXT, waits TEXT NOT NULL, removal INTEGER NOT NULL, meanwhile TEXT NOT NULL, release TEXT, since INTEGER NOT NULL, expires INTEGER,
    attempts INTEGER NOT NULL, due INTEGER NOT NULL, ended INTEGER, ended_by TEXT, reason TEXT)`,
  "CREATE INDEX holds_by_state ON holds (state, sequence)",
  "CREATE INDEX holds_by_place ON holds (place, state)",
  "CREATE INDEX holds_by_name ON holds (name, state)",
  "CREATE INDEX holds_due ON holds (due, sequence)",
  "CREATE INDEX holds_by_expiry ON holds (state, expires)",
  "CREATE TABLE hold_subjects (subject TEXT NOT NULL, hold TEXT NOT NULL, PRIMARY KEY (subject, hold)) WITHOUT ROWID",
  "CREATE INDEX hold_subjects_by_hold ON hold_subjects (hold)",
];
