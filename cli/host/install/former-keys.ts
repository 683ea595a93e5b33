/** The files of keys by which sshd lets people in as the user of the repositories, before hgscim's drop-in takes them out of use. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { homeOf } from "./accounts.ts";

export interface FormerKeys {
  readonly file: string;
  /** How many lines of it are keys. */
  readonly keys: number;
}

/** sshd's own `AuthorizedKeysFile`, where no file says otherwise. */
const names = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/**
 * Looks for keys in the home of a user.
 *
 * @param at where a path of the host is
 */
export function formerKeys(user: string, at: (path: string) => string): FormerKeys[] {
  const home = homeOf(user);
  if (home === undefined) return [];
  return names
    .map((name) => join(home, name))
    .map((file) => ({ file, keys: keysIn(at(file)) }))
    .filter(({ keys }) => keys > 0);
}

/** None where it cannot be read: then this user may not lay anything down either. */
function keysIn(path: string): number {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => /^\s*[^\s#]/.test(line)).length;
  } catch {
    return 0;
  }
}
