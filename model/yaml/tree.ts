/** The library's nodes as a tree of the model's. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Scalar,
  type YAMLMap,
  type Node as YamlNode,
} from "yaml";
import type { DocumentNode } from "../document.ts";
import { codeOf } from "../name.ts";
import { maxProblems, type Position, type Problem } from "../problem.ts";
import type { ProblemCode } from "../problem-codes.ts";
import { named } from "../quote.ts";
import { Mistake, maxYamlDepth, tooDeep } from "./mistake.ts";
import { offsetInSource, type ScalarStyle } from "./scalar.ts";

/** The most values that a text may have once its aliases are followed: nine levels of nine are 387 million. */
const maxValues = 1_000_000;

/** A value with a name, as aliases repeat it. */
interface Anchored {
  /** Undefined while it is being built: an alias to it goes in a circle. */
  node?: DocumentNode;
  values: number;
  height: number;
}

/** Builds the tree. An alias shares the value that it names, so that the tree costs what its text costs. */
export class Tree {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #position: (offset: number) => Position;
  readonly #anchors = new Map<string, Anchored>();
  /** Whether an alias was met. */
  #isRepeating = false;
  #values = 0;
  #deepest = 0;

  constructor(text: string, position: (offset: number) => Position) {
    this.#text = text;
    this.#position = position;
  }

  /**
   * Builds the tree of a node. Most of what is wrong is a problem besides.
   *
   * @param fallback where it would stand when there is nothing
   * @throws {Mistake} for aliases that lead nowhere, in a circle or to too much
   */
  build(node: YamlNode | null | undefined, fallback: number, depth: number): DocumentNode {
    const start = node?.range?.[0] ?? fallback;
    this.#count(start, 1, depth);
    if (isAlias(node)) return this.#follow(node, start, depth);
    if (!node?.anchor) return this.#content(node, start, depth);
    const anchored: Anchored = { values: 0, height: 0 };
    this.#anchors.set(node.anchor, anchored);
    const [values, deepest] = [this.#values, this.#deepest];
    this.#deepest = depth;
    anchored.node = this.#content(node, start, depth);
    anchored.values = this.#values - values;
    anchored.height = this.#deepest - depth;
    this.#deepest = Math.max(deepest, this.#deepest);
    return anchored.node;
  }

  #follow(alias: Alias, start: number, depth: number): DocumentNode {
    const anchored = this.#anchors.get(alias.source);
    if (!anchored)
      throw new Mistake(
        start,
        "an alias to nothing (expected an anchor above, or quotes around text that begins with *)",
      );
    if (!anchored.node)
      throw new Mistake(start, "an alias to a value that it is itself part of (expected one above)");
    this.#isRepeating = true;
    this.#count(start, anchored.values, depth + anchored.height);
    return anchored.node;
  }

  #count(at: number, values: number, depth: number): void {
    this.#values += values;
    this.#deepest = Math.max(this.#deepest, depth);
    if (this.#values > maxValues)
      throw new Mistake(
        at,
        this.#isRepeating
          ? `aliases repeat more than ${maxValues} values (expected less)`
          : `more than ${maxValues} values (expected less)`,
        "too-large",
      );
    if (depth > maxYamlDepth) throw new Mistake(at, tooDeep, "too-large");
  }

  #content(node: Exclude<YamlNode, Alias> | null | undefined, start: number, depth: number): DocumentNode {
    const at = this.#position(start);
    if (isMap(node)) return { kind: "map", at, entries: this.#entries(node, start, depth) };
    if (isSeq(node))
      return {
        kind: "list",
        at,
        items: node.items.map((item) => this.build(item as YamlNode, start, depth + 1)),
      };
    const end = node?.range?.[1] ?? start;
    const value = isScalar(node) ? node.value : null;
    const locate = (offset: number): Position => {
      const style = (isScalar(node) && styles[String(node.type)]) || "plain";
      return this.#position(
        start + offsetInSource(this.#text.slice(start, end), style, String(value), offset),
      );
    };
    if (typeof value === "string") {
      const found = unwanted.exec(value);
      if (found) this.#report(locate(found.index), "unseen-character", unwantedWords(found[0]));
    } else if (typeof value === "number" && isScalar(node) && /^[-+]?0\d/.test(node.source ?? ""))
      this.#report(
        at,
        "yaml-feature",
        "a number that begins with 0 (expected it without the 0, or quotes around text)",
      );
    return { kind: "scalar", at, value: value as string | number | boolean | null, locate };
  }

  #entries(map: YAMLMap, start: number, depth: number) {
    const entries = new Map<string, { key: Position; node: DocumentNode }>();
    for (const pair of map.items) {
      const key = pair.key as YamlNode | null;
      const from = key?.range?.[0] ?? start;
      const at = this.#position(from);
      const keyNode = this.build(key, from, depth);
      const node = this.build(pair.value as YamlNode | null, key?.range?.[1] ?? from, depth + 1);
      const name = keyNode.kind === "scalar" ? keyNode.value : undefined;
      const before = typeof name === "string" ? entries.get(name) : undefined;
      if (typeof name !== "string")
        this.#report(
          at,
          "yaml-feature",
          `${kindOf(keyNode)} as a key (expected a name, in quotes where it looks like something else)`,
        );
      else if (before)
        this.#report(
          at,
          "duplicate-key",
          `${named("a second", name)} (expected once; the first is at line ${before.key.line})`,
        );
      else if (name === "<<")
        this.#report(
          at,
          "yaml-feature",
          'no merge key "<<" in YAML 1.2 (expected extends, or the keys themselves)',
        );
      else if (name === "__proto__")
        this.#report(at, "yaml-feature", '"__proto__" cannot be a key (expected another name)');
      else entries.set(name, { key: at, node });
    }
    return entries;
  }

  #report(at: Position, code: ProblemCode, message: string): void {
    if (this.problems.length < maxProblems) this.problems.push({ at, code, message });
  }
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  [Scalar.PLAIN]: "plain",
  [Scalar.QUOTE_SINGLE]: "single",
  [Scalar.QUOTE_DOUBLE]: "double",
  [Scalar.BLOCK_LITERAL]: "literal",
  [Scalar.BLOCK_FOLDED]: "folded",
};

// what escapes can write and nothing after this can keep; a lone surrogate has no canonical form
const unwanted = /(?![\n\t])\p{Cc}|\p{Surrogate}/u;

function kindOf(node: DocumentNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  return typeof node.value === "number" ? "a number" : "true or false";
}

function unwantedWords(character: string): string {
  return /\p{Cc}/u.test(character)
    ? `a control character, ${codeOf(character)} (expected printable text)`
    : `half of a character, ${codeOf(character)} (expected both halves, or neither)`;
}
