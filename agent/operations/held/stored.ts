/** An operation as it waits: without secrets, and known again when it is repeated. */
import { createHash } from "node:crypto";
import { foldName } from "../../../model/name.ts";
import { getIgnoringCase, isObject, type Json, type JsonObject } from "../../../scim/json.ts";
import {
  type AccountOperation,
  isResource,
  type Operation,
  placeOf,
  type ResourceOperation,
} from "../operation.ts";

/** What may be held: what identity providers write, and that somebody gets an account. */
export type Holdable = ResourceOperation | AccountOperation;

/** Whether an operation may be held. */
export function isHoldable(operation: Operation): operation is Holdable {
  return isResource(operation) || operation.kind === "account";
}

const secretName = /(^|:)password$/i;

/**
 * The operation as it is stored: RFC 7643, section 4.1.1 says of `password` alone that it is never returned. What may not be stored while
 * the disk is full may be later.
 *
 * @param bytes its body, where that was too large to be read at once
 */
export function storedForm(operation: Holdable, bytes: Uint8Array | undefined): Holdable {
  if (!isResource(operation)) return operation;
  const { takesAwayOnly, ...rest } = operation;
  const limited = takesAwayOnly && takesAwayOnly !== "diskFull" ? { takesAwayOnly } : {};
  if (rest.verb === "delete") return { ...rest, ...limited };
  const body = bytes ? (JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonObject) : rest.body;
  return { ...rest, ...limited, body: withoutSecrets(body) as JsonObject };
}

function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.filter((one) => !isAboutSecret(one)).map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      secretName.test(name) ? [] : [[name, withoutSecrets(inner)]],
    ),
  );
}

/** Whether an operation of a PATCH has a path that leads to a secret. */
function isAboutSecret(value: Json): boolean {
  const path = isObject(value) ? getIgnoringCase(value, "path") : undefined;
  return typeof path === "string" && secretName.test(path.trim());
}

/** By what a repeat of a stored operation is known: whoever sends it, and on whatever condition. */
export function requestOf(operation: Holdable): string {
  const { kind, verb } = operation;
  const asked = isResource(operation)
    ? [
        operation.connector,
        "id" in operation ? operation.id : null,
        "body" in operation ? operation.body : null,
      ]
    : [operation.id, operation.verb === "confirm" ? operation.user : null, operation.memberships ?? null];
  return createHash("sha256")
    .update(JSON.stringify([kind, verb, ...asked]))
    .digest("hex");
}

/** Where an operation waits. */
export interface HoldPlace {
  /** What writes of one resource have in common; of a new one, its externalId, or its name where it has none. */
  readonly place: string;
  /** Of a new one, its name besides. */
  readonly name: string | null;
}

/** The place of an operation in its stored form. */
export function placeIn(operation: Holdable): HoldPlace {
  if (!isResource(operation)) return { place: `account ${operation.id}`, name: null };
  if (operation.verb !== "create") return { place: placeOf(operation) ?? "", name: null };
  const { connector, kind, body } = operation;
  const name = `${connector} ${kind} named ${foldName(nameAsked(operation) ?? "")}`;
  const externalId = getIgnoringCase(body, "externalId");
  const isKnown = typeof externalId === "string" && externalId.trim() !== "";
  return { place: isKnown ? `${connector} ${kind} of ${externalId}` : name, name };
}

/** The userName or displayName that a request has. */
export function nameAsked(operation: Holdable): string | undefined {
  if (!isResource(operation) || !("body" in operation)) return undefined;
  const name = getIgnoringCase(operation.body, operation.kind === "user" ? "userName" : "displayName");
  return typeof name === "string" ? name : undefined;
}

/** What an operation is about, as messages call it. */
export function subjectText(operation: Holdable): string {
  if (operation.kind === "account") return `account ${operation.id}`;
  return "id" in operation ? `${operation.kind} ${operation.id}` : `a new ${operation.kind}`;
}
