/** Variables as a table in GitHub's Markdown (github.github.com/gfm, section 4.10). */
import { printable } from "../../report/words.ts";
import { changeText } from "./change.ts";
import type { InventoryEntry } from "./inventory.ts";
import type { WrittenAt } from "./written-at.ts";

const head = ["Name", "Type", "Value", "Required", "Owner", "Used by"];
const headOfHistory = ["From", "Changed"];

/**
 * The table; of where values come from and when they changed, where that is known of any.
 *
 * @param below lines that stand below it, as they are
 */
export function markdownText(inventory: readonly InventoryEntry[], below: readonly string[] = []): string {
  const isDated = inventory.some(({ source, changed }) => source ?? changed);
  const rows = inventory.map((entry) => [
    code(entry.name),
    entry.type,
    [...(entry.references ?? []), ...(entry.value === undefined ? [] : [String(entry.value)])]
      .map(code)
      .join(" "),
    entry.required ? "yes" : "no",
    text(entry.owner ?? ""),
    entry.usedBy.map(code).join(" "),
    ...(isDated
      ? [entry.source ? fromText(entry.source) : "", entry.changed ? text(changeText(entry.changed)) : ""]
      : []),
    text(entry.description ?? ""),
  ]);
  const heads = [...head, ...(isDated ? headOfHistory : []), "Description"];
  const table = [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
  // no line of them begins with the fence
  return below.length === 0 ? table : `${table}\n~~~text\n${below.map(printable).join("\n")}\n~~~\n`;
}

function fromText({ at, file, key }: WrittenAt): string {
  const how = [...(file === "shared" ? ["shared"] : []), ...(key === "default" ? ["default"] : [])];
  return [code(at), ...how].join(", ");
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
