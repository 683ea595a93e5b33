/**
 * References to secrets, in the grammar that `vals` made common. A reference may be printed anywhere; what it
 * points at may not.
 */
import { z } from "zod";

const referencePattern =
  /^ref\+(env:\/\/[A-Za-z_][A-Za-z0-9_]*|file:\/\/\/.+|vault:\/\/[^\s/#?]+(\/[^\s/#?]+)+#\/[^\s/#?]+)$/;

/** What a reference looks like, for messages. */
export const expectedReference =
  "(expected ref+env://NAME, ref+file:///absolute/path or ref+vault://mount/path#/key)";

/** The reference's text. The message never repeats the value: it may be a secret somebody pasted here. */
export const SecretReference = z.string().regex(referencePattern, {
  error: ({ input }) =>
    `${String(input).startsWith("ref+") ? "not a reference that is known" : "a literal value where a secret reference belongs"} ${expectedReference}`,
});
export type SecretReference = z.infer<typeof SecretReference>;

/** Whether it points into HashiCorp Vault, which is declared, and which nobody here asks yet. */
export function isVault(reference: SecretReference): boolean {
  return reference.startsWith("ref+vault://");
}
