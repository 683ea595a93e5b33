/** The names of branches and bookmarks, as Mercurial takes them. */
import { z } from "zod";

// not more than `hg branch` and `hg bookmark` take (mercurial/scmutil.py, checknewlabel)
const reserved = ["tip", ".", "null"];

/** The name of one branch. What looks like a pattern is refused, since nobody would mean it literally. */
export const BranchName = label("branch", "stable");

/** The name of one bookmark. */
export const BookmarkName = label("bookmark", "released");

function label(kind: "branch" | "bookmark", such: string) {
  return z
    .string()
    .refine((name) => !/[*?]|^!/.test(name), {
      error: `not a ${kind} (expected one name: ${kind} rules have no patterns)`,
      abort: true,
    })
    .refine(
      (name) =>
        /^[^:\p{Cc}\p{Cs}]{1,255}$/u.test(name) &&
        name.trim() === name &&
        !/^[+-]?\d+$/.test(name) &&
        !reserved.includes(name),
      { error: `not a ${kind} (expected a name that hg ${kind} takes, such as ${such})` },
    );
}
