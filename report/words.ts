/** What every report is made of: lists that end somewhere, numbers with their noun, sentences, paragraphs. */

/** How many names a sentence lists before it only counts the rest. */
const mostNames = 10;

/** Names in a row; of many the first ones, and how many more there are. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, mostNames).join(", ");
  return items.length > mostNames ? `${shown} and ${items.length - mostNames} more` : shown;
}

/** A name as it stands in a sentence: in quotes where it could be read as several. */
export function inSentence(name: string): string {
  return /[\s,;"]/.test(name) ? JSON.stringify(name) : name;
}

/** A number with its noun: `1 account`, `3 accounts`. */
export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** The text as the beginning of a sentence. */
export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Lines set in by two spaces; of many the first ones, and how many more there are. */
export function indented(lines: readonly string[], most = Number.POSITIVE_INFINITY): string[] {
  const shown = lines.slice(0, most).map((line) => `  ${line}`);
  return lines.length > most ? [...shown, `  and ${lines.length - most} more`] : shown;
}

/** Groups of lines with an empty line between; those without lines are left out. */
export function paragraphs(...groups: readonly (readonly string[])[]): string {
  return groups
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Text that others wrote, without the characters that would steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}
