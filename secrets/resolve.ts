/** What a secret reference points at on this machine: resolved where it is needed, kept by nobody here, and never in a message. */
import { allNear } from "../model/nearest.ts";
import { expectedLocal, pointerOf, type SecretReference } from "../model/reference.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { secretFile } from "./file.ts";
import type { StoreFailure } from "./stores/failure.ts";
import { withoutLineEnd } from "./text.ts";

/**
 * The secret that a reference to an environment variable or a file points at, without the line end that editors put behind it.
 * Failing gives a reason that names the reference and never the content.
 */
export async function resolveReference(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<string, string>> {
  const found = await lookLocally(reference, environment);
  return found.ok ? found : fail(found.error.reason);
}

/** The same, for whoever tells a place where nothing is from one that cannot be read. */
export async function lookLocally(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<string, StoreFailure>> {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return fail({ reason: pointer.error });
  const to = pointer.value;
  if (to.kind === "env") {
    const value = environment[to.name];
    if (value) return ok(value);
    const state = value === undefined ? "not set" : "empty";
    return fail({
      reason: `${reference}: the environment variable ${to.name} is ${state}${meant(to.name, environment)}`,
      isEmpty: true,
    });
  }
  if (to.kind !== "file")
    return fail({ reason: `${reference}: an agent alone resolves it ${expectedLocal}` });
  const read = await secretFile(to.path);
  if (!read.ok) return fail({ ...read.error, reason: `${reference}: ${read.error.reason}` });
  const value = withoutLineEnd(read.value);
  return value ? ok(value) : fail({ reason: `${reference}: the file is empty`, isEmpty: true });
}

/** The variables that are set and have nearly that name; names alone, never a value. */
function meant(name: string, environment: NodeJS.ProcessEnv): string {
  const isSet = (other: string) => other !== name && Boolean(environment[other]);
  const near = allNear(name, Object.keys(environment).filter(isSet)).slice(0, 3);
  return near.length > 0 ? ` (did you mean ${near.join(" or ")}?)` : "";
}
