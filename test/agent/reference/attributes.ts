/** The reference model's own table of attributes (RFC 7643, sections 3.1, 4.1 to 4.3): those that the sequences use. */
import type { Json, JsonObject } from "./json.ts";

export type Kind = "User" | "Group";

export interface Attribute {
  readonly name: string;
  readonly type: "string" | "boolean" | "complex";
  readonly many?: boolean;
  /** Compared with regard to case. */
  readonly exact?: boolean;
  readonly required?: boolean;
  /** What a resource is known by, and no other of its kind. */
  readonly isName?: boolean;
  readonly readOnly?: boolean;
  /** Taken and forgotten, like a password. */
  readonly hidden?: boolean;
  /** Part of every answer, whatever the request wants to see. */
  readonly always?: boolean;
  readonly subs?: readonly Attribute[];
}

export const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const text = (name: string, more: Partial<Attribute> = {}): Attribute => ({ name, type: "string", ...more });
const complex = (name: string, subs: readonly Attribute[], more: Partial<Attribute> = {}): Attribute => ({
  ...{ name, type: "complex", subs },
  ...more,
});
const flag = (name: string): Attribute => ({ name, type: "boolean" });
const exact = true;
const readOnly = true;

/** RFC 7643, section 2.4. */
const plural = (name: string): Attribute =>
  complex(name, [text("value"), text("display"), text("type"), flag("primary")], { many: true });

const common: readonly Attribute[] = [
  text("schemas", { many: true, exact, readOnly, always: true }),
  text("id", { exact, readOnly, always: true }),
  text("externalId", { exact }),
  complex(
    "meta",
    ["resourceType", "created", "lastModified", "location", "version"].map((name) =>
      text(name, { exact, readOnly }),
    ),
    { readOnly },
  ),
];

const reference = (name: string, more: Partial<Attribute>): Attribute =>
  complex(name, [text("value", { exact: name === "members" }), text("$ref"), text("display"), text("type")], {
    many: true,
    ...more,
  });

const attributesOf: Record<Kind, readonly Attribute[]> = {
  User: [
    ...common,
    text("userName", { required: true, isName: true }),
    complex("name", [text("familyName"), text("givenName")]),
    ...["displayName", "title", "userType"].map((name) => text(name)),
    flag("active"),
    text("password", { hidden: true }),
    plural("emails"),
    plural("roles"),
    reference("groups", { readOnly }),
    // an extension is a complex attribute called like its URN
    complex(enterprise, [
      text("department"),
      complex("manager", [text("value"), text("$ref"), text("displayName", { readOnly })]),
    ]),
  ],
  Group: [...common, text("displayName", { required: true, isName: true }), reference("members", {})],
};

/** A whole resource as one complex attribute. */
export const resourceOf: Record<Kind, Attribute> = {
  User: complex("User", attributesOf.User),
  Group: complex("Group", attributesOf.Group),
};

/** The sub-attribute of that name, in any case (RFC 7643, section 2.1). */
export function subOf(attribute: Attribute, name: string): Attribute | undefined {
  return attribute.subs?.find((sub) => sub.name.toLowerCase() === name.toLowerCase());
}

/**
 * The attributes on the way to what a name means (RFC 7644, section 3.10): `name.givenName` is `[name, givenName]`.
 * Undefined when no schema has it.
 */
export function lookUp(kind: Kind, name: string): readonly Attribute[] | undefined {
  const lower = name.toLowerCase();
  const core = (kind === "User" ? userUrn : groupUrn).toLowerCase();
  const extension = enterprise.toLowerCase();
  let names = lower.split(".");
  if (lower === extension) names = [lower];
  // older Entra jobs write a dot for the last colon
  else if (lower.startsWith(`${extension}:`) || lower.startsWith(`${extension}.`))
    names = [extension, ...lower.slice(extension.length + 1).split(".")];
  else if (lower.startsWith(`${core}:`)) names = lower.slice(core.length + 1).split(".");

  const chain: Attribute[] = [];
  let here = resourceOf[kind];
  for (const part of names) {
    const next = subOf(here, part);
    if (!next) return undefined;
    chain.push(next);
    here = next;
  }
  return chain;
}

/** The own value of that name, in any case. */
export function valueNamed(object: JsonObject, name: string): Json | undefined {
  const key = Object.keys(object).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}
