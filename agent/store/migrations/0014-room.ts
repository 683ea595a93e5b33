/** By which free pages are had from the disk: see sqlite-room.ts. It has a row for a moment only. */
export const room = ["CREATE TABLE room (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL)"];
