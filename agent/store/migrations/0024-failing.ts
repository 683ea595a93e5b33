/** Of each whom a failure concerns: what they are called, why, and what of theirs is held, with whose end it is over. */
export const failing = [
  "ALTER TABLE failing ADD COLUMN example TEXT NOT NULL DEFAULT ''",
  "ALTER TABLE failing ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
  "ALTER TABLE failing ADD COLUMN hold TEXT",
  "CREATE INDEX failing_by_hold ON failing (hold) WHERE hold IS NOT NULL",
];
