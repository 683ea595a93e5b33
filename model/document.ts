/**
 * An environment file as a tree that knows where each value was written, and the merge of `extends`.
 * `yaml.ts` makes it; everything after it asks the tree for positions.
 */
import type { Position } from "./problem.ts";

export type DocumentNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: ReadonlyMap<string, { readonly key: Position; readonly node: DocumentNode }>;
}

export interface ListNode {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly DocumentNode[];
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: Position;
  readonly value: string | number | boolean | null;
  /** Where character `offset` of a string value stands in the file, through quotes, folds and indentation. */
  locate(offset: number): Position;
}

/** `over` laid onto `base`: maps merge key by key, anything else replaces; every value keeps its position. */
export function merge(base: DocumentNode, over: DocumentNode): DocumentNode {
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [name, entry] of over.entries) {
    const below = base.entries.get(name);
    entries.set(name, below ? { key: entry.key, node: merge(below.node, entry.node) } : entry);
  }
  return { kind: "map", at: over.at, entries };
}

/** The plain data of a tree. */
export function toData(node: DocumentNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toData);
  return Object.fromEntries([...node.entries].map(([name, entry]) => [name, toData(entry.node)]));
}

export type Path = readonly PropertyKey[];

/** The node at a path, or the nearest one above it that exists. */
export function nodeAt(root: DocumentNode, path: Path): DocumentNode {
  let node = root;
  for (const step of path) {
    const next =
      node.kind === "map"
        ? node.entries.get(String(step))?.node
        : node.kind === "list"
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** The node of an entry at a path through maps; undefined when there is none. */
export function entryAt(root: DocumentNode, path: readonly string[]): DocumentNode | undefined {
  let node: DocumentNode | undefined = root;
  for (const step of path) node = node?.kind === "map" ? node.entries.get(step)?.node : undefined;
  return node;
}

/** Where the last step of a path is named: a map's key, or a list's item. */
export function keyAt(root: DocumentNode, path: Path): Position {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent.kind === "map" ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry ? entry.key : nodeAt(root, path).at;
}
