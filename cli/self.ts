/** This program as a command of its own, whether it runs from `dist/` or, with a loader, from its sources. */
import { realpathSync } from "node:fs";

/** The program of the command and the words behind it, by whole paths. */
export function ownCommand(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? "")];
}

/** The same as a line for a POSIX shell: by its whole path, since a hook runs without npm's PATH. */
export function ownLine(): string {
  return ownCommand().map(shellWord).join(" ");
}

/** A word as a POSIX shell reads it (Shell Command Language, section 2.2.2, single-quotes). */
export function shellWord(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
