/**
 * Repository patterns: `core/api`, `core/*`, `core/**`, and with `!` before it, what the others must not cover.
 * `*` stands for any characters of one path segment, `?` for one, `**` for one or more whole segments
 * (zero or more where segments follow it).
 */
import { z } from "zod";

const syntax = /^!?[^\s/!\\][^\s/\\]*(\/[^\s/\\]+)*$/;

export const RepositoryPattern = z
  .string()
  .regex(syntax, {
    error:
      'not a repository pattern (expected a path such as "core/api" or "core/**", "!" before it to exclude)',
  })
  .refine((text) => !segmentsOf(text).some((segment) => segment === "." || segment === ".."), {
    error: '"." and ".." cannot be part of a repository pattern (expected a path such as "core/api")',
  })
  .refine((text) => segmentsOf(text).every((segment) => segment === "**" || !segment.includes("**")), {
    error: '"**" stands for whole path segments (expected "core/**" or "**/docs")',
  })
  // a regular expression tries every way to share out what they match: a*a*a*a*a*a*b takes seconds for some names
  .refine((text) => wildcardsOf(text) <= 3 && segmentsOf(text).every((one) => wildcardsOf(one) <= 2), {
    error: "too many wildcards (expected at most three, and two in one path segment)",
  });

/** A pattern of files, from the repository's root on. */
export const PathPattern = z
  .string()
  .refine((text) => !text.startsWith("!") && RepositoryPattern.safeParse(text).success, {
    error: 'not a pattern of files (expected a path from the repository\'s root on, such as "docs/**")',
  });

export interface CompiledPattern {
  /** The longest leading folder without wildcards: only repositories at or below it can match. */
  readonly base: string;
  /** An anchored regular expression, in the subset that JavaScript and Python read alike. */
  readonly regex: string;
  readonly negated: boolean;
}

/** What the access file holds of a pattern, see `agent/mercurial/access-schema.sql`. */
export function compilePattern(text: string): CompiledPattern {
  const segments = segmentsOf(text);
  const wild = segments.findIndex((segment) => /[*?]/.test(segment));
  const body = segments
    .map((segment, i) => {
      const last = i === segments.length - 1;
      if (segment !== "**") return literal(segment) + (last ? "" : "/");
      return last ? ".+" : "(?:.+/)?";
    })
    .join("");
  return {
    base: (wild < 0 ? segments : segments.slice(0, wild)).join("/"),
    regex: `^${body}$`,
    negated: text.startsWith("!"),
  };
}

/** The `base` values under which a pattern that matches this repository can be filed. */
export function basesOf(repository: string): string[] {
  const segments = repository.split("/");
  return ["", ...segments.map((_, i) => segments.slice(0, i + 1).join("/"))];
}

/** The patterns, besides itself, that cover whatever a pattern matches: `**`, and `folder/**` for each folder above. */
export function widerPatterns(pattern: string): string[] {
  const segments = segmentsOf(pattern);
  const folders = segments.slice(0, -1);
  const wild = folders.findIndex((segment) => !isLiteral(segment));
  const literal = wild < 0 ? folders : folders.slice(0, wild);
  const all = ["**", ...literal.map((_, i) => `${literal.slice(0, i + 1).join("/")}/**`)];
  return all.filter((wider) => wider !== pattern);
}

/** Whether one repository could match both patterns, the `!` before them aside; true also where that is uncertain. */
export function mayOverlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => ({ text: text.replace(/^!/, ""), ...compilePattern(text) }));
  if (!a || !b) return true;
  if (isLiteral(a.text)) return new RegExp(b.regex).test(a.text);
  if (isLiteral(b.text)) return new RegExp(a.regex).test(b.text);
  const below = (folder: string, base: string) => folder === "" || `${base}/`.startsWith(`${folder}/`);
  return below(a.base, b.base) || below(b.base, a.base);
}

/** Whether a pattern is the name of one repository. */
export function isLiteral(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}

/** How many there are that stand for any number of characters. */
function wildcardsOf(text: string): number {
  return text.match(/\*+/g)?.length ?? 0;
}

function segmentsOf(text: string): string[] {
  return text.replace(/^!/, "").split("/");
}

function literal(segment: string): string {
  return segment
    .replace(/[.+^$(){}|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^/]*")
    .replace(/\?/g, "[^/]");
}
