/** Problems for people: `file:line:column: message` as compilers print it, and the line with a mark under the column. */
import { styleText } from "node:util";
import { formatPosition, type Problem } from "../../model/problem.ts";
import { readSource } from "../../model/source.ts";
import { excerptOf } from "./excerpt.ts";
import { languageWords } from "./words.ts";

/** The text of problems; with colour where standard error is a terminal that shows it. */
export async function problemText(problems: readonly Problem[]): Promise<string> {
  const files = [...new Set(problems.map(({ at }) => at.file))];
  const lines = new Map(await Promise.all(files.map(async (file) => [file, await linesOf(file)] as const)));
  const words = problems.length > 0 ? languageWords() : new Set<string>();
  return problems
    .map(({ at, message, severity }) => {
      const line = lines.get(at.file)?.[at.line - 1] ?? "";
      const known = new Set([...words, ...(message.match(/\w+/g) ?? [])]);
      const excerpt = excerptOf(line, at.column, known);
      const below = excerpt ? [`    ${excerpt.text}`, `    ${coloured("red", excerpt.mark)}`] : [];
      const said = severity === undefined ? message : `${severity}: ${message}`;
      return [`${coloured("bold", `${formatPosition(at)}:`)} ${said}`, ...below, ""].join("\n");
    })
    .join("");
}

/** The lines of a file; none of what cannot be read, which is then the problem. */
async function linesOf(file: string): Promise<readonly string[]> {
  const source = await readSource(file, file, async () => "");
  return source.ok ? source.value.split(/\r?\n/) : [];
}

function coloured(style: "red" | "bold", text: string): string {
  return styleText(style, text, { stream: process.stderr });
}
