/** The repositories that were seen while people had access: one that is not there now, such as on a volume that is not mounted, counts still. */
export const seenRepositories = ["CREATE TABLE repositories (name TEXT PRIMARY KEY NOT NULL)"];
