/** The lines of broken environment files that are told the examples of the codes: an example that nothing tells is none. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loadEnvironment } from "../../model/load.ts";
import { type ProblemCode, problemCodes } from "../../model/problem-codes.ts";
import { readSource } from "../../model/source.ts";

/**
 * By its code, the line that is told its example, of the first file by name that has one. A code is missing that is about no
 * line, or about more than one environment.
 *
 * @param folder of environment files, each broken in its own way
 */
export async function exampleLines(folder: string): Promise<ReadonlyMap<ProblemCode, string>> {
  const lines = new Map<ProblemCode, string>();
  for (const name of (await readdir(folder)).filter((one) => one.endsWith(".yaml")).sort()) {
    const file = join(folder, name);
    const loaded = await loadEnvironment(file);
    for (const { at, code, message } of loaded.ok ? [] : loaded.error) {
      if (lines.has(code) || at.file !== file || !isExample(message, problemCodes[code].example)) continue;
      const source = await readSource(file, file, async () => "");
      const line = source.ok ? source.value.split("\n")[at.line - 1]?.trim() : undefined;
      if (line) lines.set(code, line);
    }
  }
  return lines;
}

/** Whether a message is the example's, in which `…` may stand for what only names places and choices. */
export function isExample(message: string, example: string): boolean {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${example.split("…").map(literal).join(".*")}$`).test(message);
}
