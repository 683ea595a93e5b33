/** What came of the steps of connectors that somebody watched: see agent/releases/tried-steps.ts. */
export const triedSteps = [
  `CREATE TABLE tried_steps (asker TEXT NOT NULL, connector TEXT NOT NULL, policy TEXT NOT NULL, step TEXT NOT NULL,
    outcome TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (asker, connector, policy, step))`,
];
