/**
 * Where the new value of a token is put: first beside its file, so that it is not lost before the agent takes it, and whoever reads
 * the file has the old one until then.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { withoutLineEnd } from "../../secrets/text.ts";
import { type Ownership, replaceFile } from "../host/install/replace-file.ts";

const beside = (file: string) => `${file}.hgscim-new`;

/** Where the file's own value is, until nobody can want it back. */
const before = (file: string) => `${file}.hgscim-before`;

/** Why nothing can be put there; undefined where it can. */
export function unfit(file: string): string | undefined {
  const [there, folder] = [file, dirname(file)].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (there?.isDirectory()) return `${file} is a folder (expected a file, such as ${join(file, "token")})`;
  if (there && !there.isFile()) return `${file} is no file (expected one, or nothing there)`;
  return folder?.isDirectory()
    ? undefined
    : `${file}: the folder ${dirname(file)} is not there (expected one that is)`;
}

/** What a file holds, without the line end. */
function valueIn(file: string): string | undefined {
  return existsSync(file) ? withoutLineEnd(readFileSync(file, "utf8")) : undefined;
}

/** What is there, and what an earlier call has put beside it. */
export function valuesAt(file: string): {
  readonly there: string | undefined;
  readonly beside: string | undefined;
} {
  return { there: valueIn(file), beside: valueIn(beside(file)) };
}

/** Puts a value beside the file, for the file's owner alone where there is one. */
export function layBeside(file: string, value: string): void {
  const { uid, gid, mode } = existsSync(file) ? statSync(file) : { mode: 0o600 };
  replaceFile(beside(file), Buffer.from(`${value}\n`), {
    // never open to everybody, whatever the one before was
    mode: mode & 0o770,
    owner: uid === undefined || gid === undefined ? undefined : { uid, gid },
  });
}

/** Takes away what is beside the file. */
export function takeAway(file: string): void {
  rmSync(beside(file), { force: true });
}

/**
 * Puts it in the file's place, where it is still beside.
 *
 * @param isOld whether a value is the one of before, which is kept until it is forgotten
 */
export function putInPlace(file: string, isOld: (value: string) => boolean): void {
  if (!existsSync(beside(file))) return;
  const there = valueIn(file);
  if (there !== undefined && isOld(there)) {
    forget(file);
    linkSync(file, before(file));
  }
  renameSync(beside(file), file);
}

/** Puts the value of before in the file's place again, where there was one. */
export function putBack(file: string): void {
  takeAway(file);
  if (existsSync(before(file))) renameSync(before(file), file);
  else rmSync(file, { force: true });
}

/** The value of before is wanted by nobody. */
export function forget(file: string): void {
  rmSync(before(file), { force: true });
}

/** A file that stands at its path itself, with whose it is: in a folder of another user, root must follow no link. */
export interface PlainFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly owner: Ownership;
}

/** @throws {Error} the system's, for a link too */
export function readPlain(path: string): PlainFile {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode, uid, gid } = fstatSync(descriptor);
    return { path, content: readFileSync(descriptor), mode: mode & 0o7777, owner: { uid, gid } };
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a path is a link, whose target is somebody else's to replace. */
export function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
