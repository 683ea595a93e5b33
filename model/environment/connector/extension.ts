/** Schema extensions (RFC 7643, section 3.3): attributes of users beyond the standard's own. */
import { z } from "zod";
import { coded, issueOf } from "../../issue.ts";
import { enterpriseUserSchema } from "../../scim/enterprise-user.ts";
import { userSchema } from "../../scim/user.ts";

/** Words that CEL keeps for itself, and what every object has under a name. */
const reserved = new Set([
  ...["as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"],
  ...["loop", "namespace", "null", "package", "return", "true", "var", "void", "while"],
  ...Object.getOwnPropertyNames(Object.prototype),
]);

// as the enterprise extension, which expressions name so
const taken = new Set(
  ["enterprise", ...userSchema.attributes.map(({ name }) => name), "schemas", "id", "externalId", "meta"].map(
    (name) => name.toLowerCase(),
  ),
);

/** A name that can stand behind a dot in CEL. */
const Identifier = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,62}$/, {
    error: "not a name for expressions (expected letters and digits, a lower case letter first)",
  })
  .refine((name) => !reserved.has(name), {
    error: "a reserved word (expected another name)",
  });

export const ExtensionName = Identifier.refine((name) => !taken.has(name.toLowerCase()), {
  error: "an attribute that every SCIM user may have (expected another name)",
});

const known = [userSchema.id, enterpriseUserSchema.id].map((id) => id.toLowerCase());

export const Extension = z.strictObject({
  schema: z
    .string()
    .regex(/^urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9()+,\-.:=@;$_!*'%/?#]+$/i, {
      error: "not a URN (expected one such as urn:example:hr:2.0:User)",
    })
    .refine((urn) => !known.includes(urn.toLowerCase()), {
      error: "a schema that is known already (expected the URN of another one)",
      params: coded("extension-mismatch"),
    })
    .describe("The schema's URN, under which the identity provider sends the attributes.")
    .meta({ examples: ["urn:example:hr:2.0:User"] }),
  attributes: z
    .record(
      Identifier,
      z.strictObject({
        type: z
          .enum(["string", "boolean", "integer", "decimal", "dateTime"])
          .describe("Its type (RFC 7643, section 2.3); in expressions a dateTime is a string.")
          .meta({ examples: ["string"] }),
        multiValued: z
          .boolean()
          .default(false)
          .describe("Whether a user has a list of them.")
          .meta({ examples: [true] }),
      }),
    )
    .refine((attributes) => Object.keys(attributes).length > 0, {
      error: "no attribute (expected at least one)",
      params: coded("too-few"),
    })
    .check(({ value, issues }) => {
      const seen = new Map<string, string>();
      for (const name of Object.keys(value)) {
        const other = seen.get(name.toLowerCase());
        if (other !== undefined)
          issues.push(
            issueOf(
              "duplicate-item",
              `"${name}" and "${other}" differ only in case, and SCIM does not tell them apart (expected one of them)`,
              value,
              name,
            ),
          );
        seen.set(name.toLowerCase(), name);
      }
    })
    .describe("The attributes, by the name that the identity provider sends.")
    .meta({ examples: [{ badge: { type: "string" } }] }),
});

export type Extension = z.infer<typeof Extension>;
