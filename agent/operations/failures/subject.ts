/**
 * Whom a write concerns, as failures remember them: by the SCIM id, and where a provider has none since nothing was created, by
 * the externalId, else by the name. Whoever is created in the end is known by all three.
 */
import { createHash } from "node:crypto";
import { foldName } from "../../../model/name.ts";
import type { JsonObject } from "../../../scim/json.ts";
import type { GroupRow, UserRow } from "../../directory/rows.ts";
import type { ResourceOperation } from "../operation.ts";
import type { Outcome } from "../outcome.ts";

/** The longest id or name that is kept as it is, in characters. */
const longestKey = 160;

export interface FailureSubject {
  /** By what a failure remembers them; undefined for a write that names nobody, or nobody who is here. */
  readonly key: string | undefined;
  /** By what they may be remembered. */
  readonly keys: readonly string[];
  /** For people: an id, or the name of who has none yet. */
  readonly example: string;
}

/** Of a write and what came of it. */
export function failureSubjectOf(operation: ResourceOperation, outcome: Outcome): FailureSubject {
  const { kind } = operation;
  const id = "id" in operation ? operation.id : undefined;
  if (outcome.kind === "done") {
    const row = outcome.resource as UserRow | GroupRow | null;
    const target = row?.id ?? outcome.target;
    const { before } = outcome.difference;
    const known = row
      ? [row.external_id, "user_name" in row ? row.user_name : row.display_name]
      : [textIn(before, "externalId"), textIn(before, "userName") ?? textIn(before, "displayName")];
    const [externalId, name] = known;
    const keys = keysOf(kind, { id: target, externalId, name });
    return { key: keys[0], keys, example: target };
  }
  if (id !== undefined) {
    const keys = keysOf(kind, { id });
    return { key: outcome.code === "notFound" ? undefined : keys[0], keys, example: short(id) };
  }
  const body = "body" in operation ? operation.body : {};
  const externalId = textIn(body, "externalId");
  const name = textIn(body, "userName") ?? textIn(body, "displayName");
  const keys = keysOf(kind, { externalId, name });
  return { key: keys[0], keys, example: short(name ?? externalId ?? "") };
}

interface Known {
  readonly id?: string;
  readonly externalId?: string | null | undefined;
  readonly name?: string | null | undefined;
}

function keysOf(kind: ResourceOperation["kind"], { id, externalId, name }: Known): string[] {
  return [
    ...(id !== undefined && id !== "" ? [`${kind} id ${short(id)}`] : []),
    ...(externalId ? [`${kind} externalId ${short(externalId)}`] : []),
    ...(name ? [`${kind} name ${short(foldName(name))}`] : []),
  ];
}

/** As it is written: a body that was refused is of any form. */
function textIn(body: JsonObject, attribute: string): string | undefined {
  const found = Object.keys(body).find((name) => name.toLowerCase() === attribute.toLowerCase());
  const value = found === undefined ? undefined : body[found];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** What comes from outside may be a megabyte: of a long text the beginning, and what tells it from others. */
function short(text: string): string {
  return text.length <= longestKey
    ? text
    : `${text.slice(0, 100)}… ${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
