/** Rows as a person reads them at a terminal. */
import { printable } from "../report/words.ts";

/** A line for each row, its cells below those of the row before; the first row has the names of the columns. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const all = rows.map((cells) => cells.map(printable));
  const widths =
    all[0]?.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return all.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
