/**
 * The SCIM schemas of model/, compiled once into trees in which an attribute is found by its name in any case.
 *
 * An extension is a complex attribute whose name is its URN, as it is in the JSON (RFC 7643, section 3.3).
 */
import { commonAttributes } from "../model/scim/common.ts";
import { groupType, members } from "../model/scim/group.ts";
import { type Attribute, attribute, type ResourceType } from "../model/scim/schema.ts";
import { userType } from "../model/scim/user.ts";

/** An attribute in its place. */
export interface AttributeNode extends Attribute {
  /** Its full name in paths and errors, such as `name.givenName`; empty for the resource itself. */
  readonly path: string;
  /** What stands before the name of a sub-attribute in its path, such as `name.`. */
  readonly prefix: string;
  /** Its sub-attributes by lower-cased name, in the schema's order. */
  readonly children: ReadonlyMap<string, AttributeNode>;
  /**
   * Whether the stored resource holds it. It does not hold what the service provider itself says (`id`, `meta`,
   * a user's `groups`), a password, or a group's `members`, which are stored apart.
   */
  readonly stored: boolean;
}

/** A whole resource as one complex attribute. */
export interface ResourceNode extends AttributeNode {
  readonly type: "complex";
  readonly resourceType: ResourceType;
  /** By lower-cased URN: the resource itself for the core schema, else the extension. */
  readonly schemas: ReadonlyMap<string, AttributeNode>;
}

/** An attribute as a path, a filter or a projection names it. */
export interface AttributeName {
  /** The extension in which it lies. */
  readonly extension?: AttributeNode;
  readonly attribute: AttributeNode;
  readonly sub?: AttributeNode;
}

export const userNode = compileResource(userType);
export const groupNode = compileResource(groupType);

const compiled = new WeakMap([userNode, groupNode].map((node) => [node.resourceType, node]));

/** The tree of a resource type, compiled once. */
export function nodeOf(type: ResourceType): ResourceNode {
  const node = compiled.get(type) ?? compileResource(type);
  compiled.set(type, node);
  return node;
}

/** The sub-attribute of that name, in any case. */
export function childOf(node: AttributeNode, name: string): AttributeNode | undefined {
  return node.children.get(name.toLowerCase());
}

/**
 * Finds an attribute by a name in attribute notation (RFC 7644, section 3.10): `userName`, `name.givenName`,
 * `urn:…:User:userName`, `urn:…:enterprise:2.0:User:manager.value`, or an extension's URN alone. Old Entra
 * jobs put a dot where the last colon belongs.
 *
 * @returns undefined when no schema has it
 */
export function findAttribute(root: ResourceNode, text: string): AttributeName | undefined {
  const name = text.toLowerCase();
  const direct = root.children.get(name);
  if (direct) return { attribute: direct };
  for (const [urn, schema] of root.schemas) {
    if (!name.startsWith(urn) || !/[:.]/.test(name.charAt(urn.length))) continue;
    const found = findPlain(schema, name.slice(urn.length + 1));
    // the URN of one schema may begin that of another
    if (found) return schema === root ? found : { extension: schema, ...found };
  }
  return findPlain(root, name);
}

/** An attribute by its plain name in the one extension that has it: Entra leaves the URN of `manager` out of paths. */
export function findInExtensions(root: ResourceNode, text: string): AttributeName | undefined {
  const found = [...root.schemas.values()].flatMap((extension): AttributeName[] => {
    const name = extension === root ? undefined : findPlain(extension, text.toLowerCase());
    return name ? [{ extension, ...name }] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

/**
 * What stands behind the URN of the resource's own schema in a name: `active` in `urn:…:core:2.0:User:active`, nothing in the
 * URN alone; undefined where a name does not begin with it.
 */
export function behindCore({ resourceType }: ResourceNode, name: string): string | undefined {
  const { id } = resourceType.schema;
  if (!name.toLowerCase().startsWith(id.toLowerCase())) return undefined;
  return /^[:.]|^$/.test(name.slice(id.length)) ? name.slice(id.length + 1) : undefined;
}

function findPlain(parent: AttributeNode, name: string): AttributeName | undefined {
  const [first = "", second, ...rest] = name.split(".");
  const attribute = parent.children.get(first);
  if (!attribute || rest.length > 0) return undefined;
  if (second === undefined) return { attribute };
  const sub = attribute.children.get(second);
  return sub && { attribute, sub };
}

function compileResource(type: ResourceType): ResourceNode {
  const extensions = type.extensions.map((schema) =>
    attribute(schema.id, schema.description, { subAttributes: schema.attributes }),
  );
  const everything = attribute(type.name, type.schema.description, {
    subAttributes: [...commonAttributes, ...type.schema.attributes, ...extensions],
  });
  const schemas = new Map<string, AttributeNode>();
  const root = { ...compile(everything, "", ""), type: "complex" as const, resourceType: type, schemas };
  schemas.set(type.schema.id.toLowerCase(), root);
  for (const { id } of type.extensions) {
    const extension = childOf(root, id);
    if (extension) schemas.set(id.toLowerCase(), extension);
  }
  return root;
}

function compile(definition: Attribute, path: string, prefix: string): AttributeNode {
  const children = (definition.subAttributes ?? []).map((sub) => {
    const subPath = prefix + sub.name;
    return compile(sub, subPath, `${subPath}${sub.name.startsWith("urn:") ? ":" : "."}`);
  });
  return {
    ...definition,
    path,
    prefix,
    children: new Map(children.map((child) => [child.name.toLowerCase(), child])),
    stored: definition.mutability !== "readOnly" && definition.returned !== "never" && definition !== members,
  };
}
