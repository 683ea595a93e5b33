/** Which groups of a connector count: by displayName, by a pattern of displayNames, or derived from attributes. */
import { z } from "zod";
import { coded } from "../../issue.ts";
import { codeOf, foldName, unseenIn } from "../../name.ts";
import { ExpressionText, Text } from "../common.ts";

/** What nobody sees in a name that was escaped: no identity provider's group is called so. */
const seen = (what: string) =>
  [
    (name: string) => unseenIn(name) === undefined,
    {
      error: ({ input }: { readonly input?: unknown }) =>
        `${codeOf(unseenIn(String(input))?.character ?? "")} in ${what}, which is not seen (expected printable text)`,
      params: coded("unseen-character"),
    },
  ] as const;

/** A group's displayName. */
const GroupName = Text.refine(...seen("a group's name"));

/** `*` stands for any characters, `?` for one. */
const GroupPattern = Text.refine(...seen("a pattern"))
  .refine((pattern) => /[*?]/.test(pattern), {
    error: "no wildcard (expected * or ? in a pattern, or the name alone where there is one group)",
  })
  // folded, a wide one would select what nobody sees it select
  .refine((pattern) => wildcards(foldName(pattern)) === wildcards(pattern), {
    error: "a character that compares as a wildcard (expected * and ? alone, as ASCII has them)",
  });

const wildcards = (text: string) => text.replace(/[^*?]/g, "").length;

const GroupSelection = z.union([
  GroupName,
  z.strictObject({
    pattern: GroupPattern.describe(
      "Every group whose displayName it matches, whatever its case: `*` stands for any characters, `?` for one.",
    ).meta({ examples: ["hg-*"] }),
  }),
  z.strictObject({
    name: GroupName.describe("What permission sets call the derived group.").meta({ examples: ["leads"] }),
    when: ExpressionText.describe("CEL over `user` and `vars`, bool: who is in it.").meta({
      examples: ['user.?title.orValue("") == "Lead"'],
    }),
  }),
]);

/** The order means nothing. */
export const GroupSelections = z.array(GroupSelection);

type GroupSelection = z.infer<typeof GroupSelection>;

/** A group that exists by an expression and not at the identity provider. */
type DerivedGroup = Extract<GroupSelection, { name: string }>;

export function isDerived(selection: GroupSelection): selection is DerivedGroup {
  return typeof selection === "object" && "name" in selection;
}
