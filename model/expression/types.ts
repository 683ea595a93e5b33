/** What expressions see: the SCIM user as the agent stores it, and the environment's variables. */
import { enterpriseUserSchema } from "../scim/enterprise-user.ts";
import { type Attribute, attribute } from "../scim/schema.ts";
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
  /** Whether every stored user has it. */
  readonly always: boolean;
}

/** The extension's attributes stand under this name, since its URN is no CEL identifier. */
export const enterprise = "enterprise";

// `normaliseUser` of agent/scim/resource.ts sees to these two, and to no other
const always = new Set(["User.userName", "User.active"]);

const simple: Partial<Record<Attribute["type"], "bool" | "int" | "double">> = {
  boolean: "bool",
  integer: "int",
  decimal: "double",
};

/** Its attributes but for those that the agent never keeps. A list that is there has an element. */
export const userObject: ObjectType = objectType("User", [
  ...userSchema.attributes,
  attribute(enterprise, "Enterprise User", { subAttributes: enterpriseUserSchema.attributes }),
]);

/** `vars`, with the CEL type of each variable. */
export function variablesObject(variables: ReadonlyMap<string, "string" | "int" | "bool">): ObjectType {
  const fields = [...variables].map(([name, type]): [string, Field] => [
    name,
    { type: { kind: "simple", name: type }, always: true },
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
      ? objectType(`${parent}${name.charAt(0).toUpperCase()}${name.slice(1)}`, subAttributes)
      : { kind: "simple", name: simple[type] ?? "string" };
  return multiValued ? { kind: "list", of: one } : one;
}
