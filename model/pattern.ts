/**
 * Patterns of repositories, files, branches and bookmarks: `core/api`, `core/*`, `core/**`, `release-*`. One of repositories may
 * have `!` before it: what the others must not cover. `*` stands for any characters of one path segment, `?` for one, `**` for
 * one or more whole segments (zero or more where segments follow it).
 */
import { z } from "zod";
import { isLiteral, PathGlob } from "./glob.ts";

/** What an editor checks of a pattern of repositories. */
const shape = /^!?[^/!\\][^/\\]*(\/[^/\\]+)*$/;

export const RepositoryPattern = z
  .string()
  .regex(shape, { error: ({ input }) => notOfRepositories(String(input)), abort: true })
  .refine((text) => faultIn(withoutMark(text)) === undefined, {
    error: ({ input }) => notOfRepositories(String(input)),
  });

/** A pattern of files, from the repository's root on. */
export const PathPattern = z.string().refine((text) => !text.startsWith("!") && faultIn(text) === undefined, {
  error: ({ input }) => {
    const text = String(input);
    return `not a pattern of files${text.startsWith("!") ? noExclusion : (faultIn(text) ?? "")}`;
  },
});

/** Why `!` is not taken before what a rule covers. */
export const noExclusion =
  ': "!" before it (expected a pattern without: a rule covers what it matches; "?" stands for a "!" in a name)';

function notOfRepositories(text: string): string {
  const path = withoutMark(text);
  const fault = path.startsWith("!")
    ? ': a name that begins with "!" (expected "?" for that one: "!" before a pattern excludes)'
    : faultIn(path);
  return `not a repository pattern${fault ?? ""}`;
}

/** Why a text is no pattern of paths, and what is expected; undefined for one that is. */
function faultIn(path: string): string | undefined {
  const segments = path.split("/");
  if (path === "") return ' (expected a path such as "core/api" or "core/**")';
  if (path.startsWith("/"))
    return ': a slash at its beginning (expected a path from the root on, such as "core/api")';
  if (path.endsWith("/")) return ': a slash at its end (expected "folder/**" for all below a folder)';
  if (segments.includes("")) return ": two slashes in a row (expected one)";
  if (path.includes("\\")) return ': a backslash in it (expected "/" between folders)';
  if (segments.some((segment) => segment === "." || segment === ".."))
    return ': "." and ".." are no names (expected a path such as "core/api")';
  if (segments.some((segment) => segment.trim() !== segment))
    return ': a space at the beginning or end of a name, where programs drop it (expected none there, or "?" for it)';
  return wildcardFaultIn(path);
}

/** What is wrong with the wildcards of a pattern, and what is expected; undefined where they are right. */
export function wildcardFaultIn(path: string): string | undefined {
  const segments = path.split("/");
  if (segments.some((segment) => segment !== "**" && segment.includes("**")))
    return ': "**" stands for whole path segments (expected "core/**" or "**/docs")';
  // not for matching, which takes as long as it takes with fewer: no reviewer sees what a pattern with more of them covers
  if (wildcardsOf(path) > 3 || segments.some((one) => wildcardsOf(one) > 2))
    return ": too many wildcards (expected at most three, and two in one path segment)";
  return undefined;
}

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
