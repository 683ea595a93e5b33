/**
 * Corpora of broken files, each with the problems that it must be told for on its first lines: `# expect LINE:COLUMN CODE:
 * MESSAGE`, with the file before them where it is another one. `…` stands for any text, so that a new key in the schema does not
 * change them all.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Problem } from "../../model/problem.ts";

/** The names of the files of a corpus. */
export function brokenFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".yaml"));
}

/** The problems that a file must be told for, in their order: patterns of what `toldOf` makes of them. */
export function expectedOf(file: string): RegExp[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => /^# expect (.+)$/.exec(line)?.[1] ?? [])
    .map(pattern);
}

/** Problems as the first lines of a file have them. */
export function toldOf(folder: string, name: string, problems: readonly Problem[]): string[] {
  return problems.map(({ at, code, message }) => {
    const place = `${at.line}:${at.column} ${code}: ${message}`;
    return at.file === join(folder, name) ? place : `${relative(folder, at.file)}:${place}`;
  });
}

function pattern(text: string): RegExp {
  const literal = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text.split("…").map(literal).join(".*")}$`);
}
