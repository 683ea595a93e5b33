/**
 * Text that others wrote, in the Markdown of GitHub and GitLab: as code, where nothing is markup, a mention, a reference or an address.
 * A backslash before a character is not enough: mentions and addresses are looked for in what was rendered.
 *
 * @see https://github.github.com/gfm/#code-spans
 */
import { seen, spelt } from "./foreign-text.ts";

/** A name, or a whole text. What would end the code, or the cell of a table that it stands in, is written by its number. */
export function code(text: string): string {
  const shown = seen(text).replace(/[`|]/g, spelt).replace(/^ | $/g, spelt);
  return `\`${shown === "" ? "∅" : shown}\``;
}

// nothing that could be an address, or a hash of a revision
const plainWord = /^(?!www\.)(?![0-9a-f]{7,}\b)[A-Za-z0-9–→]+(?:[-'’][A-Za-z0-9]+)*%?$/;

/** A sentence of ours with names in it: whatever is not a plain word, the marks around it aside, is code. */
export function prose(sentence: string): string {
  return sentence
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [, open = "", inner = "", close = ""] = /^(\(?)(.*?)(\)?[.,:;]?)$/su.exec(word) ?? [];
      // `1.` and `1)` begin a list
      if (inner === "" || (/^\d+$/.test(inner) && close !== "")) return code(word);
      return `${open}${plainWord.test(inner) ? inner : code(inner)}${close}`;
    })
    .join(" ");
}

/** Text that leads to an address of ours, where there is one. */
export function linked(text: string, url: string | null): string {
  return url === null ? code(text) : `[${code(text)}](<${url}>)`;
}
