/**
 * The grammar of filters (RFC 7644, section 3.4.2.2, figure 1): text to a tree, in time linear in its length.
 */

import { fail, ok } from "../../model/result.ts";
import { quote, type ScimResult, scimError } from "../error.ts";

/** The comparison operators of RFC 7644, table 3, but for `pr`, which has no value. */
export type Comparison = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

/** A filter; attribute names are as the client wrote them. */
export type Filter =
  | { readonly op: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly op: "not"; readonly filter: Filter }
  | { readonly op: "pr"; readonly attribute: string }
  | {
      readonly op: Comparison;
      readonly attribute: string;
      readonly value: string | number | boolean | null;
    }
  | { readonly op: "[]"; readonly attribute: string; readonly filter: Filter };

/** The longest filter that is read, in UTF-16 code units; real ones are under 200. */
export const maxFilterLength = 4096;

/** How deep parentheses and brackets may lie in each other. */
export const maxFilterDepth = 16;

/**
 * Parses a filter.
 *
 * @returns `invalidFilter`, which says where the mistake is, in characters from 1. No string of the filter is in it.
 */
export function parseFilter(text: string): ScimResult<Filter> {
  if (text.length > maxFilterLength) {
    return invalid(`the filter is longer than ${maxFilterLength} characters`);
  }
  const parser = new Parser(text);
  try {
    return ok(parser.parse());
  } catch (error) {
    if (error instanceof Mistake) return invalid(error.message);
    throw error;
  }
}

const invalid = (detail: string) => fail(scimError("invalidFilter", detail));

/** Unwinds the recursion of the parser; never leaves this file. */
class Mistake extends Error {}

/**
 * Space, string, number, name or keyword, bracket, sub-attribute behind a bracket. Each alternative begins
 * differently, so nothing is tried twice.
 */
const token =
  /\s+|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w:.-]))|([A-Za-z_$][\w$:.-]*)|([[\]()])|((?<=\])\.[A-Za-z_$][\w$-]*)/y;

const comparisons = new Set<string>(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);

type Token = { kind: "string" | "number" | "word" | "bracket" | "sub" | "end"; text: string; at: number };

/** `or` binds least, then `and`; `not` takes parentheses. */
class Parser {
  readonly #text: string;
  #next: Token;
  #offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = { kind: "end", text: "", at: 0 };
  }

  parse(): Filter {
    this.#advance();
    const filter = this.#or();
    if (this.#next.kind !== "end") throw this.#unexpected("the end, and or or");
    return filter;
  }

  #or(): Filter {
    return this.#list("or", () => this.#list("and", () => this.#term()));
  }

  #list(op: "and" | "or", operand: () => Filter): Filter {
    const first = operand();
    if (!this.#isWord(op)) return first;
    const filters = [first];
    while (this.#isWord(op)) {
      this.#advance();
      filters.push(operand());
    }
    return { op, filters };
  }

  #term(): Filter {
    if (this.#isBracket("(")) return this.#enclosed("(", ")");
    if (this.#next.kind !== "word") throw this.#unexpected("the name of an attribute");
    const { text: attribute } = this.#advance();
    if (attribute.toLowerCase() === "not" && this.#isBracket("(")) {
      return { op: "not", filter: this.#enclosed("(", ")") };
    }
    if (this.#isBracket("[")) return this.#valuePath(attribute);
    return this.#comparison(attribute);
  }

  /** Entra writes `emails[type eq "work"].value eq "…"` for one value of which both are true. */
  #valuePath(attribute: string): Filter {
    const filter = this.#enclosed("[", "]");
    if (this.#next.kind !== "sub") return { op: "[]", attribute, filter };
    const comparison = this.#comparison(this.#advance().text.slice(1));
    const filters = filter.op === "and" ? [...filter.filters, comparison] : [filter, comparison];
    return { op: "[]", attribute, filter: { op: "and", filters } };
  }

  #comparison(attribute: string): Filter {
    if (this.#isWord("pr")) {
      this.#advance();
      return { op: "pr", attribute };
    }
    if (this.#next.kind !== "word" || !comparisons.has(this.#next.text.toLowerCase())) {
      throw this.#unexpected(`one of ${[...comparisons].join(", ")}, pr`);
    }
    const op = this.#advance().text.toLowerCase() as Comparison;
    return { op, attribute, value: this.#value() };
  }

  #enclosed(open: string, close: string): Filter {
    if (++this.#depth > maxFilterDepth) {
      throw new Mistake(`the filter is nested deeper than ${maxFilterDepth} levels`);
    }
    if (!this.#isBracket(open)) throw this.#unexpected(open);
    this.#advance();
    const filter = this.#or();
    if (!this.#isBracket(close)) throw this.#unexpected(close);
    this.#advance();
    this.#depth--;
    return filter;
  }

  /** A value is JSON (RFC 7644, figure 1): its escapes mean what they mean there. */
  #value(): string | number | boolean | null {
    const { kind, text } = this.#next;
    if (kind === "word" && !/^(?:true|false|null)$/i.test(text)) throw this.#unexpected("a value");
    if (kind === "bracket" || kind === "sub" || kind === "end") throw this.#unexpected("a value");
    try {
      const value = JSON.parse(kind === "word" ? text.toLowerCase() : text);
      this.#advance();
      return value;
    } catch {
      throw this.#unexpected("a value written as in JSON");
    }
  }

  #isWord(word: string) {
    return this.#next.kind === "word" && this.#next.text.toLowerCase() === word;
  }

  #isBracket(bracket: string) {
    return this.#next.kind === "bracket" && this.#next.text === bracket;
  }

  /** Steps over the next token and returns it. */
  #advance(): Token {
    const current = this.#next;
    this.#next = this.#read();
    return current;
  }

  #read(): Token {
    for (;;) {
      const at = this.#offset;
      if (at >= this.#text.length) return { kind: "end", text: "", at };
      token.lastIndex = at;
      const match = token.exec(this.#text);
      if (!match) {
        const what = this.#text[at] === '"' ? "this string has no end" : "this is no part of a filter";
        throw new Mistake(`at character ${at + 1}: ${what}`);
      }
      this.#offset = token.lastIndex;
      const [text, string, number, word, bracket, sub] = match;
      if (string !== undefined) return { kind: "string", text, at };
      if (number !== undefined) return { kind: "number", text, at };
      if (word !== undefined) return { kind: "word", text, at };
      if (bracket !== undefined) return { kind: "bracket", text, at };
      if (sub !== undefined) return { kind: "sub", text, at };
    }
  }

  #unexpected(expected: string): Mistake {
    const { kind, text, at } = this.#next;
    const found = kind === "end" ? "the end" : kind === "string" ? "a string" : quote(text);
    return new Mistake(`at character ${at + 1}: expected ${expected}, found ${found}`);
  }
}
