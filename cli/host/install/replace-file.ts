/** A file is there as a whole, or as it was: written beside, flushed, and put in its place. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";

/** Whose a file is, by numbers; without them whoever makes it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
}

/** How a file is to be. */
interface Likeness {
  readonly mode: number;
  readonly owner?: Ownership | undefined;
}

/**
 * Puts a file in its place, in a folder that is there.
 *
 * @throws {Error} the system's; then the file is as it was
 */
export function replaceFile(path: string, content: Uint8Array, likeness: Likeness): void {
  besides(path, content, likeness, (beside) => renameSync(beside, path));
}

/**
 * Whether that could be done now, for whoever has to know before: all of it but the last step.
 *
 * @throws {Error} the system's, where it cannot
 */
export function tryReplacing(path: string, content: Uint8Array, likeness: Likeness): void {
  besides(path, content, likeness, (beside) => rmSync(beside));
}

function besides(
  path: string,
  content: Uint8Array,
  { mode, owner }: Likeness,
  use: (beside: string) => void,
): void {
  const beside = `${path}.hgscim-part`;
  rmSync(beside, { force: true });
  try {
    // never open to others, not even for a moment
    const descriptor = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(descriptor, content);
      // by the descriptor: in a folder of another user, the name may lead elsewhere by now
      if (owner) fchownSync(descriptor, owner.uid, owner.gid);
      fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    use(beside);
  } catch (error) {
    // it may hold a secret
    rmSync(beside, { force: true });
    // nobody knows the name beside
    throw Object.assign(error as Error, { path });
  }
}
