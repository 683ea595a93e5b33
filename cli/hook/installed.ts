/** What an installation of hooks came to, in words. */
import { relative } from "node:path";
import { printable } from "../../report/words.ts";
import type { Installed } from "../../scan/hooks.ts";

/**
 * Prints a line for each.
 *
 * @param already what is said of one that is there
 * @returns the exit code: 1 where somebody else's hook stays in place of one of them
 */
export function tellInstalled(installed: readonly Installed[], already: string): number {
  for (const { file, outcome, line } of installed) {
    const name = printable(relative("", file));
    if (outcome === "another hook is there")
      process.stderr.write(`${name}: another hook is there, and stays as it is (expected in it: ${line})\n`);
    else process.stdout.write(`${name}: ${outcome === "written" ? "written" : already}\n`);
  }
  return installed.some(({ outcome }) => outcome === "another hook is there") ? 1 : 0;
}
