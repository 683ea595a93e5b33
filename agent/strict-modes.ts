/**
 * Whoever may write to a folder may replace all that lies beneath it, whatever its modes are. So each folder on the way to
 * what the agent trusts, links included, must be of root or of the agent's own user, and nobody else may write to it.
 *
 * Source: sshd_config(5), `StrictModes`. Other than there, a folder with the sticky bit (/tmp) may be on the way: in it,
 * nobody can replace what is another's (inode(7)).
 */
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fail, ok, type Result } from "../model/result.ts";

const writableByOthers = 0o022;
const sticky = 0o1000;

/** What is asked of the system. */
export interface Modes {
  /** The agent's own user. */
  readonly uid: number;
  /** What is at a path, a link itself; undefined where nothing is, or nothing that can be opened. */
  stat(
    path: string,
  ):
    | { readonly uid: number; readonly mode: number; isSymbolicLink(): boolean; isFile(): boolean }
    | undefined;
}

const system: Modes = {
  uid: process.getuid?.() ?? 0,
  stat(path) {
    try {
      return lstatSync(path);
    } catch {
      return undefined;
    }
  },
};

/**
 * Whether nobody but root and the agent's user can replace any of some files or folders. What is not there yet is not asked
 * about.
 *
 * @param paths by what a person calls each
 * @returns a sentence about the first folder, link or file that somebody else may change
 */
export function onlyOurs(
  paths: Readonly<Record<string, string>>,
  modes: Modes = system,
): Result<void, string> {
  for (const [name, path] of Object.entries(paths))
    for (const step of stepsTo(resolve(path), modes)) {
      const found = modes.stat(step);
      if (!found) break;
      const why = weakness(found, modes.uid);
      if (why !== undefined)
        return fail(
          `${step}: ${why}, who could replace ${name} ${path} (expected it to be of root or the agent's own user, and nobody else to write to it: chmod go-w)`,
        );
    }
  return ok(undefined);
}

function weakness(found: NonNullable<ReturnType<Modes["stat"]>>, uid: number): string | undefined {
  if (found.uid !== 0 && found.uid !== uid) return `it belongs to another user (uid ${found.uid})`;
  // a link has no modes of its own, and a file's sticky bit says nothing
  if (found.isSymbolicLink() || (found.mode & writableByOthers) === 0) return undefined;
  return (found.mode & sticky) !== 0 && !found.isFile() ? undefined : "others can write to it";
}

/** Each folder and link on the way to a path, from the root on; where a link is, the way to its target besides. */
function* stepsTo(path: string, modes: Modes, links = 0): Generator<string> {
  const above = dirname(path);
  if (above !== path) yield* stepsTo(above, modes, links);
  yield path;
  // those that lead in a circle cannot be opened, which is told where it is tried
  if (links < 40 && modes.stat(path)?.isSymbolicLink())
    yield* stepsTo(resolve(realpathSync(above), readlinkSync(path)), modes, links + 1);
}
