/** YAML text as the library's nodes, in bounded time: one document, without tags and directives, or its first mistake. */
import { Composer, CST, Lexer, Parser, type Node as YamlNode } from "yaml";
import { describeError, Mistake, maxYamlDepth, tooDeep } from "./mistake.ts";

/** The most words and marks in one text: 8 MiB of the tersest permission sets have 3.4 million. */
const maxTokens = 4_000_000;

/**
 * The value of the one document of a text, null when it is empty.
 *
 * @throws {Mistake} the first one: what follows it is mostly its consequence
 */
export function compose(text: string): YamlNode | null {
  const scan: Scan = { brackets: [], quotes: [] };
  const composer = new Composer({ uniqueKeys: false });
  let first: Mistake | undefined;
  // The library collects its errors, a million for a million brackets; thrown, the first one ends it. It catches what is
  // thrown on its way out and reports that again.
  (composer as unknown as { onError: OnError }).onError = (source, code, message, isWarning) => {
    if (isWarning && code !== "BAD_ALIAS") return;
    first ??= explain(
      text,
      scan,
      typeof source === "object" ? (source.offset ?? source[0] ?? 0) : source,
      message,
    );
    throw first;
  };
  try {
    const [document, second] = composer.compose(tokens(text, scan), true, text.length);
    if (scan.mistake) throw scan.mistake;
    if (second)
      throw new Mistake(
        second.range[0],
        "a second document (expected one in a file, and no --- or ... in it)",
        "yaml-feature",
      );
    return document?.contents ?? null;
  } catch (error) {
    // the composer may have met a consequence of what ended the scan before it
    if (error instanceof Mistake && scan.mistake && scan.mistake.offset <= error.offset) throw scan.mistake;
    throw error;
  }
}

type OnError = (
  source: number | { readonly offset?: number; readonly [index: number]: number },
  code: string,
  message: string,
  isWarning?: boolean,
) => void;

/** What the tokens of a text leave behind for its mistakes. */
interface Scan {
  readonly brackets: Opening[];
  readonly quotes: Opening[];
  mistake?: Mistake;
}

interface Opening {
  readonly mark: string;
  readonly at: number;
  /** Where it is closed; of a quote, where its text ends. */
  end?: number;
}

const closing: Readonly<Record<string, string>> = { "[": "]", "{": "}" };

/** The mistake behind an error of the library. What is not closed is told where it was opened. */
function explain(text: string, { brackets, quotes }: Scan, offset: number, message: string): Mistake {
  if (message.startsWith("Missing closing")) {
    const quote = quotes.find(({ end }) => end === offset);
    if (quote) return new Mistake(quote.at, `${quote.mark} is not closed (expected another ${quote.mark})`);
  }
  if (/end with a [\]}]/.test(message)) {
    const bracket = brackets.findLast(({ at, end = offset }) => at < offset && end >= offset);
    if (bracket)
      return new Mistake(bracket.at, `${bracket.mark} is not closed (expected ${closing[bracket.mark]})`);
  }
  // an indentation is told at what is indented
  const [space = ""] = /column|indented/.test(message) ? (/^\s*/.exec(text.slice(offset)) ?? []) : [];
  const at = offset + space.length < text.length ? offset + space.length : offset;
  return new Mistake(at, describeError(message, text.charAt(at)));
}

/** The tokens of a text, until it is found to be wrong. */
function* tokens(text: string, scan: Scan): Generator<CST.Token> {
  const parser = new Parser();
  const open: Opening[] = [];
  let isScalar = false;
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const at = parser.offset;
    // a scalar without quotes is announced by a lexeme of its own
    const type: CST.TokenType | null = isScalar ? null : CST.tokenType(lexeme);
    isScalar = type === "scalar";
    if (++count > maxTokens)
      throw new Mistake(
        at,
        `more than ${maxTokens} words and marks (expected less; extends takes parts from other files)`,
        "too-large",
      );
    if (type === "tag")
      throw new Mistake(
        at,
        "a tag (expected a plain value, or quotes around text that begins with !)",
        "yaml-feature",
      );
    if (type === "directive-line" && !/^%YAML +1\.2\s*(#|$)/.test(lexeme))
      throw new Mistake(at, "a directive (expected none, or %YAML 1.2)", "yaml-feature");
    if (type === "flow-seq-start" || type === "flow-map-start") {
      const opening = { mark: lexeme, at };
      scan.brackets.push(opening);
      open.push(opening);
    } else if (type === "flow-seq-end" || type === "flow-map-end") {
      const opening = open.pop();
      if (opening) opening.end = at;
    } else if (type === "flow-error-end") open.length = 0;
    else if (type === "single-quoted-scalar" || type === "double-quoted-scalar")
      scan.quotes.push({ mark: lexeme.charAt(0), at, end: at + lexeme.length });

    for (const token of parser.next(lexeme)) {
      if (token.type === "error") {
        scan.mistake = new Mistake(token.offset, describeError(token.message, text.charAt(token.offset)));
        return;
      }
      yield token;
    }
    if (parser.stack.length > maxYamlDepth) throw new Mistake(at, tooDeep, "too-large");
  }
  yield* parser.end();
}
