/** What happened that somebody may have to be told: written in the transaction of its cause, see agent/alerts/event.ts. */
export const events = [
  "CREATE TABLE events (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, connector TEXT, rule TEXT, owner TEXT, subject TEXT NOT NULL, summary TEXT NOT NULL, detail TEXT NOT NULL)",
];
