/** Problems as workflow commands of GitHub Actions, which show them beside the changed lines. */
import type { Problem } from "../../model/problem.ts";

/** One command a problem, a line each, with the code as its title (GitHub docs, "Workflow commands", setting an error message). */
export function githubText(problems: readonly Problem[]): string {
  return problems
    .map(({ at: { file, line, column }, code, message, severity = "error" }) => {
      // what has no lines has line 0
      const place =
        line > 0 ? [`file=${property(file)}`, `line=${line}`, `col=${column}`] : [`file=${property(file)}`];
      return `::${severity} ${[...place, `title=${code}`].join(",")}::${data(message)}\n`;
    })
    .join("");
}

/** As the runner reads a message back (actions/toolkit, command.ts, escapeData). */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** As the runner reads a property back (the same, escapeProperty). */
function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
