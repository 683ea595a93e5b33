/** The words of the language: what may be shown of a line of which nobody knows whether a secret is on it. */
import { environmentSchema } from "../../model/documentation/json-schema.ts";
import { keysOf } from "../../model/documentation/keys.ts";
import { enterpriseUserSchema } from "../../model/scim/enterprise-user.ts";
import type { Attribute } from "../../model/scim/schema.ts";
import { userSchema } from "../../model/scim/user.ts";

// what CEL and its libraries have besides the attributes of a user
const cel =
  "user vars enterprise true false null in has all exists exists_one filter map size optional orValue hasValue contains startsWith endsWith matches split join lowerAscii upperAscii trim replace substring indexOf charAt int string bool";

let words: ReadonlySet<string> | undefined;

/** Keys and choices of an environment file, attributes of a user, names that CEL has. They are gathered once. */
export function languageWords(): ReadonlySet<string> {
  words ??= gathered();
  return words;
}

function gathered(): ReadonlySet<string> {
  const keys = keysOf(environmentSchema()).flatMap(({ path, schema }) => [
    path.split(".").at(-1) ?? "",
    ...(schema.enum ?? []),
    schema.const,
  ]);
  const attributes = namesOf([...userSchema.attributes, ...enterpriseUserSchema.attributes]);
  return new Set([...keys.map(String), ...attributes, ...cel.split(" ")]);
}

function namesOf(attributes: readonly Attribute[]): string[] {
  return attributes.flatMap(({ name, subAttributes = [] }) => [name, ...namesOf(subAttributes)]);
}
