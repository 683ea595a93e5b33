/** What fails, whom it concerns, which connectors only take away for it; and the trace of the request in the audit. */
export const failures = [
  "CREATE TABLE failures (id INTEGER PRIMARY KEY AUTOINCREMENT, connector TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL, rule TEXT NOT NULL, code TEXT NOT NULL, attribute TEXT NOT NULL, owner TEXT, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL, people INTEGER NOT NULL, remembered INTEGER NOT NULL, standing INTEGER NOT NULL, more INTEGER NOT NULL, example TEXT NOT NULL, detail TEXT NOT NULL, told_at INTEGER, UNIQUE (connector, kind, what, rule, code, attribute))",
  "CREATE TABLE failing (failure INTEGER NOT NULL, connector TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, standing INTEGER NOT NULL, PRIMARY KEY (failure, subject)) WITHOUT ROWID",
  "CREATE INDEX failing_by_subject ON failing (connector, subject)",
  "CREATE TABLE quarantines (connector TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, round INTEGER NOT NULL, failed INTEGER NOT NULL, writes INTEGER NOT NULL, code TEXT NOT NULL) WITHOUT ROWID",
  "ALTER TABLE audit ADD COLUMN traceparent TEXT",
];
