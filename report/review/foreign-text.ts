/** Text that others wrote, as a reviewer sees it: nothing in it is hidden, moves other text, or goes on without end. */

/** How much of one name or sentence is shown; none that a provider allows is longer. */
const mostCharacters = 300;

// controls, format (bidirectional marks, joiners), surrogates, private use, unassigned, line and paragraph separators, and all
// spaces but the one; blanks that are letters (U+115F, U+1160, U+3164, U+FFA0, U+2800) and variation selectors
const unseen =
  /\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|[\u115f\u1160\u2800\u3164\uffa0]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** The text with what cannot be seen written as `\u{202e}`, and a backslash as two; of a long one the beginning. */
export function seen(text: string, most = mostCharacters): string {
  const characters = [...text];
  const shown = characters.length > most ? `${characters.slice(0, most).join("")}…` : text;
  return shown.replaceAll("\\", "\\\\").replace(unseen, byNumber);
}

/** A character by its number. */
export function byNumber(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
