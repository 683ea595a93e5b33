/** Whether a connector selects each group once, and can have those that it selects. */

import { isDerived } from "../environment/connector/selection.ts";
import type { Connector } from "../environment/connector.ts";
import { Glob } from "../glob.ts";
import { foldName, spelt } from "../name.ts";
import type { Context } from "./context.ts";
import type { CheckExpression } from "./expressions.ts";

/** Reports what is wrong with the groups of a connector. */
export function checkGroupSelections(
  { report }: Context,
  connector: string,
  { groups, auth }: Connector,
  checkExpression: CheckExpression,
): void {
  const path = ["connectors", connector, "groups"];
  const names = new Map<string, string>();
  const patterns = new Map<string, Glob>();
  for (const selection of groups)
    if (typeof selection === "object" && "pattern" in selection)
      patterns.set(selection.pattern, new Glob(foldName(selection.pattern)));
  const seenPatterns = new Map<string, string>();

  groups.forEach((selection, index) => {
    const at = [...path, index];
    if (!isDerived(selection) && auth && !auth.allow.includes("groups"))
      report(at, "no-effect", "a group that nobody may bring (expected groups in auth.allow)");
    if (typeof selection === "object" && "pattern" in selection) {
      const { pattern } = selection;
      const other = seenPatterns.get(foldName(pattern));
      if (other !== undefined)
        report(
          [...at, "pattern"],
          "duplicate-item",
          `"${pattern}" is the pattern "${other}" again (expected each once)`,
        );
      seenPatterns.set(foldName(pattern), pattern);
      return;
    }
    const name = isDerived(selection) ? selection.name : selection;
    const where = isDerived(selection) ? [...at, "name"] : at;
    if (isDerived(selection))
      checkExpression([...at, "when"], selection.when, "bool", ({ ofConnector }) => ofConnector(connector));
    const other = names.get(foldName(name));
    if (other !== undefined)
      report(
        where,
        "duplicate-item",
        other === name
          ? `"${name}" stands here twice (expected each once)`
          : name.toLowerCase() === other.toLowerCase()
            ? `"${name}" and "${other}" differ only in case, and SCIM does not tell them apart (expected one of them)`
            : `${spelt(name)} and ${spelt(other)} are one name: neither spaces around it nor forms of a letter tell two apart (expected one of them)`,
      );
    names.set(foldName(name), name);
    const matching = [...patterns].find(([, glob]) => glob.matches(foldName(name)));
    if (matching)
      report(
        where,
        "duplicate-item",
        isDerived(selection)
          ? `the pattern "${matching[0]}" selects groups called "${name}" from the identity provider (expected a name that it does not match)`
          : `the pattern "${matching[0]}" selects "${name}" already (expected one of them)`,
      );
  });
}
