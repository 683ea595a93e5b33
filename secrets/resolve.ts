/** What a secret reference points at on this machine: resolved where it is needed, kept by nobody here, and never in a message. */
import { allNear } from "../model/nearest.ts";
import { expectedLocal, pointerOf, type SecretReference } from "../model/reference.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { secretFile } from "./file.ts";
import { withoutLineEnd } from "./text.ts";

/**
 * The secret that a reference to an environment variable or a file points at, without the line end that editors put behind it.
 * Failing gives a reason that names the reference and never the content.
 */
export async function resolveReference(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<string, string>> {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return pointer;
  const to = pointer.value;
  if (to.kind === "env") {
    const value = environment[to.name];
    if (value) return ok(value);
    const state = value === undefined ? "not set" : "empty";
    return fail(
      `${reference}: the environment variable ${to.name} is ${state}${meant(to.name, environment)}`,
    );
  }
  if (to.kind !== "file") return fail(`${reference}: an agent alone resolves it ${expectedLocal}`);
  const read = await secretFile(to.path);
  if (!read.ok) return fail(`${reference}: ${read.error}`);
  const value = withoutLineEnd(read.value);
  return value ? ok(value) : fail(`${reference}: the file is empty`);
}

/** The variables that are set and have nearly that name; names alone, never a value. */
function meant(name: string, environment: NodeJS.ProcessEnv): string {
  const isSet = (other: string) => other !== name && Boolean(environment[other]);
  const near = allNear(name, Object.keys(environment).filter(isSet)).slice(0, 3);
  return near.length > 0 ? ` (did you mean ${near.join(" or ")}?)` : "";
}
