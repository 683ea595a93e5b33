/** What expressions see: the SCIM user as the agent stores it, and the environment's variables. */
import type { Extension } from "../environment/connector/extension.ts";
import { extensionSchema } from "../scim/connector-types.ts";
import { enterpriseUserSchema } from "../scim/enterprise-user.ts";
import type { Attribute } from "../scim/schema.ts";
import { userSchema } from "../scim/user.ts";

/** The type of a value that has a name. */
export type ValueType =
  | { readonly kind: "simple"; readonly name: "string" | "bool" | "int" | "double" }
  | { readonly kind: "list"; readonly of: ValueType }
  | ObjectType;

export interface ObjectType {
  readonly kind: "object";
  /** Its name in CEL, such as `UserEmails`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}

export interface Field {
  readonly type: ValueType;
  /** Whether every stored user has it, or every environment of a variable. */
  readonly always: boolean;
  /** What the resource calls it, where that is no name for CEL: an extension's URN. */
  readonly storedAs?: string;
}

/** The extension's attributes stand under this name, since its URN is no CEL identifier. */
const enterprise = "enterprise";

// `normaliseUser` of agent/scim/resource.ts sees to these two, and to no other
const always = new Set(["User.userName", "User.active"]);

const simple: Partial<Record<Attribute["type"], "bool" | "int" | "double">> = {
  boolean: "bool",
  integer: "int",
  decimal: "double",
};

const standardUser = objectType("User", userSchema.attributes);
const enterpriseUser: Field = {
  type: objectType("UserEnterprise", enterpriseUserSchema.attributes),
  always: false,
  storedAs: enterpriseUserSchema.id,
};

/**
 * `user`: its attributes but for those that the agent never keeps, and each extension by its name. A list that is there
 * has an element.
 */
export function userObject(extensions: Readonly<Record<string, Extension>>): ObjectType {
  const fields = new Map(standardUser.fields).set(enterprise, enterpriseUser);
  for (const [name, extension] of Object.entries(extensions)) {
    // no attribute's type has a name that begins like this
    const type = objectType(`Extension${capital(name)}`, extensionSchema(name, extension).attributes);
    fields.set(name, { type, always: false, storedAs: extension.schema });
  }
  return { ...standardUser, fields };
}

/** `account`: what a write would make of the user on the Mercurial host. */
export const accountObject: ObjectType = {
  kind: "object",
  name: "Account",
  fields: new Map<string, Field>([
    ["name", { type: { kind: "simple", name: "string" }, always: true }],
    ["email", { type: { kind: "simple", name: "string" }, always: false }],
    ["groups", { type: { kind: "list", of: { kind: "simple", name: "string" } }, always: true }],
  ]),
};

/** `vars`, with the CEL type of each variable, and whether it always has a value. */
export function variablesObject(
  variables: readonly { name: string; type: "string" | "int" | "bool"; always: boolean }[],
): ObjectType {
  const fields = variables.map(({ name, type, always }): [string, Field] => [
    name,
    { type: { kind: "simple", name: type }, always },
  ]);
  return { kind: "object", name: "Vars", fields: new Map(fields) };
}

/** The type as CEL writes it. */
export function celType(type: ValueType): string {
  return type.kind === "list" ? `list<${celType(type.of)}>` : type.name;
}

function objectType(name: string, attributes: readonly Attribute[]): ObjectType {
  const fields = attributes
    .filter(
      ({ name, returned, mutability }) =>
        returned !== "never" && mutability !== "readOnly" && !name.startsWith("$"),
    )
    .map((attribute): [string, Field] => [
      attribute.name,
      { type: typeOf(name, attribute), always: always.has(`${name}.${attribute.name}`) },
    ]);
  return { kind: "object", name, fields: new Map(fields) };
}

function typeOf(parent: string, { name, type, multiValued, subAttributes = [] }: Attribute): ValueType {
  const one: ValueType =
    type === "complex"
      ? objectType(`${parent}${capital(name)}`, subAttributes)
      : { kind: "simple", name: simple[type] ?? "string" };
  return multiValued ? { kind: "list", of: one } : one;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
