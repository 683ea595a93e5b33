/** What an author's function threw, as something to tell the person who runs Terraform. */
import type { Diagnostic } from "./diagnostic.ts";
import { log } from "./log.ts";
import { pathText, ValueError } from "./value.ts";

/**
 * One error diagnostic for whatever was thrown while doing `what`; the stack goes to the log.
 *
 * @param what a verb and its object: `read example_thing`
 */
export function failure(what: string, thrown: unknown): Diagnostic {
  if (thrown instanceof ValueError && thrown.path.length > 0) {
    const { path } = thrown;
    return {
      severity: "error",
      summary: `Cannot ${what}`,
      detail: `${pathText(path)} ${thrown.message}.`,
      path,
    };
  }
  log("error", `${what}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  return { severity: "error", summary: `Cannot ${what}`, detail: sentence(thrown) };
}

/** The message and those of its causes: `fetch` says only "fetch failed", and why is in its cause. */
function sentence(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.message || ("code" in thrown ? String(thrown.code) : thrown.name);
  return thrown.cause === undefined ? own : `${own}: ${sentence(thrown.cause)}`;
}
