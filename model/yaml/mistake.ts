/** What is wrong with YAML text, in words. No word of the text is repeated: it could be a secret. */

import type { ProblemCode } from "../problem-codes.ts";

/** How deep maps and lists may lie in each other; those of an environment are 7 deep. */
export const maxYamlDepth = 64;

export const tooDeep = `nested deeper than ${maxYamlDepth} levels (expected less)`;

/** A mistake in YAML text. It ends the reading of the text, and never leaves `parseText`. */
export class Mistake extends Error {
  /** Where it is, in UTF-16 code units. */
  readonly offset: number;
  readonly code: ProblemCode;

  constructor(offset: number, message: string, code: ProblemCode = "yaml-syntax") {
    super(message);
    this.offset = offset;
    this.code = code;
  }
}

/** The library's message, by a part of it → ours. The first that fits is taken. */
const words: readonly (readonly [part: string, ours: string])[] = [
  ["Tabs are not allowed", "a tab as indentation (expected spaces)"],
  [
    "All mapping items must start at the same column",
    "not indented like the keys above (expected the keys of one map in one column)",
  ],
  [
    "All sequence items must start at the same column",
    "not indented like the items above (expected the items of one list in one column)",
  ],
  ["Sequence item without -", 'a list item without its hyphen (expected "- " before it)'],
  [
    "Implicit keys need to be on a single line",
    'a line without a key (expected "key: value", with a space behind the colon)',
  ],
  [
    "Implicit map keys need to be followed by map values",
    'a key without its colon (expected "key: value", with a space behind the colon)',
  ],
  [
    "Nested mappings are not allowed in compact mappings",
    "a key within a value (expected it on a line of its own in the column of its map, or quotes around text that has a colon and a space in it)",
  ],
  ["on same line with key", "a list on the line of its key (expected it on the lines below, or in brackets)"],
  ["A block sequence may not be used as an implicit map key", "a list as a key (expected a name)"],
  [
    "at most 1024 chars",
    "a key of more than 1024 characters (expected a shorter one, or quotes around text that has a colon and a space in it)",
  ],
  [
    "Block collections are not allowed within flow collections",
    "a key within a value (expected a comma between entries, or quotes around text that has a colon and a space in it)",
  ],
  ["Missing space after :", 'no space behind the colon (expected "key: value")'],
  ["Missing ,", "no comma before this entry (expected one between entries)"],
  ["Unexpected ,", "a comma with nothing before it (expected an entry)"],
  ["Unexpected empty item", "nothing between two commas (expected an entry)"],
  ["Comments must be separated", "no space before # (expected one, or quotes around text that has # in it)"],
  [
    "Block scalar header includes extra characters",
    "text behind | or > (expected it on the lines below, indented)",
  ],
  [
    "Block scalar",
    "not indented like the first line of this text (expected each line at least as far to the right)",
  ],
  [
    "Invalid escape sequence",
    "an escape that YAML does not have (expected \\\\ for a backslash, or single quotes)",
  ],
  ["Anchor cannot be an empty string", "& without a name (expected quotes around text that begins with &)"],
  ["Alias cannot be an empty string", "* without a name (expected quotes around text that begins with *)"],
  ["Alias ending in", "a key that begins with * (expected quotes around it)"],
  ["is ambiguous", "a colon at the end of a name (expected a space before it)"],
  ["An alias node must not specify any properties", "an anchor before an alias (expected the alias alone)"],
  ["at most one anchor", "a second anchor (expected one)"],
  ["Anchors and tags must be after", "an anchor before a mark (expected it behind)"],
  ["Tags and anchors must be separated", "no space behind an anchor (expected one)"],
  [
    "Block collection cannot start on same line with directives-end marker",
    "a key on the line of --- (expected it on the next line)",
  ],
];

const punctuation: Readonly<Record<string, string>> = {
  "]": "] without a [ before it (expected it gone, or quotes around the text)",
  "}": "} without a { before it (expected it gone, or quotes around the text)",
  ":": 'a colon where no key is (expected "key: value")',
  ",": "a comma outside of brackets (expected it gone, or quotes around the text)",
};

/**
 * The message for an error of the library.
 *
 * @param character the one at its place, when that may be shown
 */
export function describeError(message: string, character: string): string {
  const bad = /^Plain value cannot start with .*?([,%|>@`]|tab character)$/.exec(message)?.[1];
  if (bad !== undefined)
    return `text that begins with ${bad.length === 1 ? bad : "a tab"} (expected quotes around it)`;
  if (message.endsWith("at node end"))
    return /[[\]{},]/.test(character)
      ? `${character} behind a value (expected quotes around text that has it inside)`
      : "text behind a value (expected a comma or the end of the line, or quotes around the whole)";
  const found = words.find(([part]) => message.includes(part));
  return found?.[1] ?? punctuation[character] ?? "not YAML (expected a key, a value, or the end of the line)";
}
