/** Of which start of an agent the file is, and of which one what was written last: see run.ts. */
export const run = [
  "CREATE TABLE runs (id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1), run TEXT NOT NULL)",
  "ALTER TABLE clock ADD COLUMN run TEXT",
];
