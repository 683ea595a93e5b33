/**
 * How names compare: one rule for what an environment file declares, what identity providers send, filters, policy and the
 * store. A name is kept and shown as it was written; only its folded form is compared.
 */

/**
 * Text as it compares where case says nothing: Unicode's toNFKC_Casefold (The Unicode Standard, section 3.13, R5). Forms of
 * one letter are one (composed, full-width, ligatures), the case is folded in full (ß and SS), and what is never seen is not there.
 */
export function foldText(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  const folded = text
    .normalize("NFKC")
    .replace(ignorable, "")
    // to capitals and back, since ß has no other way to ss; a dotless i would come back with a dot
    .replace(/[^ı]+/gu, (some) => some.toLowerCase().toUpperCase().toLowerCase())
    // whichever it is, by where it stands
    .replaceAll("ς", "σ");
  return folded.normalize("NFKC");
}

/** A name as it compares: as text, without spaces around it, and with any space within it for one. */
export function foldName(name: string): string {
  return foldText(name).replace(/\s+/gu, " ").trim();
}

const plain = /^[\x20-\x7e]*$/;
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/** A character of a name that nobody sees. */
export interface UnseenCharacter {
  readonly character: string;
  /** Its place, in characters from 1. */
  readonly at: number;
}

/**
 * The first character of a name that is not seen, or that nobody can say how it looks: controls, formats (zero width,
 * direction, tags), line separators, fillers, what is private, and what this Unicode does not know. Emoji may be made with such.
 */
export function unseenIn(name: string): UnseenCharacter | undefined {
  if (plain.test(name)) return undefined;
  const found = hidden.exec(name.replace(emoji(), (one) => " ".repeat(one.length)));
  return found ? { character: found[0], at: [...name.slice(0, found.index)].length + 1 } : undefined;
}

// the braille pattern without a dot is a symbol to Unicode
const hidden = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|\u2800/u;
// the compiler knows no such flag at this target, and Node.js 20 does
const sets = "gv";
let made: RegExp | undefined;
// made when a name wants it: that takes a fifth of a start of the provider, and names are ASCII as a rule
const emoji = () => (made ??= new RegExp("\\p{RGI_Emoji}", sets));

/** How a character is called that is not printed: `U+200B`. */
export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A name in quotes, so that what only looks alike differs: all beyond ASCII is written as `\u{e9}`. */
export function spelt(name: string): string {
  return JSON.stringify(name).replace(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
