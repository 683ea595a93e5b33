/** What limits count is dated by how long agents had run: until the last write that was by dates, from which on it is measured. */
export const limitsMeasured = [
  `ALTER TABLE changes RENAME COLUMN at TO measured`,
  `UPDATE changes SET measured = measured - coalesce((SELECT time - measured FROM clock), (SELECT max(at) FROM audit), measured)`,
];
