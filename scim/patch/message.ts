/** The PATCH message: a list of operations (RFC 7644, section 3.5.2). */

import { fail, ok } from "../../model/result.ts";
import { quote, type ScimResult, scimError } from "../error.ts";
import { describe, getIgnoringCase, isObject, type Json } from "../json.ts";
import { envelopeProblem } from "../resource.ts";

/** What an operation does. */
export type Op = "add" | "replace" | "remove";

/** One operation as the client sent it, its `op` in lower case: Entra writes "Add". */
export interface PatchOperation {
  readonly op: Op;
  /** Absent when the value names the attributes itself. */
  readonly path?: string;
  /** Absent only where the client sent none, as `remove` may. */
  readonly value?: Json;
}

const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/**
 * Reads the message.
 *
 * @param limit the most operations that it may have
 * @returns `invalidSyntax` when it is no PATCH message, `noTarget` for `remove` without a path, `invalidValue` for
 *   `add` and `replace` without a value, `tooLarge` for too many operations
 */
export function readOperations(body: Json, limit: number): ScimResult<PatchOperation[]> {
  const message = readMessage(body, limit);
  if (!message.ok) return message;
  const operations: PatchOperation[] = [];
  for (const [index, operation] of message.value.entries()) {
    if (!operation.ok) return fail(inOperation(index, operation.error));
    operations.push(operation.value);
  }
  return ok(operations);
}

/** The operations of a message that are understood, others beside them or not; none where it is no PATCH message. */
export function understoodOperations(body: Json, limit: number): PatchOperation[] {
  const message = readMessage(body, limit);
  if (!message.ok) return [];
  const isBroken = message.value.some((one) => !one.ok && one.error.code === "invalidSyntax");
  return isBroken ? [] : message.value.flatMap((one) => (one.ok ? one.value : []));
}

function readMessage(body: Json, limit: number): ScimResult<ScimResult<PatchOperation>[]> {
  const wrong = envelopeProblem(body, patchOp);
  if (wrong) return fail(wrong);
  const list = isObject(body) ? getIgnoringCase(body, "Operations") : undefined;
  if (!Array.isArray(list) || list.length === 0) {
    return fail(scimError("invalidSyntax", "Operations: expected an array of one operation or more"));
  }
  if (list.length > limit) {
    return fail(
      scimError("tooLarge", `Operations: ${list.length} are too many; at most ${limit} in one request`),
    );
  }
  return ok(list.map(readOperation));
}

/** The error, saying in which operation it lies. */
export function inOperation<E extends { readonly detail: string }>(index: number, error: E): E {
  return { ...error, detail: `Operations[${index}]: ${error.detail}` };
}

function readOperation(given: Json): ScimResult<PatchOperation> {
  if (!isObject(given)) {
    return fail(
      scimError("invalidSyntax", `expected an object with op, path and value, found ${describe(given)}`),
    );
  }
  const name = getIgnoringCase(given, "op");
  const op = typeof name === "string" ? name.toLowerCase() : undefined;
  if (op !== "add" && op !== "replace" && op !== "remove") {
    const found = typeof name === "string" ? quote(name) : describe(name);
    return fail(scimError("invalidSyntax", `op: expected add, replace or remove, found ${found}`));
  }
  const path = getIgnoringCase(given, "path") ?? "";
  if (typeof path !== "string") {
    return fail(scimError("invalidPath", `path: expected a string, found ${describe(path)}`));
  }
  const value = getIgnoringCase(given, "value");
  if (op === "remove" && path === "") return fail(scimError("noTarget", "remove needs a path"));
  if (op !== "remove" && value === undefined) return fail(scimError("invalidValue", `${op} needs a value`));
  return ok({ op, ...(path !== "" && { path }), ...(value !== undefined && { value }) });
}
