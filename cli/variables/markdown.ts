/** Variables as a table in GitHub's Markdown (github.github.com/gfm, section 4.10). */
import type { InventoryEntry } from "./inventory.ts";

const head = ["Name", "Type", "Value", "Required", "Owner", "Used by", "Description"];

/** The table. */
export function markdownText(inventory: readonly InventoryEntry[]): string {
  const rows = inventory.map((entry) => [
    code(entry.name),
    entry.type,
    [...(entry.references ?? []), ...(entry.value === undefined ? [] : [String(entry.value)])]
      .map(code)
      .join(" "),
    entry.required ? "yes" : "no",
    text(entry.owner ?? ""),
    entry.usedBy.map(code).join(" "),
    text(entry.description ?? ""),
  ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** As code, where that can say it. */
function code(value: string): string {
  return /^[^\s`|\\](?:[^`|\\\p{Cc}]*[^\s`|\\])?$/u.test(value) ? `\`${value}\`` : text(value);
}

/** Text that is read as it is: what Markdown or HTML would take for more stands as its number. */
function text(value: string): string {
  return value.replace(/[\\`*_[\]<>&|~#]|\p{Cc}/gu, (character) =>
    character === "\n" ? "<br>" : `&#${character.codePointAt(0)};`,
  );
}
