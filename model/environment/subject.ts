/** Whom a permission set is about: the members of a group, or one account; for good, or until a time. */
import { z } from "zod";
import { issueOf } from "../issue.ts";
import { maxProblems } from "../problem.ts";
import type { ProblemCode } from "../problem-codes.ts";
import type { Time } from "../time.ts";
import { Text } from "./common.ts";

const notTime = "not a time (expected a date such as 2026-12-31, or a time such as 2026-12-31T18:00:00Z)";

/** When something ends: a date is its first moment in UTC. It stays text, so that a file says the same everywhere. */
const Until = z
  .string({ error: notTime })
  .refine((text) => z.union([z.iso.date(), z.iso.datetime({ offset: true })]).safeParse(text).success, {
    error: notTime,
  })
  .refine((text) => !/\.\d{4}/.test(text), {
    error: "finer than milliseconds (expected a time such as 2026-12-31T18:00:00Z)",
  });

const accountName = /^[a-z0-9][a-z0-9._@+-]{0,127}$/;

/** What an account's name looks like, for messages. */
export const expectedAccount = "(expected lower case letters, digits and . _ @ + -)";

/** The name of an account on the Mercurial host. */
export const AccountName = z.string().regex(accountName, { error: `not an account ${expectedAccount}` });

/** Whether a value can be the name of an account: the one rule for files, releases and what a mapping gives. */
export function isAccountName(value: unknown): value is string {
  return typeof value === "string" && accountName.test(value);
}

const Exception = z
  .strictObject({
    group: Text.exactOptional()
      .describe("A group, in place of `account`.")
      .meta({ examples: ["core-team"] }),
    account: AccountName.exactOptional()
      .describe("One account, by its name on the Mercurial host, in place of `group`.")
      .meta({ examples: ["alice"] }),
    until: Until.exactOptional()
      .describe("When it ends by itself: a date (its first moment in UTC), or a time as in RFC 3339.")
      .meta({ examples: ["2026-12-31"] }),
    reason: Text.exactOptional()
      .describe("Why. Needed beside `until`.")
      .meta({ examples: ["helps out with the migration"] }),
    approver: Text.exactOptional()
      .describe("Who agreed to it. Needed beside `until`.")
      .meta({ examples: ["Carol of identity"] }),
  })
  .check(({ value, issues }) => {
    // a key that is unknown is one that is missing elsewhere
    if (issues.length > 0) return;
    const { group, account, until } = value;
    const wrong = (code: ProblemCode, key: string, message: string) =>
      issues.push(issueOf(code, message, value, key));
    if (group !== undefined && account !== undefined)
      wrong("conflicting-keys", "account", "an account beside a group (expected one of them)");
    if (group === undefined && account === undefined)
      wrong("missing-key", "group", "nobody (expected group or account)");
    for (const key of ["reason", "approver"] as const)
      if (until !== undefined && value[key] === undefined)
        wrong("missing-key", key, `nothing (expected ${key} beside until)`);
  });

/** The name of a group, or a map that says more. */
export const Subject = z.union([Text, Exception]);
export type Subject = z.infer<typeof Subject>;

/** A list of subjects. Whether two of them are the same is known where the groups are. */
export const Subjects = z.array(Subject).check(({ value, issues }) => {
  const seen = new Set<string>();
  value.forEach((subject, index) => {
    if (typeof subject !== "string") return;
    if (seen.has(subject) && issues.length < maxProblems)
      issues.push(
        issueOf("duplicate-item", `"${subject}" stands here twice (expected each once)`, value, index),
      );
    seen.add(subject);
  });
});

/**
 * The one name of a subject: the account, or the group. Where groups are qualified no two are alike: `connector/group` has
 * a slash, and no account has one.
 */
export function subjectName(subject: Subject): string {
  return typeof subject === "string" ? subject : (subject.account ?? subject.group ?? "");
}

/** When a subject's rule ends; infinity when it does not. */
export function endOf(subject: Subject): Time {
  if (typeof subject === "string" || subject.until === undefined) return Number.POSITIVE_INFINITY;
  return Date.parse(subject.until);
}

/** The one form of a subject: a group alone is text, and a time is in UTC. */
export function canonicalSubject(subject: Subject, qualify: (group: string) => string): Subject {
  if (typeof subject === "string") return qualify(subject);
  const { group, until, ...rest } = subject;
  const only = group !== undefined && until === undefined && Object.keys(rest).length === 0;
  if (only) return qualify(group);
  return {
    ...(group !== undefined && { group: qualify(group) }),
    ...rest,
    ...(until !== undefined && { until: new Date(until).toISOString().replace(".000Z", "Z") }),
  };
}
