/** A tree with positions against a zod schema: the value, or each issue at the place that a person must change. */
import type { z } from "zod";
import { type DocumentNode, keyAt, nodeAt, type Path, toData } from "./document.ts";
import { describeIssue } from "./messages.ts";
import { type Checked, inReadingOrder, type Problem } from "./problem.ts";

/** Parses the data of a tree by a schema. */
export function parseAgainst<T extends z.ZodType>(schema: T, root: DocumentNode): Checked<z.output<T>> {
  const parsed = schema.safeParse(toData(root), { error: describeIssue });
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problems: inReadingOrder(parsed.error.issues.flatMap((issue) => problemsOf(issue, root))),
  };
}

/** One problem for an issue of the schema, or one for each unknown key. */
function problemsOf(
  issue: { code?: string; path: Path; message: string; keys?: string[] },
  root: DocumentNode,
): Problem[] {
  if (issue.code === "unrecognized_keys")
    return issue.message
      .split("\n")
      .map((message, i) => ({ at: keyAt(root, [...issue.path, issue.keys?.[i] ?? ""]), message }));
  if (issue.code === "invalid_key") return [{ at: keyAt(root, issue.path), message: issue.message }];
  const last = issue.path.at(-1);
  if (typeof last === "string" && !exists(root, issue.path)) {
    // the schema's own message speaks of a value that is not there
    const expected = /\(expected .*\)$/s.exec(issue.message)?.[0] ?? "";
    return [{ at: keyAt(root, issue.path.slice(0, -1)), message: `missing "${last}" ${expected}`.trim() }];
  }
  return [{ at: nodeAt(root, issue.path).at, message: issue.message }];
}

function exists(root: DocumentNode, path: Path): boolean {
  const parent = nodeAt(root, path.slice(0, -1));
  return parent.kind !== "map" || parent.entries.has(String(path.at(-1)));
}
