/** What cannot be seen stands in an environment file as an escape only. */

/** Characters that a reviewer does not see; a line feed is a line. */
export const unseen = /[^\n\P{C}]|[\p{Zl}\p{Zp}]/u;

/** Text within double quotes, with what is not seen as escapes (YAML 1.2.2, section 5.7, escaped characters). */
export function escapeUnseen(text: string): string {
  return text.replace(new RegExp(unseen, "gu"), (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
