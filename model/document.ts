/**
 * An environment file as a tree that knows where each value was written, and the merge of `extends`.
 * Everything after this file asks the tree for positions; nothing else touches YAML.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  type Node as YamlNode,
} from "yaml";
import type { Checked, Position, Problem } from "./problem.ts";

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

// anchors can multiply: nine levels of nine aliases are 387 million nodes
const maxNodes = 2_000_000;

/** Reads YAML 1.2 text into a tree with positions; `file` is the name that positions carry. */
export function parseText(file: string, text: string): Checked<DocumentNode> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    at: position(error.pos[0]),
    message: `${lowerFirst(error.message)} (expected YAML)`,
  }));
  if (problems.length > 0) return { ok: false, problems };

  let nodes = 0;
  const build = (node: YamlNode | null | undefined, fallback: number): DocumentNode => {
    const start = node?.range?.[0] ?? fallback;
    const at = position(start);
    if (++nodes > maxNodes) {
      if (nodes === maxNodes + 1)
        problems.push({ at, message: `aliases expand to more than ${maxNodes} values` });
      return { kind: "scalar", at, value: null, locate: () => at };
    }
    if (isAlias(node)) return build(node.resolve(document), start);
    if (isMap(node)) {
      const entries = new Map<string, { key: Position; node: DocumentNode }>();
      for (const pair of node.items) {
        const keyNode = pair.key as YamlNode;
        const key = position(keyNode.range?.[0] ?? start);
        const name = isScalar(keyNode) ? keyNode.value : undefined;
        if (typeof name !== "string") {
          problems.push({ at: key, message: "a key that is not text (expected a name)" });
        } else if (name === "__proto__") {
          problems.push({ at: key, message: '"__proto__" cannot be a key' });
        } else {
          const value = pair.value as YamlNode | null;
          entries.set(name, { key, node: build(value, keyNode.range?.[1] ?? start) });
        }
      }
      return { kind: "map", at, entries };
    }
    if (isSeq(node))
      return { kind: "list", at, items: node.items.map((item) => build(item as YamlNode, start)) };
    const value = isScalar(node) ? node.value : null;
    if (value !== null && !["string", "number", "boolean"].includes(typeof value)) {
      problems.push({
        at,
        message: "a value of an unknown YAML type (expected text, a number, true, false or null)",
      });
      return { kind: "scalar", at, value: null, locate: () => at };
    }
    const [from, to] = [start, node?.range?.[1] ?? start];
    const block = isScalar(node) && (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL);
    return {
      kind: "scalar",
      at,
      value: value as ScalarNode["value"],
      locate: (offset) => position(from + align(text.slice(from, to), String(value), offset, block)),
    };
  };

  const root = build(document.contents as YamlNode | null, 0);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: root };
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

/** Where the last step of a path is named: a map's key, or a list's item. */
export function keyAt(root: DocumentNode, path: Path): Position {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent.kind === "map" ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry ? entry.key : nodeAt(root, path).at;
}

/**
 * The offset in `source` of the character that became `value[offset]`. A YAML scalar's text is its value with
 * quotes, escapes and indentation between: walking both finds each character of the value in order.
 */
function align(source: string, value: string, offset: number, block: boolean): number {
  let at = block ? source.indexOf("\n") + 1 : 0;
  for (let i = 0; i <= Math.min(offset, value.length - 1); i++) {
    const character = value.charAt(i);
    if (/\s/.test(character)) {
      // a line break may have been folded to a space: any white space stands for any other
      const rest = source.slice(at).search(/\s/);
      if (rest < 0) break;
      at += rest + 1;
    } else {
      const next = source.indexOf(character, at);
      if (next < 0) break;
      at = next + 1;
    }
  }
  return offset < value.length ? Math.max(at - 1, 0) : at;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
