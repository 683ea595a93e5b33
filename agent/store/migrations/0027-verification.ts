/** Whether the last activation was verified, so that an agent that starts anew goes on with it: see agent/releases/verified.ts. */
export const verification = [
  "CREATE TABLE verification (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, detail TEXT NOT NULL)",
];
