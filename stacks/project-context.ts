/** The context of a project: `cdktf` reads it from `cdktf.json` and hands it on, and `hgscim` reads the same file. */
import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "../model/result.ts";

const file = "cdktf.json";

/** Values by name; none where there is no such file. */
export type ProjectContext = Readonly<Record<string, unknown>>;

/** The context of the project in the present folder; failing, what is wrong with it. */
export function projectContext(): Result<ProjectContext, string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return ok({});
  }
  try {
    const { context = {} } = JSON.parse(text) as { context?: ProjectContext };
    return ok(context);
  } catch {
    return fail(`${file} is not JSON (expected the project's settings for cdktf)`);
  }
}

/** A problem of the context, with its file. */
export const contextProblem = (problem: string): string => `${file}: ${problem}`;
