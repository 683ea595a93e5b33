/**
 * The members of a group are a list with a name of its own, so that another one, made beside it however long that takes, is put
 * in its place by one row.
 */
export const rosters = [
  `ALTER TABLE groups ADD COLUMN roster TEXT NOT NULL DEFAULT ''`,
  `UPDATE groups SET roster = id`,
  `CREATE UNIQUE INDEX groups_roster ON groups (roster)`,
  `ALTER TABLE members RENAME COLUMN group_id TO roster`,
];
