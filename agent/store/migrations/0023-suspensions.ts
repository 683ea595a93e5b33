/** Whom what is held is about: who has no access until it ends, where its constraint says so. See agent/operations/held/. */
export const suspensions = [
  "CREATE TABLE hold_people (user_id TEXT NOT NULL, hold TEXT NOT NULL, PRIMARY KEY (user_id, hold)) WITHOUT ROWID",
  "CREATE INDEX hold_people_by_hold ON hold_people (hold)",
  // of a group that was held before, nobody knows any more who would have joined it then
  `INSERT INTO hold_people (user_id, hold)
    SELECT json_extract(operation, '$.id'), id FROM holds
    WHERE state = 'pending' AND json_extract(operation, '$.kind') = 'user' AND json_extract(operation, '$.id') IS NOT NULL`,
];
