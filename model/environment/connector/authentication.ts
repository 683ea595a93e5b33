/** How an identity provider that writes to us proves who it is, and how we read one that does not write. */
import { z } from "zod";
import { issueOf } from "../../issue.ts";
import { setOf, VariableReference } from "../common.ts";

/** RFC 6749, section 3.3. */
const Scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, {
  error: "not a scope (expected one word without quotes and backslashes, such as scim.users)",
});

const OAuth = z.strictObject({
  issuer: VariableReference.describe("Who issues the tokens (RFC 9068, `iss`): a variable of type url.").meta(
    {
      examples: [{ var: "SCIM_TOKEN_ISSUER" }],
    },
  ),
  audience: VariableReference.describe(
    "Whom the tokens are meant for (RFC 9068, `aud`): a variable of type string or client-id.",
  ).meta({ examples: [{ var: "SCIM_TOKEN_AUDIENCE" }] }),
  jwks: VariableReference.describe(
    "Where the keys are that sign the tokens (RFC 7517): a variable of type url.",
  ).meta({ examples: [{ var: "SCIM_TOKEN_KEYS" }] }),
  scopes: z
    .strictObject({
      users: Scope.exactOptional()
        .describe("The scope that a token must have for users.")
        .meta({ examples: ["scim.users"] }),
      groups: Scope.exactOptional()
        .describe("The scope that a token must have for groups.")
        .meta({ examples: ["scim.groups"] }),
    })
    .exactOptional()
    .describe("The scope (RFC 6749, section 3.3) that each kind of `allow` asks for; none when absent.")
    .meta({ examples: [{ users: "scim.users", groups: "scim.groups" }] }),
  probe: z
    .strictObject({
      client: VariableReference.describe(
        "The id of a client that has the identity provider's scopes: a variable of type client-id.",
      ).meta({ examples: [{ var: "SCIM_PROBE_CLIENT" }] }),
      secret: VariableReference.describe("Its secret: a variable of type secret.").meta({
        examples: [{ var: "SCIM_PROBE_SECRET" }],
      }),
      scope: z
        .string()
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
          error: "not scopes (expected words with one blank between)",
        })
        .exactOptional()
        .describe("What is asked for, such as `api://hgscim/.default` of Entra; `scopes` when absent.")
        .meta({ examples: ["api://hgscim/.default"] }),
    })
    .exactOptional()
    .describe(
      "By what `hgscim preflight` asks the issuer for a token (RFC 6749, section 4.4) and judges it as a provider's; not at all when absent.",
    )
    .meta({ examples: [{ client: { var: "SCIM_PROBE_CLIENT" }, secret: { var: "SCIM_PROBE_SECRET" } }] }),
});

/** The kinds of resource that a connector may bring. */
const resourceKinds = ["users", "groups"] as const;

export const ConnectorAuthentication = z
  .strictObject({
    bearer: VariableReference.exactOptional()
      .describe("The token that the identity provider sends: a variable of type secret.")
      .meta({ examples: [{ var: "SCIM_AUTH_TOKEN" }] }),
    oauth: OAuth.exactOptional()
      .describe("In place of `bearer`: signed tokens (RFC 9068) that expire by themselves.")
      .meta({
        examples: [
          {
            issuer: { var: "SCIM_TOKEN_ISSUER" },
            audience: { var: "SCIM_TOKEN_AUDIENCE" },
            jwks: { var: "SCIM_TOKEN_KEYS" },
          },
        ],
      }),
    allow: setOf(z.enum(resourceKinds))
      .min(1, { error: "nothing (expected users, groups or both)" })
      .default([...resourceKinds])
      .describe("What the identity provider may read and write with it.")
      .meta({ examples: [["users"]] }),
  })
  .check(({ value: { bearer, oauth, allow }, issues }) => {
    for (const kind of allow)
      if (oauth?.scopes && oauth.scopes[kind] === undefined)
        issues.push(
          issueOf(
            "missing-key",
            `nothing (expected the scope for ${kind}, which allow names)`,
            oauth.scopes,
            ...["oauth", "scopes", kind],
          ),
        );
    if (bearer && oauth)
      issues.push(issueOf("conflicting-keys", "oauth beside bearer (expected one of them)", oauth, "oauth"));
    if (!bearer && !oauth)
      issues.push(issueOf("missing-key", "nothing (expected bearer or oauth)", undefined, "bearer"));
  });

export const Reading = z.strictObject({
  url: VariableReference.describe("The identity provider's own SCIM base URL: a variable of type url.").meta({
    examples: [{ var: "SCIM_DIRECTORY_URL" }],
  }),
  bearer: VariableReference.describe("The token that we send there: a variable of type secret.").meta({
    examples: [{ var: "SCIM_DIRECTORY_TOKEN" }],
  }),
});
