/** Whether it is clear which connector counts where two speak of one account. */
import type { Context } from "./context.ts";

/** Reports connectors without a rank beside others that have one, and ranks that two have. */
export function checkPrecedence({ environment, report }: Context): void {
  const connectors = Object.entries(environment.connectors);
  const ranked = connectors.find(([, { precedence }]) => precedence !== undefined);
  if (!ranked) return;
  const holders = new Map<number, string>();
  for (const [name, { precedence }] of connectors) {
    if (precedence === undefined) {
      report(
        ["connectors", name],
        "unclear-precedence",
        `connector "${name}" has no precedence, and "${ranked[0]}" has one (expected precedence in all or none)`,
      );
      continue;
    }
    const holder = holders.get(precedence);
    if (holder !== undefined)
      report(
        ["connectors", name, "precedence"],
        "unclear-precedence",
        `${precedence} is the precedence of connector "${holder}" too (expected a number of its own)`,
      );
    holders.set(precedence, name);
  }
}
