/** What a constraint can ask: each kind under a key of its own, of which a constraint has exactly one. */
import { z } from "zod";
import { Duration, inLargestUnit, milliseconds } from "../../duration.ts";
import { coded, issueOf } from "../../issue.ts";
import { patternProblem } from "../../regular-expression.ts";
import { Count, ExpressionText, Name, Share, setOf, Text } from "../common.ts";
import { sshKeyTypes } from "../ssh-key-types.ts";
import { AccountName } from "../subject.ts";

const Groups = setOf(Text).min(1, { error: "no group (expected at least one)" });

const Pattern = Text.max(1024, { error: "a pattern of more than 1024 characters (expected less)" }).check(
  ({ value, issues }) => {
    const problem = patternProblem(value);
    if (problem !== undefined)
      issues.push(
        issueOf("malformed-value", `not a regular expression: ${problem} (expected RE2 syntax)`, value),
      );
  },
);

// none of the checks of a whole part speaks where a key is unknown: that is one that is missing elsewhere

const Values = z
  .strictObject({
    of: z.enum(["account", "email", "userName"]).describe("The value that is looked at."),
    pattern: Pattern.exactOptional()
      .describe("A regular expression (RE2) that the whole value must match.")
      .meta({ examples: ["[a-z][a-z0-9-]*"] }),
    domains: setOf(Text)
      .min(1, { error: "no domain (expected at least one)" })
      .exactOptional()
      .describe("What may stand behind the last @, whatever its case.")
      .meta({ examples: [["example.com"]] }),
    reserved: setOf(Text)
      .min(1, { error: "no name (expected at least one)" })
      .exactOptional()
      .describe("What it must not be, whatever its case.")
      .meta({ examples: [["root", "hg"]] }),
  })
  .check(({ value, issues }) => {
    if (issues.length > 0) return;
    if (value.pattern === undefined && !value.domains && !value.reserved)
      issues.push(
        issueOf("no-effect", "it asks nothing of the value (expected pattern, domains or reserved)", value),
      );
  });

const Keys = z
  .strictObject({
    types: setOf(z.enum(sshKeyTypes))
      .min(1, { error: "no type (expected at least one)" })
      .exactOptional()
      .describe("The types that a new key may be of.")
      .meta({ examples: [["ssh-ed25519", "sk-ssh-ed25519@openssh.com"]] }),
    maximum: z
      .int()
      .min(0, { error: "a number of keys (expected 0 or more)" })
      .exactOptional()
      .describe("The most keys of an account to which one is added.")
      .meta({ examples: [5] }),
  })
  .check(({ value, issues }) => {
    if (issues.length === 0 && !value.types && value.maximum === undefined)
      issues.push(issueOf("no-effect", "it asks nothing of keys (expected types or maximum)", value));
  });

const Protect = z
  .strictObject({
    users: setOf(AccountName)
      .exactOptional()
      .describe("Accounts that are not taken away.")
      .meta({ examples: [["release-bot"]] }),
    groups: setOf(Text)
      .exactOptional()
      .describe("Groups that nobody is removed from, and that are not deleted.")
      .meta({ examples: [["release-managers"]] }),
  })
  .check(({ value, issues }) => {
    const { users = [], groups = [] } = value;
    if (issues.length === 0 && users.length + groups.length === 0)
      issues.push(issueOf("no-effect", "it protects nobody (expected users or groups)", value));
  });

// a limit over no time would count nothing but the write itself
const Window = Duration.refine((duration) => milliseconds(duration) > 0, {
  error: "no time at all (expected at least 1s)",
  params: coded("out-of-bounds"),
}).overwrite(inLargestUnit);

/** What a limit counts. */
export const limitedKinds = ["deactivations", "removals", "accessChanges"] as const;
export type LimitedKind = (typeof limitedKinds)[number];

const Amount = z.union([Share, Count]);

const Limit = z
  .strictObject({
    deactivations: Amount.exactOptional()
      .describe("The most accounts that lose all access: a number, or a share of all accounts.")
      .meta({ examples: ["10%"] }),
    removals: Amount.exactOptional()
      .describe("The most memberships that are taken away: a number, or a share of all accounts.")
      .meta({ examples: [50] }),
    accessChanges: Amount.exactOptional()
      .describe("The most changes of any kind: a number, or a share of all accounts.")
      .meta({ examples: ["25%"] }),
    above: Count.default(0).describe("So many are always let through, whatever share they are."),
    per: Window.describe("The time over which they are counted.").meta({ examples: ["1h"] }),
  })
  .check(({ value, issues }) => {
    const given = limitedKinds.filter((kind) => value[kind] !== undefined);
    if (issues.length > 0 || given.length === 1) return;
    const expected = `(expected one of ${limitedKinds.join(", ")})`;
    issues.push(
      given.length === 0
        ? issueOf("no-effect", `it limits nothing ${expected}`, value)
        : issueOf("conflicting-keys", `${given.join(" beside ")} ${expected}`, value),
    );
  });

/** What a `keep` can be about. */
const keptKinds = ["group", "writersOf", "permissions"] as const;

const Keep = z
  .strictObject({
    group: Text.exactOptional()
      .describe("A group that must not run empty.")
      .meta({ examples: ["release-managers"] }),
    writersOf: z
      .string()
      .regex(/^[^\s/*?!][^\s*?]*$/, {
        error: "not a repository (expected the path of one, such as core/api)",
      })
      .exactOptional()
      .describe("A repository that must not lose its last writers.")
      .meta({ examples: ["core/api"] }),
    permissions: setOf(Name)
      .min(1, { error: "no permission set (expected at least one)" })
      .exactOptional()
      .describe(
        "Permission sets of whose repositories none must lose its last writers: each pattern counts as one repository, which those sets cover that cover all of it.",
      )
      .meta({ examples: [["core"]] }),
    atLeast: z
      .int()
      .min(1, { error: "nobody (expected 1 or more)" })
      .describe("How many must stay.")
      .meta({ examples: [2] }),
  })
  .check(({ value, issues }) => {
    const given = keptKinds.filter((kind) => value[kind] !== undefined);
    if (issues.length > 0 || given.length === 1) return;
    const expected = `(expected one of ${keptKinds.join(", ")})`;
    issues.push(
      given.length === 0
        ? issueOf("no-effect", `it keeps nobody ${expected}`, value)
        : issueOf("conflicting-keys", `${given.join(" beside ")} ${expected}`, value),
    );
  });

/** The kinds, by their key. */
export const kinds = {
  require: ExpressionText.describe(
    "CEL over `user` (as it would become) and `vars`, bool: what must be true.",
  ).meta({
    examples: ['user.userName.endsWith("@" + vars.SCIM_MAIL_DOMAIN)'],
  }),
  attributes: setOf(Text)
    .min(1, { error: "no attribute (expected at least one)" })
    .describe("SCIM attributes that a user must have, before there is an account.")
    .meta({ examples: [["name.familyName", "emails"]] }),
  values: Values.describe("What a value must look like, and what it must not be."),
  keys: Keys.describe("What public keys for SSH an account may get; to take one away is never judged."),
  before: ExpressionText.describe(
    "CEL over `user` (as it is stored before an update) and `vars`, bool: what must be true for it to be changed.",
  ).meta({ examples: ['user.?userType.orValue("") != "frozen"'] }),
  after: ExpressionText.describe(
    "CEL over `user` (as it would become), `account` (`name`, `email`, `groups` as `connector/group`) and `vars`, bool: what must be true then.",
  ).meta({ examples: ['!("okta/release-managers" in account.groups) || has(user.title)'] }),
  trigger: z
    .strictObject({ groups: Groups.describe("The groups.").meta({ examples: [["engineering"]] }) })
    .describe("Only members of one of these groups get an account."),
  separate: z
    .strictObject({
      groups: setOf(Text)
        .min(2, { error: "fewer than two groups (expected two or more)" })
        .describe("Nobody may be in two of them.")
        .meta({ examples: [["developers", "auditors"]] }),
    })
    .describe("Separation of duties."),
  protect: Protect.describe("Accounts and groups that no identity provider takes away from."),
  keep: Keep.describe("The last ones of a group, or of a repository's writers."),
  limit: Limit.describe("How much may be taken away or changed in a time."),
};

export type ConstraintKind = keyof typeof kinds;
export const constraintKinds = Object.keys(kinds) as ConstraintKind[];

/** The operations that a constraint can be `on`. */
export const operations = ["user.create", "user.update", "member.add"] as const;
export type JudgedOperation = (typeof operations)[number];

/**
 * Those that judge a user who has an account after the write, and what each is `on` when it does not say, in the order
 * of the canonical form. No other kind may say `on` or `when`.
 */
export const usuallyOn: Readonly<Partial<Record<ConstraintKind, readonly JudgedOperation[]>>> = {
  require: ["user.create", "user.update"],
  attributes: ["user.create"],
  values: ["user.create", "user.update"],
  keys: ["user.create", "user.update"],
  before: ["user.update"],
  after: ["member.add", "user.create", "user.update"],
};
