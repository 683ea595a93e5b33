/** What a secret reference points at: resolved where it is needed, kept by nobody here, and never in a message. */
import { isAbsolute } from "node:path";
import { allNear } from "../model/nearest.ts";
import { expectedReference, isVault, type SecretReference } from "../model/reference.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { secretFile } from "./file.ts";

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
    if (value) return ok(value);
    const state = value === undefined ? "not set" : "empty";
    return fail(`${reference}: the environment variable ${rest} is ${state}${meant(rest, environment)}`);
  }
  if (kind === "file" && isAbsolute(rest)) {
    const read = await secretFile(rest);
    if (!read.ok) return fail(`${reference}: ${read.error}`);
    const value = read.value.replace(/\r?\n$/, "");
    return value ? ok(value) : fail(`${reference}: the file is empty`);
  }
  if (isVault(reference))
    return fail(`${reference}: Vault is not asked yet (expected a reference of ref+env or ref+file)`);
  return fail(`not a secret reference ${expectedReference}`);
}

/** The variables that are set and have nearly that name; names alone, never a value. */
function meant(name: string, environment: NodeJS.ProcessEnv): string {
  const isSet = (other: string) => other !== name && Boolean(environment[other]);
  const near = allNear(name, Object.keys(environment).filter(isSet)).slice(0, 3);
  return near.length > 0 ? ` (did you mean ${near.join(" or ")}?)` : "";
}
