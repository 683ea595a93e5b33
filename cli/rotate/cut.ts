/** A line that is written over must not be wrapped: what a terminal has wrapped stays. */

/**
 * What of a line has room on a terminal. What is not ASCII counts for two columns, as wide characters are: what is cut too early does no
 * harm.
 *
 * @param columns undefined or 0 where nobody knows: then it is whole
 */
export function cutTo(line: string, columns: number | undefined): string {
  if (!columns) return line;
  // in the last column some terminals wrap
  const room = columns - 1;
  let width = 0;
  let fitting = "";
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    width += segment > "\u007f" ? 2 : 1;
    if (width > room) return `${fitting}…`;
    if (width < room) fitting += segment;
  }
  return line;
}
