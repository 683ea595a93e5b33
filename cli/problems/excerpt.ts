/**
 * The line that a problem is on, with a mark under its column. A secret may stand anywhere on a line that is wrong: in
 * place of a reference, as a key, behind a quote too many. So of a line only the marks are shown, the words of the
 * language, and what the message says itself; everything else is `…`.
 */

/** The most characters of a line that are shown. */
const widest = 120;
/** How much of a line is looked at on each side of the column: a file may be one line of megabytes. */
const reach = 1000;

/** Words with the marks between them, up to a space, a quote, a bracket, a comma, or the colon of a key; and each of those. */
const pieces = /(?:[^\s"'{}[\](),:]|:(?=[^\s"'{}[\](),]))+|[\s\S]/gu;

export interface Excerpt {
  readonly text: string;
  /** What stands below the text: the mark, with the tabs of the text before it. */
  readonly mark: string;
}

/**
 * Makes the excerpt of one line.
 *
 * @param column from 1, in UTF-16 code units
 * @param known the words that may be shown besides marks
 * @returns undefined when there is nothing to see
 */
export function excerptOf(line: string, column: number, known: ReadonlySet<string>): Excerpt | undefined {
  if (line.trim() === "") return undefined;
  const from = Math.max(0, column - 1 - reach);
  const near = line.slice(from, column - 1 + reach);
  let text = "";
  let caret: number | undefined;
  for (const { 0: piece, index } of near.matchAll(pieces)) {
    const offset = from + index;
    // half a word may be a word
    const cut =
      (index === 0 && from > 0) || (index + piece.length === near.length && from + near.length < line.length);
    const isShown = !cut && isPlain(piece, known);
    if (!isShown && !text.endsWith("…")) text += "…";
    if (column - 1 >= offset && column - 1 < offset + piece.length)
      caret = isShown ? text.length + column - 1 - offset : text.length - 1;
    if (isShown) text += piece;
  }
  return around(text, caret ?? text.length);
}

/** Whether a piece of a line has nothing in it but words that are known, and marks that stand alone or between them. */
function isPlain(piece: string, known: ReadonlySet<string>): boolean {
  if (/^[ \t"'{}[\](),:]$/.test(piece)) return true;
  if (!/^[\x21-\x7e]+$/.test(piece)) return false;
  // a name behind `vars.` is a variable's
  const words = piece.replace(/\bvars\.[A-Z][A-Z0-9_]*/g, "vars").match(/\w+/g) ?? [];
  if (words.length === 0) return piece.length <= 2 || /^(\.{3}|-{3})$/.test(piece);
  return words.every((word) => known.has(word) || /^[a-z]$/i.test(word));
}

/** The part of a line around a place of it. */
function around(text: string, caret: number): Excerpt {
  const start = text.length <= widest ? 0 : Math.max(0, Math.min(caret - widest / 2, text.length - widest));
  const before = start > 0 ? "…" : "";
  const after = start + widest < text.length ? "…" : "";
  const head = before + text.slice(start, caret);
  return {
    text: `${before}${text.slice(start, start + widest)}${after}`,
    mark: `${head.replace(/[^\t]/g, " ")}^`,
  };
}
