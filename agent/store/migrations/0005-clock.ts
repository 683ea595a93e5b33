/** The agent's clock: how late it was, and for how long agents have run. Soak counts by that, and not by dates. */
export const clock = [
  `CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), time INTEGER NOT NULL, measured INTEGER NOT NULL)`,
  `ALTER TABLE activations ADD COLUMN measured INTEGER NOT NULL DEFAULT 0`,
  // of what was before nothing but the dates is known: it counts until the last write, from which on it is measured
  `UPDATE activations SET measured = at - coalesce((SELECT max(at) FROM audit), at)`,
];
