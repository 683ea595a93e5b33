/**
 * Warnings that a person has read in the plan are not told again at the apply, for which Terraform plans once more: what stands there
 * then is news. `hgscim deploy` names a file for each run, which keeps what was told.
 */
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import type { Diagnostic } from "./plugin/index.ts";

/**
 * What of these was not shown in this run; it counts as shown from now on. Errors always are, with all that stands beside them.
 *
 * @param environment names the file by HGSCIM_SHOWN; without it everything is told
 */
export function notShown(
  diagnostics: readonly Diagnostic[],
  { HGSCIM_SHOWN: file }: NodeJS.ProcessEnv = process.env,
): Diagnostic[] {
  if (!file || diagnostics.some(({ severity }) => severity === "error")) return [...diagnostics];
  const shown = new Set(linesOf(file));
  const fresh = diagnostics.filter((diagnostic) => !shown.has(digestOf(diagnostic)));
  try {
    appendFileSync(file, fresh.map((diagnostic) => `${digestOf(diagnostic)}\n`).join(""));
  } catch {
    // then it is told twice
  }
  return fresh;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

const digestOf = (diagnostic: Diagnostic): string =>
  createHash("sha256").update(JSON.stringify(diagnostic)).digest("hex");
