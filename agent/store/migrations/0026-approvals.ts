/** What is approved of a release: the effects that reviews named, which agent's store it was, and what an activation was held to. */
export const approvals = [
  "INSERT INTO meta (key, value) VALUES ('lineage', lower(hex(randomblob(16))))",
  `CREATE TABLE reviewed_effects (asker TEXT NOT NULL, "release" TEXT NOT NULL, base TEXT NOT NULL, digest TEXT NOT NULL,
    effect TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (asker, "release", base, digest))`,
  "CREATE INDEX reviewed_effects_by_digest ON reviewed_effects (digest)",
  "CREATE INDEX reviewed_effects_by_age ON reviewed_effects (at)",
  "ALTER TABLE activations ADD COLUMN approval TEXT",
];
