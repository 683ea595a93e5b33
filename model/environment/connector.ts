/** The link to one identity provider. */
import { z } from "zod";
import { issueOf } from "../issue.ts";
import { described, ExpressionText, VariableReference } from "./common.ts";
import { ConnectorAuthentication, Reading } from "./connector/authentication.ts";
import { Extension, ExtensionName } from "./connector/extension.ts";
import { Cycle, Quarantine, RateLimit, Retry } from "./connector/schedule.ts";
import { GroupSelections } from "./connector/selection.ts";

/** Who writes to us has an endpoint and proves who it is; who does not is read. Told beside whatever else is missing. */
const eitherWay = z.core._check<{ [key in "endpoint" | "auth" | "read" | "cycle"]?: unknown }>(
  ({ value: { endpoint, auth, read, cycle }, issues }) => {
    const missing = (key: string, expected: string) =>
      issues.push(issueOf("missing-key", `nothing (expected ${expected})`, undefined, key));
    if (read && (endpoint || auth))
      issues.push(
        issueOf(
          "conflicting-keys",
          "read beside endpoint or auth (expected either: who writes to us is not read)",
          read,
          "read",
        ),
      );
    else if (read && !cycle) missing("cycle", "how often to read, such as { every: 40m }");
    if (read) return;
    if (!endpoint)
      missing(
        "endpoint",
        "the URL that the identity provider is given, or read in place of endpoint and auth",
      );
    if (!auth) missing("auth", "how the identity provider proves who it is, a map with bearer or oauth");
  },
  { when: ({ value }) => typeof value === "object" && value !== null },
);

export const Connector = z
  .strictObject({
    idp: z
      .enum(["okta", "entra", "google", "onelogin", "jumpcloud", "authentik", "keycloak", "scim"])
      .describe("The identity provider, whose known quirks are understood.")
      .meta({ examples: ["okta"] }),
    endpoint: VariableReference.exactOptional()
      .describe("The SCIM base URL that the identity provider is given: a variable of type url.")
      .meta({ examples: [{ var: "SCIM_API_BASE_URL" }] }),
    tenant: VariableReference.exactOptional()
      .describe(
        "Of Entra, beside `auth.oauth`: the tenant that each token must name (`tid`): a variable of type tenant-id or uuid.",
      )
      .meta({ examples: [{ var: "SCIM_TENANT_ID" }] }),
    auth: ConnectorAuthentication.exactOptional()
      .describe("How the identity provider proves who it is, and what it may do.")
      .meta({ examples: [{ bearer: { var: "SCIM_AUTH_TOKEN" } }] }),
    read: Reading.exactOptional()
      .describe("In place of `endpoint` and `auth`: where we read an identity provider that does not write.")
      .meta({ examples: [{ url: { var: "SCIM_DIRECTORY_URL" }, bearer: { var: "SCIM_DIRECTORY_TOKEN" } }] }),
    cycle: Cycle.exactOptional()
      .describe("When we read; of a connector that is written to, how often it is to be heard.")
      .meta({ examples: [{ every: "40m", jitter: "5m" }] }),
    retry: Retry.exactOptional()
      .describe("How what failed is tried again.")
      .meta({ examples: [{ attempts: 8, first: "1s", max: "1h" }] }),
    rateLimit: RateLimit.exactOptional()
      .describe("The most requests in a time, from the identity provider or, where we read, from us.")
      .meta({ examples: [{ requests: 600, per: "1m" }] }),
    quarantine: Quarantine.exactOptional()
      .describe("When so much fails that the connector is tried slower and slower, and somebody is told.")
      .meta({ examples: [{ failures: "50%", above: 20, first: "1h", max: "24h" }] }),
    pageSize: VariableReference.optional()
      .describe(
        "The most resources in one list answer: a variable of type page-size or integer; 100 when absent.",
      )
      .meta({ examples: [{ var: "SCIM_PAGE_SIZE" }] }),
    deletions: z
      .enum(["allow", "never"])
      .exactOptional()
      .describe(
        "What a DELETE does: `allow`, as when absent, deletes. `never` deactivates a user and empties a group, which stay.",
      )
      .meta({ examples: ["never"] }),
    precedence: z
      .int()
      .min(1, { error: "no rank (expected 1 or more)" })
      .exactOptional()
      .describe("Where two connectors speak of one account, the one with the lower number counts.")
      .meta({ examples: [1] }),
    extensions: z
      .record(ExtensionName, Extension)
      .exactOptional()
      .describe("Attributes beyond the standard's: `hr` here is `user.hr` in expressions.")
      .meta({
        examples: [{ hr: { schema: "urn:example:hr:2.0:User", attributes: { badge: { type: "string" } } } }],
      }),
    scope: ExpressionText.default("true")
      .describe("CEL over `user` and `vars`, bool: who gets an account.")
      .meta({ examples: ["user.active"] }),
    mapping: z
      .strictObject({
        account: ExpressionText.describe(
          "CEL over `user` and `vars`, string: the name of the Mercurial account.",
        ).meta({
          examples: ['user.userName.split("@")[0].lowerAscii()'],
        }),
        email: ExpressionText.optional()
          .describe("CEL over `user` and `vars`, string: the account's e-mail address.")
          .meta({ examples: ["user.userName.lowerAscii()"] }),
        keys: ExpressionText.exactOptional()
          .describe(
            "CEL over `user` and `vars`, list of strings: the public keys that the account logs in by over SSH.",
          )
          .meta({ examples: ["user.?hr.?sshKeys.orValue([])"] }),
      })
      .describe("From SCIM attributes to a Mercurial account.")
      .meta({ examples: [{ account: 'user.userName.split("@")[0].lowerAscii()' }] }),
    groups: GroupSelections.describe(
      "The groups that permission sets may name: by displayName, by pattern, or derived from attributes.",
    ).meta({
      examples: [
        ["engineering", { pattern: "hg-*" }, { name: "leads", when: 'user.?title.orValue("") == "Lead"' }],
      ],
    }),
    ...described,
  })
  .check(eitherWay);

export type Connector = z.infer<typeof Connector>;
