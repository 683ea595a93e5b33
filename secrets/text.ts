/** Secrets as text. */

/** Without the line end that editors and commands put behind it. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
