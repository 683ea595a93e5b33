/** The text of the release that was activated last is kept twice: one that is altered is noticed, and the other one runs. */
export const releaseCopy = [
  "CREATE TABLE release_copy (digest TEXT PRIMARY KEY NOT NULL, release TEXT NOT NULL)",
  `INSERT INTO release_copy (digest, release)
    SELECT digest, release FROM releases
    WHERE digest = (SELECT digest FROM activations ORDER BY sequence DESC LIMIT 1)`,
];
