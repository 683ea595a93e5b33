/**
 * References to secrets, in the grammar that `vals` made common. A reference may be printed anywhere; what it
 * points at may not.
 */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { z } from "zod";

const referencePattern =
  /^ref\+(env:\/\/[A-Za-z_][A-Za-z0-9_]*|file:\/\/\/.+|vault:\/\/[^\s/#?]+(\/[^\s/#?]+)+#\/[^\s/#?]+)$/;

const expected = "(expected ref+env://NAME, ref+file:///absolute/path or ref+vault://mount/path#/key)";

/** The reference's text. The message never repeats the value: it may be a secret somebody pasted here. */
export const Reference = z.string().regex(referencePattern, {
  error: ({ input }) =>
    `${String(input).startsWith("ref+") ? "not a reference that is known" : "a literal value where a secret reference belongs"} ${expected}`,
});
export type Reference = z.infer<typeof Reference>;

export type Resolved =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string };

/**
 * The secret that a reference points at, without the line end that editors put behind it.
 * Failing gives a reason that names the reference and never the content.
 */
export async function resolveReference(
  reference: Reference,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Resolved> {
  const [, kind, rest = ""] = /^ref\+(env|file):\/\/(.*)$/s.exec(reference) ?? [];
  if (kind === "env") {
    const value = environment[rest];
    return value
      ? { ok: true, value }
      : { ok: false, reason: `${reference}: the environment variable ${rest} is not set` };
  }
  if (kind === "file" && isAbsolute(rest)) {
    try {
      const value = (await readFile(rest, "utf8")).replace(/\r?\n$/, "");
      return value ? { ok: true, value } : { ok: false, reason: `${reference}: the file is empty` };
    } catch (error) {
      return {
        ok: false,
        reason: `${reference}: ${(error as NodeJS.ErrnoException).code ?? "the file cannot be read"}`,
      };
    }
  }
  if (isVault(reference))
    return {
      ok: false,
      reason: `${reference}: Vault is not asked yet (expected a reference of ref+env or ref+file)`,
    };
  return { ok: false, reason: `not a secret reference ${expected}` };
}

/** Whether it points into HashiCorp Vault, which is declared, and which nobody here asks yet. */
export function isVault(reference: Reference): boolean {
  return reference.startsWith("ref+vault://");
}
