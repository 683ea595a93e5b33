/** Variables as lines of `NAME=value`: for shells and dotenv readers, and for systemd. */
import { printable } from "../../report/words.ts";
import type { InventoryEntry } from "./inventory.ts";

/**
 * For shells, and for what reads `.env` files. These agree on bare words and on single quotes; a single quote within is
 * written as POSIX shells have it (XCU 2.2.2).
 */
export function dotenvText(inventory: readonly InventoryEntry[]): string {
  return linesOf(inventory, (text) =>
    /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`,
  );
}

/**
 * For `EnvironmentFile=` (systemd.exec(5)): within double quotes, these four have a backslash before them. An assignment with
 * control characters but tabs and line feeds is ignored there, so it is left out here and said to be.
 */
export function systemdText(inventory: readonly InventoryEntry[]): string {
  return linesOf(inventory, (text) =>
    /[^\t\n\P{Cc}]/u.test(text) ? undefined : `"${text.replace(/["\\`$]/g, "\\$&")}"`,
  );
}

/** A secret stands as its present reference. What cannot be told is named in a comment. */
function linesOf(inventory: readonly InventoryEntry[], quote: (text: string) => string | undefined): string {
  return inventory
    .map(({ name, value, references: [present, next] = [] }) => {
      const text = value ?? present;
      if (text === undefined) return `# ${name} has no value here\n`;
      const quoted = quote(String(text));
      if (quoted === undefined) return `# ${name} has control characters, which this format cannot tell\n`;
      const comment = next === undefined ? "" : `# the next one of ${name}: ${printable(next)}\n`;
      return `${comment}${name}=${quoted}\n`;
    })
    .join("");
}
