/** How much room each hold takes, so that what is held of a connector is bounded in bytes too; and when it ended, to be forgotten by that. */
export const holdSizes = [
  "ALTER TABLE holds ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0",
  "UPDATE holds SET bytes = length(CAST(operation AS BLOB)) + length(CAST(verdicts AS BLOB))",
  "CREATE INDEX holds_by_connector ON holds (connector, state, sequence, bytes)",
  "CREATE INDEX holds_by_end ON holds (ended) WHERE ended IS NOT NULL",
];
