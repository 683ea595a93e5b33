/** The files that docs/web-servers.md shows, as they are put onto a host. */
import { readFileSync } from "node:fs";

const guide = readFileSync("docs/web-servers.md", "utf8");
const blocks = [...guide.matchAll(/^`([^`]+)`[^\n]*:\n\n```\w*\n([\s\S]*?)^```$/gm)];

/**
 * What the guide has for a file; where it goes on later, by its number.
 *
 * @throws {Error} where the guide has no such file
 */
export function documented(file: string, part = 0): string {
  const found = blocks.filter(([, name]) => name === file)[part]?.[2];
  if (found === undefined) throw new Error(`docs/web-servers.md shows no ${file}`);
  return found;
}
