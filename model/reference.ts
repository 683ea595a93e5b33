/**
 * References to secrets, in the grammar that `vals` made common. A reference may be printed anywhere; what it
 * points at may not.
 */
import { z } from "zod";
import { issueOf } from "./issue.ts";
import type { ProblemCode } from "./problem-codes.ts";

const referencePattern =
  /^ref\+(env:\/\/[A-Za-z_][A-Za-z0-9_]*|file:\/\/\/.+|vault:\/\/[^\s/#?]+(\/[^\s/#?]+)+#\/[^\s/#?]+)$/;

/** What a reference looks like, for messages. */
export const expectedReference =
  "(expected ref+env://NAME, ref+file:///absolute/path or ref+vault://mount/path#/key)";

/** The reference's text. The message never repeats the value: it may be a secret somebody pasted here. */
export const SecretReference = z
  .string()
  .check(({ value, issues }) => {
    if (referencePattern.test(value)) return;
    const [code, what]: [ProblemCode, string] = value.startsWith("ref+")
      ? ["malformed-reference", "not a reference that is known"]
      : ["secret-literal", "a literal value where a secret reference belongs"];
    // what is around it is judged all the same
    issues.push({ ...issueOf(code, `${what} ${expectedReference}`, value), continue: true });
  })
  // for editors, who would not learn of a check of ours from the JSON Schema
  .meta({ pattern: referencePattern.source });
export type SecretReference = z.infer<typeof SecretReference>;

/** Whether it points into HashiCorp Vault, which is declared, and which nobody here asks yet. */
export function isVault(reference: SecretReference): boolean {
  return reference.startsWith("ref+vault://");
}
