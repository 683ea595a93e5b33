/** The language of `environments/tests/*.yaml`: what is there, which SCIM request comes, and what must come of it. */
import { z } from "zod";
import { type ScimWriteCode, scimCodes } from "../../api/codes.ts";
import { Name, setOf, Text } from "../../model/environment/common.ts";
import { Right } from "../../model/environment/right.ts";
import { issueOf } from "../../model/issue.ts";

const Json = z.json({ error: "not JSON (expected what a SCIM body may hold)" });

const ConnectorName = Name.optional().describe("The connector; the only one when absent.");

const GivenUser = z
  .looseObject({
    userName: Text.describe("How the file names this user; elsewhere `{userName}` stands for the SCIM id."),
    connector: ConnectorName,
    groups: setOf(Text).default([]).describe("The groups, by displayName, that the user is in."),
  })
  .describe("A SCIM user that is there before, and the groups it is in.");

const Request = z
  .strictObject({
    connector: ConnectorName,
    method: z.enum(["POST", "PUT", "PATCH", "DELETE"]),
    path: z
      .string()
      .regex(/^\/(Users|Groups)(\/[^/]+)?$/, {
        error: "not a path of a SCIM resource (expected such as /Users or /Groups/{engineering})",
      })
      .describe("Below the SCIM base URL. `{name}` stands for the id of a user or group that is given."),
    body: z.record(z.string(), Json).exactOptional().describe("The body, as the identity provider sends it."),
    payload: Text.exactOptional().describe("A JSON file with the body, from the folder of this file."),
  })
  .check(({ value: { body, payload }, issues }) => {
    if (body && payload !== undefined)
      issues.push(
        issueOf("conflicting-keys", "a payload beside a body (expected one of them)", payload, "payload"),
      );
  });

const scimWriteCodes = Object.keys(scimCodes) as ScimWriteCode[];

const Rights = z
  .record(z.string(), z.enum([...Right.options, "none", "uncovered"]))
  .describe(
    "By repository, or `repository#branch` for pushes to a branch; `uncovered` where no permission set covers the repository, on purpose.",
  );

const Accounts = setOf(Text).exactOptional();

const Who = z
  .strictObject({
    read: Accounts.describe("Exactly the accounts that may read and not write."),
    write: Accounts.describe("Exactly the accounts that may write."),
  })
  .check(({ value, issues }) => {
    if (issues.length === 0 && !value.read && !value.write)
      issues.push(issueOf("no-effect", "it asks nothing (expected read or write, with the accounts)", value));
  });

const Expectation = z.strictObject({
  decision: z
    .enum(["accepted", "rejected", "held"])
    .exactOptional()
    .describe("What becomes of the request: done, refused, or kept for an approval."),
  because: Text.exactOptional().describe(
    "What its answer must name: a constraint, or any part of the detail.",
  ),
  status: z.int().min(200).max(599).exactOptional().describe("The HTTP status of the answer."),
  warns: setOf(Name).exactOptional().describe("The constraints that warn, and no others."),
  undone: z
    .enum([...scimWriteCodes, "nothing"])
    .exactOptional()
    .describe(
      "The code for which no more is done than what the request takes away; `nothing` where it is done whole.",
    ),
  account: z
    .string()
    .exactOptional()
    .describe("The account that the user of the request has then; `none` for no account."),
  access: z
    .record(z.string(), Rights)
    .exactOptional()
    .describe("By account: what it may do in each repository named."),
  who: z
    .record(z.string(), Who)
    .exactOptional()
    .describe("By repository, or `repository#branch`: who may read or write there, and nobody else."),
  absent: setOf(Text).exactOptional().describe("Accounts that there are none of."),
});

/** What is expected of a request, and says nothing where none comes. */
const ofRequest = ["decision", "because", "status", "warns", "undone", "account"] as const;

export const PolicyTest = z
  .strictObject({
    description: Text.exactOptional().describe("Why it must be so."),
    at: z.iso
      .datetime({ error: "not a time (expected such as 2026-11-23T10:00:00Z)" })
      .exactOptional()
      .describe("The time at which access is looked at; now when absent."),
    given: z
      .strictObject({
        users: z.array(GivenUser).default([]).describe("The users that are there."),
        groups: setOf(Text).default([]).describe("Groups that are there with nobody in them."),
        unselected: setOf(Text)
          .default([])
          .describe("Groups that no connector selects, on purpose: they are there and give nothing."),
      })
      .prefault({})
      .describe("What is there before. It is not judged by the constraints."),
    first: z.array(Request).default([]).describe("Requests that come before, and must be accepted."),
    when: Request.exactOptional().describe(
      "The request that is judged; without one, `access`, `who` and `absent` are looked at as it is.",
    ),
    expect: Expectation.describe("What must come of it."),
  })
  .check(({ value: { when, expect }, issues }) => {
    if (issues.length > 0) return;
    if (when && expect.decision === undefined)
      issues.push(
        issueOf("missing-key", "missing decision (expected accepted, rejected or held)", expect, "expect"),
      );
    if (when) return;
    for (const key of ofRequest)
      if (expect[key] !== undefined)
        issues.push(
          issueOf("conflicting-keys", `${key} without a request (expected when)`, expect[key], "expect", key),
        );
    if (!expect.access && !expect.who && !expect.absent)
      issues.push(
        issueOf(
          "no-effect",
          "it looks at nothing (expected when, or access, who or absent)",
          expect,
          "expect",
        ),
      );
  });

/** A file of policy tests. */
export const PolicyTests = z.strictObject({
  environments: setOf(Name)
    .min(1, { error: "no environment (expected at least one)" })
    .describe("The environments whose releases must pass."),
  tests: z.record(Text, PolicyTest).describe("The tests, each under a sentence that says what holds."),
});

export type PolicyRequest = z.infer<typeof Request>;
export type PolicyTest = z.infer<typeof PolicyTest>;
export type PolicyTests = z.infer<typeof PolicyTests>;
