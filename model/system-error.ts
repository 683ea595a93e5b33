/** What the operating system says no to, in words: its codes are nobody's language. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EEXIST: "something else is there",
  ENOTEMPTY: "something else is there",
  EACCES: "this user may not (EACCES)",
  EPERM: "this user may not (EPERM)",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ELOOP: "a symbolic link that leads in a circle",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** Why a file could not be read or written, as the end of a sentence; the code itself where no words are known. */
export function systemReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? "it cannot be read" : (reasons[code] ?? code);
}

/** An error as a sentence: one of the system's with the file that it is about, any other in its own words. */
export function systemSentence(error: Error): string {
  const { code = "", path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const [file, reason] = [dest ?? path, reasons[code]];
  return file === undefined || reason === undefined ? error.message : `${file}: ${reason}`;
}
