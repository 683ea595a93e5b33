/**
 * What the time is by what was measured, and how much the clock went ahead by gaps: a process that begins goes on from there, so
 * that what is allowed once is not allowed at each start.
 */
export const clockReference = [
  `ALTER TABLE clock ADD COLUMN reference INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE clock ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0`,
  `UPDATE clock SET reference = time`,
];
