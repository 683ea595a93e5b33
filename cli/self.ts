/** This program as a command of its own, whether it runs from `dist/` or, with a loader, from its sources. */
import { realpathSync } from "node:fs";

/** The program of the command and the words behind it, by whole paths. */
export function ownCommand(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? "")];
}
