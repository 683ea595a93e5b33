/** zod's issues in the words of the environment file. */
import type { z } from "zod";
import { hint } from "./nearest.ts";

type RawIssue = z.core.$ZodRawIssue;

const kinds: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

/**
 * The message for an issue that the schema itself has no message for. An issue about unknown keys
 * gets one line for each key, in the issue's order.
 */
export function describeIssue(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type": {
      const expected = kinds[issue.expected] ?? issue.expected;
      return issue.input === undefined
        ? `missing (expected ${expected})`
        : `${kindOf(issue.input)} (expected ${expected})`;
    }
    case "invalid_value": {
      const values = (issue.values ?? []).map(String);
      const expected = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(", ")}`;
      if (issue.input === undefined) return `missing (expected ${expected})`;
      return typeof issue.input === "string"
        ? `unknown value "${issue.input}" ${hint(expected, issue.input, values)}`
        : `${kindOf(issue.input)} (expected ${expected})`;
    }
    case "unrecognized_keys": {
      const known = shapeOf(issue);
      return (issue.keys ?? [])
        .map((key) => `unknown key "${key}" ${hint(`one of ${known.join(", ")}`, key, known)}`)
        .join("\n");
    }
    case "invalid_union": {
      const { discriminator, options } = issue as { discriminator?: string; options?: unknown[] };
      const given = isRecord(issue.input) && discriminator ? issue.input[discriminator] : undefined;
      const known = (options ?? []).map(String);
      if (given === undefined) return `missing "${discriminator}" (expected one of ${known.join(", ")})`;
      return `unknown ${discriminator} "${String(given)}" ${hint(`one of ${known.join(", ")}`, String(given), known)}`;
    }
    case "invalid_key":
      return `"${String(issue.path?.at(-1))}" is ${issue.issues?.[0]?.message ?? "not a valid key"}`;
    default:
      return undefined;
  }
}

/** What a value is, for a person: `text`, `a list`, `nothing`. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return kinds[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

function shapeOf(issue: RawIssue): string[] {
  const definition = issue.inst?._zod.def as { shape?: object } | undefined;
  return Object.keys(definition?.shape ?? {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
