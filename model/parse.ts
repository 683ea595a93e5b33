/** A tree with positions against a zod schema: the value, or each issue at the place that a person must change. */
import type { z } from "zod";
import { type DocumentNode, keyAt, nodeAt, type Path, toData } from "./document.ts";
import { codeOfIssue, type Kind } from "./issue.ts";
import { describeIssue } from "./messages.ts";
import { nearest } from "./nearest.ts";
import { type Checked, inReadingOrder, type Problem } from "./problem.ts";
import { beforeColon } from "./quote.ts";
import { fail, ok } from "./result.ts";

/** Parses the data of a tree by a schema. */
export function parseAgainst<T extends z.ZodType>(schema: T, root: DocumentNode): Checked<z.output<T>> {
  const parsed = safeParse(schema, toData(root), describeIssue);
  if (!parsed)
    return fail([
      { at: root.at, code: "more-problems", message: "more mistakes than can be told (expected fewer)" },
    ]);
  if (parsed.success) return ok(parsed.data);
  const issues = withoutConsequences(parsed.error.issues.flatMap(ofNearestForm), root);
  return fail(inReadingOrder(issues.flatMap((issue) => problemsOf(issue, root))));
}

/**
 * What a schema makes of data from outside; undefined where there are so many issues, some 100,000, that the library cannot
 * collect them.
 *
 * @param describe words an issue; the library's own words when left out
 */
export function safeParse<T extends z.ZodType>(schema: T, data: unknown, describe?: typeof describeIssue) {
  try {
    return schema.safeParse(data, describe && { error: describe });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Issue extends Kind {
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
  /** Of a value that may have several forms: what is wrong with it as each. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** What is wrong with a value of several forms, as the one that was probably meant: that of its kind with the fewest mistakes. */
function ofNearestForm(issue: Issue): Issue[] {
  const [nearest] = (issue.errors ?? [])
    .filter((form) => form.every(({ code, path }) => path.length > 0 || !otherForm.includes(String(code))))
    .sort((a, b) => mistakes(a) - mistakes(b));
  if (issue.code !== "invalid_union" || !nearest?.length) return [issue];
  return nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(ofNearestForm);
}

// what the value as a whole is not: the union itself says which forms there are
const otherForm = ["invalid_type", "invalid_value"];

/** How many there are; each unknown key is one. */
function mistakes(issues: readonly Issue[]): number {
  return issues.reduce((sum, { keys }) => sum + (keys?.length ?? 1), 0);
}

/**
 * The issues without those that are another one told again: what else is wrong with a value of the wrong type, and that a
 * key is missing where it is misspelt.
 */
function withoutConsequences(issues: readonly Issue[], root: DocumentNode): Issue[] {
  const at = ({ path }: Issue) => path.map(String).join("\n");
  const wrongType = new Set(issues.filter(({ code }) => code === "invalid_type").map(at));
  const unknown = new Map<string, readonly string[]>();
  for (const issue of issues)
    if (issue.code === "unrecognized_keys") unknown.set(at(issue), issue.keys ?? []);
  return issues.filter((issue) => {
    if (wrongType.has(at(issue)) && issue.code !== "invalid_type") return false;
    const missing = missingKey(issue, root);
    if (missing === undefined) return true;
    const keys = unknown.get(at({ ...issue, path: issue.path.slice(0, -1) })) ?? [];
    return !keys.some((key) => (beforeColon(key) ?? nearest(key, [missing])) === missing);
  });
}

/** The key that an issue is about because it is not there. */
function missingKey({ path }: Issue, root: DocumentNode): string | undefined {
  const last = path.at(-1);
  return typeof last === "string" && !exists(root, path) ? last : undefined;
}

/** One problem for an issue of the schema, or one for each unknown key. */
function problemsOf(issue: Issue, root: DocumentNode): Problem[] {
  const { path, message } = issue;
  const code = codeOfIssue(issue);
  if (issue.code === "unrecognized_keys")
    return message.split("\n").map((line, i) => {
      const key = issue.keys?.[i] ?? "";
      const isSyntax = beforeColon(key) !== undefined;
      return { at: keyAt(root, [...path, key]), code: isSyntax ? "yaml-syntax" : code, message: line };
    });
  if (issue.code === "invalid_key") return [{ at: keyAt(root, path), code, message }];
  const missing = missingKey(issue, root);
  if (missing === undefined) return [{ at: nodeAt(root, path).at, code, message }];
  // the schema's own message speaks of a value that is not there
  const expected = /\(expected .*\)$/s.exec(message)?.[0] ?? "";
  return [
    {
      at: keyAt(root, path.slice(0, -1)),
      code: issue.params ? code : "missing-key",
      message: `missing "${missing}" ${expected}`.trim(),
    },
  ];
}

function exists(root: DocumentNode, path: Path): boolean {
  const parent = nodeAt(root, path.slice(0, -1));
  return parent.kind !== "map" || parent.entries.has(String(path.at(-1)));
}
