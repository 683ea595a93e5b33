/** Problems as SARIF 2.1.0 (OASIS), which code hosts show beside the changed lines. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Problem } from "../../model/problem.ts";

const rule = "invalid-environment";

/** The log's text. There is one rule: what is wrong is in the message. */
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
            rules: [
              {
                id: rule,
                shortDescription: { text: "An environment file that is not valid" },
                defaultConfiguration: { level: "error" },
              },
            ],
          },
        },
        columnKind: "utf16CodeUnits",
        results: problems.map(({ at: { file, line, column }, message }) => ({
          ruleId: rule,
          level: "error",
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

/** Relative to where the command runs, as a repository's root mostly is. */
function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split("/").map(encodeURIComponent).join("/");
}
