/** A file is there as a whole, or as it was: written beside, flushed, and put in its place. */
import {
  chmodSync,
  chownSync,
  closeSync,
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

/**
 * Puts a file in its place, in a folder that is there.
 *
 * @throws {Error} the system's; then the file is as it was
 */
export function replaceFile(
  path: string,
  content: Uint8Array,
  { mode, owner }: { readonly mode: number; readonly owner?: Ownership | undefined },
): void {
  const beside = `${path}.hgscim-part`;
  rmSync(beside, { force: true });
  // never open to others, not even for a moment
  const descriptor = openSync(beside, "wx", 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    if (owner) chownSync(beside, owner.uid, owner.gid);
    chmodSync(beside, mode);
    renameSync(beside, path);
  } catch (error) {
    // it may hold a secret
    rmSync(beside, { force: true });
    throw error;
  }
}
