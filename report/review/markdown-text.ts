/**
 * Text that others wrote, in the Markdown of GitHub and GitLab: as asCode, where nothing is markup, a mention, a reference or an address.
 * A backslash before a character is not enough: mentions and addresses are looked for in what was rendered.
 *
 * @see https://github.github.com/gfm/#code-spans
 */
import { byNumber, seen } from "./foreign-text.ts";

/** A name, or a whole text. What would end the asCode, or the cell of a table that it stands in, is written by its number. */
export function asCode(text: string): string {
  const shown = seen(text).replace(/[`|]/g, byNumber).replace(/^ | $/g, byNumber);
  return `\`${shown === "" ? "∅" : shown}\``;
}

// nothing that could be an address, a hash of a revision, or a reference such as GH-1, of which a company may have others
const plainWord = /^(?!www\.)(?![0-9a-f]{7,}\b)(?!.*[A-Za-z]-\d)[A-Za-z0-9–→]+(?:[-'’][A-Za-z0-9]+)*%?$/;

/** A sentence of ours with names in it: whatever is not a plain word, the marks around it aside, is code. */
export function prose(sentence: string): string {
  const words = sentence.split(" ").filter((word) => word !== "");
  // an empty line would be another part of a list
  if (words.length === 0) return asCode(sentence);
  return words
    .map((word, index) => {
      const [, open = "", inner = "", close = ""] = /^(\(?)(.*?)(\)?[.,:;]?)$/su.exec(word) ?? [];
      // `1.` and `1)` at the beginning are of a list
      if (inner === "" || (index === 0 && close !== "" && /^\d+$/.test(inner))) return asCode(word);
      return `${open}${plainWord.test(inner) ? inner : asCode(inner)}${close}`;
    })
    .join(" ");
}

/** Text that leads to an address of ours, where there is one. */
export function linked(text: string, url: string | null): string {
  return url === null ? asCode(text) : `[${asCode(text)}](<${url}>)`;
}
