/** Problems as SARIF 2.1.0 (OASIS), which code hosts show beside the changed lines. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Problem } from "../../model/problem.ts";
import { problemCodes } from "../../model/problem-codes.ts";

/** The log's text. Its rules are the codes that are told. */
export function sarifText(problems: readonly Problem[], version: string): string {
  const log = {
    version: "2.1.0",
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    runs: [
      {
        tool: {
          driver: {
            name: "hgscim",
            version,
            rules: rulesOf(problems),
          },
        },
        columnKind: "utf16CodeUnits",
        results: problems.map(({ at: { file, line, column }, code, message, severity = "error" }) => ({
          ruleId: code,
          level: severity,
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                // what has no lines has line 0, and a region must not
                ...(line > 0 && { region: { startLine: line, startColumn: column } }),
              },
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** The codes that are told, in the order of their table, each once. */
function rulesOf(problems: readonly Problem[]) {
  const told = new Set<string>(problems.map(({ code }) => code));
  return Object.entries(problemCodes)
    .filter(([code]) => told.has(code))
    .map(([id, { means, example, mend }]) => ({
      id,
      shortDescription: { text: means },
      fullDescription: { text: `${means} For example: ${example}` },
      help: { text: mend },
      defaultConfiguration: { level: "error" },
    }));
}

/** Relative to where the command runs, as a repository's root mostly is. */
function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split("/").map(encodeURIComponent).join("/");
}
