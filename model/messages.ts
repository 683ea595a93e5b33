/** zod's issues in the words of the environment file. */
import type { z } from "zod";
import { hint } from "./nearest.ts";
import { beforeColon, named } from "./quote.ts";

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
      const found = issue.input === undefined ? "missing" : kindOf(issue.input);
      const quoted = issue.expected === "string" && isPlain(issue.input) ? ", in quotes" : "";
      return `${found} (expected ${describeSchema(issue.inst) ?? expected}${quoted})`;
    }
    case "invalid_value": {
      const values = (issue.values ?? []).map(String);
      const expected = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(", ")}`;
      if (issue.input === undefined) return `missing (expected ${expected})`;
      return typeof issue.input === "string"
        ? `${named("unknown value", issue.input)} ${values.length === 1 ? `(expected ${expected})` : hint(expected, issue.input, values)}`
        : `${kindOf(issue.input)} (expected ${expected})`;
    }
    case "unrecognized_keys": {
      const known = shapeOf(issue.inst);
      return (issue.keys ?? [])
        .map(
          (key) =>
            withoutSpace(key) ??
            `${named("unknown key", key)} ${hint(`one of ${known.join(", ")}`, key, known)}`,
        )
        .join("\n");
    }
    case "invalid_union": {
      const { discriminator, options } = issue as { discriminator?: string; options?: unknown[] };
      if (!discriminator)
        return `${kindOf(issue.input)} (expected ${describeSchema(issue.inst)?.replace(/^text/, isPlain(issue.input) ? "text in quotes" : "text")})`;
      const given = isRecord(issue.input) ? issue.input[discriminator] : undefined;
      const known = (options ?? []).map(String);
      const expected = `one of ${known.join(", ")}`;
      if (given === undefined) return `missing "${discriminator}" (expected ${expected})`;
      return typeof given === "string"
        ? `${named(`unknown ${discriminator}`, given)} ${hint(expected, given, known)}`
        : `${kindOf(given)} (expected ${expected})`;
    }
    case "invalid_key": {
      const key = String(issue.path?.at(-1));
      const name = beforeColon(key);
      const said = name === undefined ? named("the key", key) : `the key "${name}:…"`;
      return `${said} is ${issue.issues?.[0]?.message ?? "not a valid key"}`;
    }
    case "too_big":
      return `${kindOf(issue.input)} that is too large (expected at most ${issue.maximum})`;
    case "too_small":
      return `${kindOf(issue.input)} that is too small (expected at least ${issue.minimum})`;
    default:
      return undefined;
  }
}

function withoutSpace(key: string): string | undefined {
  const name = beforeColon(key);
  return name && `no space behind the colon of "${name}" (expected "${name}: value")`;
}

/** What a value is, for a person: `text`, `a list`, `nothing`. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number" && !Number.isFinite(value)) return "not a finite number";
  return kinds[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

/** Whether YAML reads it as something else than text, for want of quotes. */
function isPlain(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

/** What a schema of more than one value takes: `a map with url, token, ca`. */
function describeSchema(schema: unknown): string | undefined {
  const { type, options = [] } = definitionOf(schema);
  if (type === "union") {
    const text = options.some((option) => definitionOf(option).type === "string") ? "text, or " : "";
    return `${text}a map with ${[...new Set(options.flatMap(shapeOf))].join(", ")}`;
  }
  if (type === "object") return `a map with ${shapeOf(schema).join(", ")}`;
  if (type === "record") return "a map, with a name for each entry; {} for none";
  if (type === "array") return "a list, such as [one, other]";
  return undefined;
}

function shapeOf(schema: unknown): string[] {
  return Object.keys(definitionOf(schema).shape ?? {});
}

function definitionOf(schema: unknown): { type?: string; shape?: object; options?: unknown[] } {
  return (schema as z.core.$ZodType | undefined)?._zod.def ?? {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
