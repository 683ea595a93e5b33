/** What a secret reference points at: resolved where it is needed, kept by nobody here, and never in a message. */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { expectedReference, isVault, type SecretReference } from "../model/reference.ts";
import { fail, ok, type Result } from "../model/result.ts";

/**
 * The secret that a reference points at, without the line end that editors put behind it.
 * Failing gives a reason that names the reference and never the content.
 */
export async function resolveReference(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<string, string>> {
  const [, kind, rest = ""] = /^ref\+(env|file):\/\/(.*)$/s.exec(reference) ?? [];
  if (kind === "env") {
    const value = environment[rest];
    return value ? ok(value) : fail(`${reference}: the environment variable ${rest} is not set`);
  }
  if (kind === "file" && isAbsolute(rest)) {
    try {
      const value = (await readFile(rest, "utf8")).replace(/\r?\n$/, "");
      return value ? ok(value) : fail(`${reference}: the file is empty`);
    } catch (error) {
      return fail(`${reference}: ${(error as NodeJS.ErrnoException).code ?? "the file cannot be read"}`);
    }
  }
  if (isVault(reference))
    return fail(`${reference}: Vault is not asked yet (expected a reference of ref+env or ref+file)`);
  return fail(`not a secret reference ${expectedReference}`);
}
