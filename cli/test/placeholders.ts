/**
 * `{name}` in the path and body of a request: the SCIM id of the user or group that is given, or was created before, under that
 * name. A brace that is meant as one is written twice.
 */
import type { Path } from "../../model/document.ts";
import { hint } from "../../model/nearest.ts";
import type { Json } from "../../scim/json.ts";
import { Broken } from "./difference.ts";

/** SCIM ids by the names that stand for them. */
export type Ids = ReadonlyMap<string, string>;

const braces = /\{\{|\}\}|\{([^{}]+)\}/g;

/**
 * A text with the ids in it.
 *
 * @param path of the text, below the test
 * @throws {Broken} for a name that stands for nobody
 */
export function withIds(text: string, ids: Ids, path: Path): string {
  return text.replace(braces, (all, name?: string) => {
    if (name === undefined) return all.slice(1);
    const id = ids.get(name);
    if (id !== undefined) return id;
    const known = [...ids.keys()];
    const expected = known.length > 0 ? `one of ${known.join(", ")}` : "somebody under given";
    throw new Broken(
      path,
      `nobody given is named "${name}" ${hint(`${expected}; "{{" for a brace`, name, known)}`,
    );
  });
}

/** A body with the ids in it. */
export function bodyWithIds<T extends Json>(value: T, ids: Ids, path: Path): T;
export function bodyWithIds(value: Json, ids: Ids, path: Path): Json {
  if (typeof value === "string") return withIds(value, ids, path);
  if (Array.isArray(value)) return value.map((item, index) => bodyWithIds(item, ids, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, bodyWithIds(item, ids, [...path, key])]),
  );
}
