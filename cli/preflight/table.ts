/** Checks as a person reads them at a terminal. */
import { checkLines, countedChecks, type LocatedCheck, worstFirst } from "../../report/preflight.ts";
import { columns } from "../columns.ts";

/** A line for each, with what is expected, how to mend it and who owns it below those that are not as they must be. */
export function checkTable(checks: readonly LocatedCheck[]): string {
  const lines = worstFirst(checks).map(checkLines);
  const heads = columns(lines.map(({ cells }) => cells));
  return `${[...lines.flatMap(({ below }, index) => [heads[index] ?? "", ...below]), countedChecks(checks)].join("\n")}\n`;
}
