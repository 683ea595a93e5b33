import { quote } from "./error.ts";
/**
 * The shape of a body, looked at in its text before it is parsed: how deep and how wide it is, and which names it gives twice.
 * A parser would build a million arrays or names first, and takes the last of two equal names without a word.
 */

/** How deep objects and arrays may lie in each other; the deepest of SCIM, a PATCH of an extension, is 7. */
export const maxDepth = 32;

/** How many names one object may have; a user with every attribute has some fifty. */
export const maxNames = 1_000;

/** Names with which a careless copy would reach an object's prototype. No SCIM attribute is called that. */
const forbiddenNames = new Set(["__proto__", "constructor", "prototype"]);

/** An object or array that is open. */
interface Frame {
  /** The names so far, in lower case; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** Whether the next string is a name. */
  expectsName: boolean;
}

/**
 * What is wrong with the shape; undefined where nothing is. Attribute names are case-insensitive (RFC 7643, section
 * 2.1), so two that differ only in case are one attribute given twice. What is no JSON at all is for the parser to say.
 */
export function shapeProblem(text: string): string | undefined {
  const open: Frame[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "{":
      case "[":
        if (open.length === maxDepth) return `the body is nested deeper than ${maxDepth} levels`;
        open.push(text[i] === "{" ? { names: new Set(), expectsName: true } : inArray);
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",": {
        const frame = open.at(-1);
        if (frame?.names) frame.expectsName = true;
        break;
      }
      case '"': {
        const end = endOfString(text, i);
        const frame = open.at(-1);
        if (frame?.names && frame.expectsName && isFollowedByColon(text, end)) {
          frame.expectsName = false;
          const problem = nameProblem(frame.names, text.slice(i, end + 1));
          if (problem) return problem;
        }
        i = end;
      }
    }
  }
  return undefined;
}

const inArray: Frame = { names: undefined, expectsName: false };

/** Else it is no name, and may be a value that is nobody's business. */
function isFollowedByColon(text: string, end: number): boolean {
  colon.lastIndex = end + 1;
  return colon.test(text);
}

const colon = /[ \t\r\n]*:/y;

/** The place of the quote that ends the string; the end of the text where none does. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    const quoteAt = text.indexOf('"', i);
    if (quoteAt < 0) return text.length;
    let escapes = 0;
    while (text[quoteAt - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return quoteAt;
    i = quoteAt;
  }
}

/** What is wrong with one more name, which stands there as JSON writes it; adds it to the others. */
function nameProblem(names: Set<string>, written: string): string | undefined {
  const name = decode(written);
  if (forbiddenNames.has(name)) return `no attribute may be called ${quote(name)}`;
  const lower = name.toLowerCase();
  if (names.has(lower)) return `the attribute ${quote(name)} is given twice`;
  if (names.size === maxNames) return `an object has more than ${maxNames} names`;
  names.add(lower);
  return undefined;
}

function decode(written: string): string {
  if (!written.includes("\\")) return written.slice(1, -1);
  try {
    return String(JSON.parse(written));
  } catch {
    return written;
  }
}
