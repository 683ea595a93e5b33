/** Every key of the language, with what its schema says of it. */
import type { JsonSchema } from "./json-schema.ts";

export interface Key {
  /** Such as `connectors.*.auth.bearer`: `*` stands for a name, `[]` for an item of a list. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  /** The alternative that it is a key of, `type: integer`, where the others do not have it all the same. */
  readonly when?: string;
}

/** The keys below a schema, in its order; a key of several alternatives once for each. */
export function keysOf(schema: JsonSchema, path = "", when?: string): Key[] {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  const { properties = {}, required = [], additionalProperties, items } = schema;
  const keys = Object.entries(properties).flatMap(([name, value]): Key[] => [
    { path: below(name), schema: value, required: required.includes(name), ...(when && { when }) },
    ...keysOf(value, below(name), when),
  ]);
  for (const alternative of alternativesOf(schema))
    keys.push(...keysOf(alternative, path, choiceOf(alternative) ?? when));
  if (typeof additionalProperties === "object") keys.push(...keysOf(additionalProperties, below("*"), when));
  if (items) keys.push(...keysOf(items, `${path}[]`, when));
  return keys;
}

/** The alternatives of a union; none for anything else. */
export function alternativesOf({ oneOf = [], anyOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...oneOf, ...anyOf];
}

/** What tells this alternative from the others: `type: integer`. */
function choiceOf({ properties = {} }: JsonSchema): string | undefined {
  const [name, value] = Object.entries(properties).find(([, { const: only }]) => only !== undefined) ?? [];
  return name && `${name}: ${value?.const}`;
}
