/** Which attributes of a resource are sent (RFC 7644, section 3.9). */
import type { ResourceType } from "../model/scim/schema.ts";
import {
  type AttributeNode,
  findAttribute,
  findInExtensions,
  nodeOf,
  type ResourceNode,
} from "./attribute.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** The query of a request, each a list of attribute names with commas; repeated parameters come as an array. */
export interface ProjectionQuery {
  readonly attributes?: string | readonly string[];
  readonly excludedAttributes?: string | readonly string[];
}

/** What a request wants to see. Made once for a request, applied to each of its resources. */
export class Projection {
  /** All that is sent, sub-attributes too. */
  readonly #kept: ReadonlySet<AttributeNode>;
  readonly #root: ResourceNode;

  /** Whether the request names the attributes that it wants. */
  readonly isChosen: boolean;

  constructor(root: ResourceNode, kept: ReadonlySet<AttributeNode>, isChosen: boolean) {
    this.#root = root;
    this.#kept = kept;
    this.isChosen = isChosen;
  }

  /** Whether the attribute of that canonical name, such as `members`, is sent at all: else it need not be read. */
  has(name: string): boolean {
    const node = this.#root.children.get(name.toLowerCase());
    return node !== undefined && this.#kept.has(node);
  }

  /** The object without what is not sent. */
  apply(node: AttributeNode, object: JsonObject): JsonObject {
    const projected: JsonObject = {};
    for (const [name, value] of Object.entries(object)) {
      const child = node.children.get(name.toLowerCase());
      const shown = child && this.#kept.has(child) ? this.#value(child, value) : undefined;
      if (shown !== undefined) projected[name] = shown;
    }
    return projected;
  }

  /** Undefined where nothing of it is sent: an object of nothing is no value (RFC 7643, section 2.5). */
  #value(node: AttributeNode, value: Json): Json | undefined {
    if (Array.isArray(value)) {
      const shown = value.flatMap((element) => this.#value(node, element) ?? []);
      return shown.length > 0 || value.length === 0 ? shown : undefined;
    }
    if (!isObject(value)) return value;
    const shown = this.apply(node, value);
    return Object.keys(shown).length > 0 ? shown : undefined;
  }
}

/**
 * Reads `attributes` and `excludedAttributes`. Names are case-insensitive, dotted or with a URN as needed; names that
 * no schema knows select nothing. What is always returned, such as `id`, cannot be left out.
 */
export function projection(type: ResourceType, query: ProjectionQuery): Projection {
  const root = nodeOf(type);
  const wanted = named(root, query.attributes);
  const unwanted = named(root, query.excludedAttributes);
  const kept = new Set<AttributeNode>();

  /** Adds what is kept at or below the node; returns whether there is anything. */
  const keep = (node: AttributeNode, isWanted: boolean): boolean => {
    if (node.returned === "never") return false;
    const isAlways = node.returned === "always";
    if (unwanted?.has(node) && !isAlways) return false;
    const isNamed = wanted?.has(node) ?? false;
    const isKept = isAlways || isNamed || (isWanted && node.returned === "default");
    let isBelow = false;
    for (const child of node.children.values()) isBelow = keep(child, isKept) || isBelow;
    if (!isKept && !isBelow) return false;
    kept.add(node);
    return true;
  };
  for (const child of root.children.values()) keep(child, wanted === undefined);
  return new Projection(root, kept, wanted !== undefined);
}

/** The names in a parameter; none where it is absent or empty. */
export function namesIn(parameter: string | readonly string[] | undefined): string[] {
  return [parameter ?? []]
    .flat()
    .flatMap((part) => part.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** The attributes that a parameter names; undefined when it is absent or empty. */
function named(
  root: ResourceNode,
  parameter: string | readonly string[] | undefined,
): Set<AttributeNode> | undefined {
  const names = namesIn(parameter);
  if (names.length === 0) return undefined;
  const nodes = new Set<AttributeNode>();
  for (const name of names) {
    const found = findAttribute(root, name) ?? findInExtensions(root, name);
    if (found) nodes.add(found.sub ?? found.attribute);
  }
  return nodes;
}
