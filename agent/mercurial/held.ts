/** What an access file holds, read back: what people have where nothing else can be trusted. */
import Database from "libsql";

/** What is in an access file. */
export interface HeldAccess {
  /** The digest of the release that it is of; empty for none. */
  readonly release: string;
  readonly memberships: readonly { readonly account: string; readonly group: string }[];
}

/** Reads it by a connection of its own. */
export function readHeld(file: string): HeldAccess {
  const database = new Database(file, { readonly: true });
  try {
    const meta = database.prepare("SELECT value FROM meta WHERE key = 'release'").get();
    const rows = database.prepare('SELECT account, "group" FROM memberships').all();
    return {
      release: (meta as { value: string } | undefined)?.value ?? "",
      memberships: rows as { account: string; group: string }[],
    };
  } finally {
    database.close();
  }
}
