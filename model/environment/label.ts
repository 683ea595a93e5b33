/** The names of branches and bookmarks, as Mercurial takes them, and patterns of such names. */
import { z } from "zod";
import { noExclusion, wildcardFaultIn } from "../pattern.ts";

// not more than `hg branch` and `hg bookmark` take (mercurial/scmutil.py, checknewlabel)
const reserved = ["tip", ".", "null"];

/** The name of one branch, or a pattern of such names. */
export const BranchPattern = label("branch", "stable");

/** The name of one bookmark, or a pattern of such names. */
export const BookmarkPattern = label("bookmark", "released");

function label(kind: "branch" | "bookmark", such: string) {
  const faultIn = (text: string): string | undefined => {
    if (text.startsWith("!")) return noExclusion;
    if (text.includes(":")) return `: a colon in it (expected none: hg ${kind} takes none)`;
    if (text.trim() !== text)
      return ": a space at its beginning or end, which Mercurial drops (expected none)";
    const isName = /^\P{Cs}{1,255}$/su.test(text) && !/^[+-]?\d+$/.test(text) && !reserved.includes(text);
    return isName
      ? wildcardFaultIn(text)
      : ` (expected a name that hg ${kind} takes, such as ${such}, or a pattern such as ${such}-*)`;
  };
  return z.string().refine((text) => faultIn(text) === undefined, {
    error: ({ input }) => `not a ${kind}${faultIn(String(input)) ?? ""}`,
  });
}
