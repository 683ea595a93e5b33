/** The link to one identity provider. */
import { z } from "zod";
import { described, Expression, setOf, Text, VariableReference } from "./common.ts";

export const Connector = z.strictObject({
  idp: z
    .enum(["okta", "entra", "google", "scim"])
    .describe("The identity provider, whose known quirks are understood."),
  endpoint: VariableReference.describe(
    "The SCIM base URL that the identity provider is given: a variable of type url.",
  ),
  auth: z
    .strictObject({
      bearer: VariableReference.describe(
        "The token that the identity provider sends: a variable of type secret.",
      ),
    })
    .describe("How the identity provider proves who it is."),
  pageSize: VariableReference.optional().describe(
    "The most resources in one list answer: a variable of type integer; 100 when absent.",
  ),
  scope: Expression.default("true").describe("CEL over `user` and `vars`, bool: who gets an account."),
  mapping: z
    .strictObject({
      account: Expression.describe("CEL over `user` and `vars`, string: the name of the Mercurial account."),
      email: Expression.optional().describe(
        "CEL over `user` and `vars`, string: the account's e-mail address.",
      ),
    })
    .describe("From SCIM attributes to a Mercurial account."),
  groups: setOf(Text).describe("The groups, by displayName, that permission sets may name."),
  ...described,
});

export type Connector = z.infer<typeof Connector>;
