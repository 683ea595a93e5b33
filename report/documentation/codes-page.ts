/** The page of codes: what validation tells, what comes of writes, and what the admin API refuses. */
import { adminCodes, refusalCodes } from "../../api/codes.ts";
import { code, tableRow } from "../../model/documentation/markdown.ts";
import { type CodeEntry, problemCodes } from "../../model/problem-codes.ts";

/**
 * The page's text.
 *
 * @param lines by a code of validation, a line that is told its example
 */
export function codesPage(lines: ReadonlyMap<string, string>): string {
  return [
    "# Codes",
    "",
    "Written by `npm run generate` from the code: change `model/problem-codes.ts` and `api/codes.ts`, not this page.",
    "",
    "Whatever is refused has a code. Sentences may change, and a code never changes its meaning: search for it, and let programs",
    "decide by it. In the examples `…` stands for a place or a list of choices.",
    "",
    "## What validation tells",
    "",
    "`hgscim validate` has them in its output for programs ([validate.md](validate.md)): `code` in JSON, the rule in SARIF, the title",
    "on GitHub. Of an example with two parts, the first is the line that the second is told of.",
    "",
    ...table(problemCodes, (name, { example }) => {
      const line = lines.get(name);
      return line === undefined ? code(example) : `${code(line)}<br>${code(example)}`;
    }),
    "",
    "## What comes of a write",
    "",
    "Why the agent refuses or holds a write, whether an identity provider asks for it or somebody who deploys. Those that RFC 7644,",
    "table 9, knows have its names, and are the `scimType` of the answer.",
    "",
    ...table(refusalCodes, exampleOf),
    "",
    "## What the admin API refuses before",
    "",
    "What is asked of the admin API can be refused before it becomes a write, or where it only reads.",
    "",
    ...table(adminCodes, exampleOf),
    "",
  ].join("\n");
}

const exampleOf = (_: string, { example }: CodeEntry) => code(example);

function table(
  codes: Readonly<Record<string, CodeEntry>>,
  shown: (name: string, entry: CodeEntry) => string,
): string[] {
  return [
    "| code | what it means | an example | what to do |",
    "| --- | --- | --- | --- |",
    ...Object.entries(codes).map(([name, entry]) =>
      tableRow([code(name), entry.means, shown(name, entry), entry.mend]),
    ),
  ];
}
