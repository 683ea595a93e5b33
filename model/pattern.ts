/**
 * Repository patterns: `core/api`, `core/*`, `core/**`, and with `!` before it, what the others must not cover.
 * `*` stands for any characters of one path segment, `?` for one, `**` for one or more whole segments
 * (zero or more where segments follow it).
 */
import { z } from "zod";
import { PathGlob } from "./glob.ts";

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
  // not for matching, which takes as long as it takes with fewer: no reviewer sees what a pattern with more of them covers
  .refine((text) => wildcardsOf(text) <= 3 && segmentsOf(text).every((one) => wildcardsOf(one) <= 2), {
    error: "too many wildcards (expected at most three, and two in one path segment)",
  });

/** A pattern of files, from the repository's root on. */
export const PathPattern = z
  .string()
  .refine((text) => !text.startsWith("!") && RepositoryPattern.safeParse(text).success, {
    error: 'not a pattern of files (expected a path from the repository\'s root on, such as "docs/**")',
  });

/** The parts of a pattern, as the access file holds them, see `agent/mercurial/access-schema.sql`. */
export interface PatternParts {
  /** The longest leading folder without wildcards: only repositories at or below it can match. */
  readonly base: string;
  /** What is matched, without the `!`. */
  readonly path: string;
  readonly negated: boolean;
}

/** What a pattern consists of. */
export function patternParts(text: string): PatternParts {
  const path = withoutMark(text);
  const segments = path.split("/");
  const wild = segments.findIndex((segment) => !isLiteral(segment));
  return {
    base: (wild < 0 ? segments : segments.slice(0, wild)).join("/"),
    path,
    negated: path !== text,
  };
}

/** What a pattern matches, the `!` before it aside. */
export function patternGlob(text: string): PathGlob {
  return new PathGlob(withoutMark(text));
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
  const [a, b] = [patternParts(one), patternParts(other)];
  if (isLiteral(a.path)) return patternGlob(b.path).matches(a.path);
  if (isLiteral(b.path)) return patternGlob(a.path).matches(b.path);
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
  return withoutMark(text).split("/");
}

function withoutMark(text: string): string {
  return text.replace(/^!/, "");
}
