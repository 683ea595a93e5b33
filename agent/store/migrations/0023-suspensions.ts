/** Whom what is held is about: who has no access until it ends, where its constraint says so (agent/operations/held/). And what limits ask. */
export const suspensions = [
  "CREATE TABLE hold_people (user_id TEXT NOT NULL, hold TEXT NOT NULL, PRIMARY KEY (user_id, hold)) WITHOUT ROWID",
  "CREATE INDEX hold_people_by_hold ON hold_people (hold)",
  // of a group that was held before, nobody knows any more who would have joined it then
  `INSERT INTO hold_people (user_id, hold)
    SELECT json_extract(operation, '$.id'), id FROM holds
    WHERE state = 'pending' AND json_extract(operation, '$.kind') = 'user' AND json_extract(operation, '$.id') IS NOT NULL`,
  // a limit is asked at each removal: whoever came and was changed in its time is not looked through for that
  "CREATE INDEX changes_deactivations ON changes (measured, connector, deactivations) WHERE deactivations > 0",
  "CREATE INDEX changes_removals ON changes (measured, connector, removals) WHERE removals > 0",
];
