/** This program as a command of its own, whether it runs from `dist/` or, with a loader, from its sources. */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Called } from "../scan/hooks.ts";

/** The program of the command and the words behind it, by whole paths. */
export function ownCommand(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? "")];
}

/** The same for a hook: by whole paths, since a hook runs without npm's PATH. */
export function ownHook(): Called {
  return calledBy(ownCommand());
}

/**
 * The package of a project for a hook, where npm has put it or will put it. The one that runs may be in a cache of npx, which npm
 * empties, or be another version.
 */
export function projectHook(folder: string): Called {
  const places = createRequire(resolve(folder, "package.json")).resolve.paths("hgscim") ?? [];
  const programs = places.map((place) => join(place, "hgscim", "dist", "cli", "main.js"));
  return calledBy([process.execPath, programs.find((program) => existsSync(program)) ?? programs[0] ?? ""]);
}

function calledBy(words: readonly string[]): Called {
  return { command: words.map(shellWord).join(" "), program: shellWord(words.at(-1) ?? "") };
}

/** A word as a POSIX shell reads it (Shell Command Language, section 2.2.2, single-quotes). */
export function shellWord(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
