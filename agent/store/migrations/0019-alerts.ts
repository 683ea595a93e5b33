/** What is sent of events, until it is delivered: see agent/alerts/outbox.ts. */
export const alerts = [
  "ALTER TABLE events ADD COLUMN destination TEXT",
  "CREATE INDEX events_by_subject ON events (kind, subject)",
  "CREATE TABLE outbox (id INTEGER PRIMARY KEY CHECK (id = 1), event INTEGER NOT NULL)",
  "INSERT INTO outbox (id, event) VALUES (1, 0)",
  "CREATE TABLE matters (matter TEXT NOT NULL, destination TEXT NOT NULL, until INTEGER NOT NULL, count INTEGER NOT NULL, first INTEGER, last INTEGER, PRIMARY KEY (matter, destination))",
  "CREATE TABLE deliveries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, destination TEXT NOT NULL, matter TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, retry TEXT NOT NULL, reason TEXT, ended INTEGER)",
  "CREATE INDEX deliveries_by_state ON deliveries (state, destination, due)",
];
