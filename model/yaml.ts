/**
 * YAML 1.2 text as a tree with positions. What readers of YAML take differently and an environment does not need (tags,
 * directives, merge keys) is refused. Time and memory are bounded, whatever the text is.
 */
import { LineCounter } from "yaml";
import type { DocumentNode } from "./document.ts";
import { codeOf } from "./name.ts";
import type { Checked, Position } from "./problem.ts";
import { fail, ok } from "./result.ts";
import { Mistake } from "./yaml/mistake.ts";
import { compose } from "./yaml/syntax.ts";
import { Tree } from "./yaml/tree.ts";

/** Reads YAML text into a tree; `file` is the name that positions carry. */
export function parseText(file: string, text: string): Checked<DocumentNode> {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  try {
    refuseUnseen(text);
    const tree = new Tree(text, position);
    const root = tree.build(compose(text), 0, 1);
    return tree.problems.length > 0 ? fail(tree.problems) : ok(root);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const { offset, code, message } = oddSpace(text, error);
    return fail([{ at: position(offset), code, message }]);
  }
}

// control characters, and what changes how a line reads without being seen: line separators, zero width, direction
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]|\r(?!\n)/;

function refuseUnseen(text: string): void {
  const found = unseen.exec(text);
  if (!found) return;
  const [character] = found;
  if (character === "\r")
    throw new Mistake(
      found.index,
      "a carriage return alone (expected lines that end in LF or CRLF)",
      "unseen-character",
    );
  throw new Mistake(
    found.index,
    /\p{Cc}/u.test(character)
      ? `a control character, ${codeOf(character)} (expected printable text)`
      : `a character that cannot be seen, ${codeOf(character)} (expected it gone, or an escape in double quotes)`,
    "unseen-character",
  );
}

/** Text pasted from a web page has spaces in it that are none to YAML: then they are the mistake. */
function oddSpace(text: string, mistake: Mistake): Mistake {
  const start = text.lastIndexOf("\n", mistake.offset - 1) + 1;
  const [line = ""] = text.slice(start).split("\n", 1);
  const found = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/.exec(line);
  return found
    ? new Mistake(
        start + found.index,
        `a space that YAML does not know, ${codeOf(found[0])} (expected a plain one)`,
        "unseen-character",
      )
    : mistake;
}
