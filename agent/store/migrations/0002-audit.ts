/** Audit rows say in columns what machines read: why, by which rule, and what changed. The HTTP status is only kept. */

// SQLite can take NOT NULL from a column only by making the table anew
export const audit = [
  `CREATE TABLE audit_2 (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, operation TEXT NOT NULL,
    target TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, release TEXT, detail TEXT NOT NULL, code TEXT,
    rule TEXT, before TEXT, after TEXT)`,
  `INSERT INTO audit_2 (sequence, at, actor, operation, target, outcome, status, release, detail)
    SELECT sequence, at, actor, operation, target, outcome, status, release, detail FROM audit ORDER BY sequence`,
  // a number is never given twice, not even that of the last row if it is gone
  `DELETE FROM sqlite_sequence WHERE name = 'audit_2'`,
  `INSERT INTO sqlite_sequence (name, seq) SELECT 'audit_2', seq FROM sqlite_sequence WHERE name = 'audit'`,
  `DROP TABLE audit`,
  `ALTER TABLE audit_2 RENAME TO audit`,
];
