/** Which groups of a connector count: by displayName, by a pattern of displayNames, or derived from attributes. */
import { z } from "zod";
import { coded } from "../../issue.ts";
import { ExpressionText, Text } from "../common.ts";

const control = /\p{Cc}/u;

/** A group's displayName. */
const GroupName = Text.refine((name) => !control.test(name), {
  error: "a control character in a group's name (expected printable text)",
  params: coded("unseen-character"),
});

/** `*` stands for any characters, `?` for one. */
const GroupPattern = Text.refine((pattern) => !control.test(pattern), {
  error: "a control character in a pattern (expected printable text)",
  params: coded("unseen-character"),
}).refine((pattern) => /[*?]/.test(pattern), {
  error: "no wildcard (expected * or ? in a pattern, or the name alone where there is one group)",
});

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
