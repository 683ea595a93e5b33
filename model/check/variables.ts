/** Whether variables and secrets are there for something. */
import { hint } from "../nearest.ts";
import { type Context, own } from "./context.ts";

/** Reports secret variables that name no secret, and counts as used what they name. */
export function checkSecretVariables({ environment, report, used, useNearest }: Context): void {
  const known = Object.keys(environment.secrets);
  for (const [name, variable] of Object.entries(environment.variables)) {
    if (variable.type !== "secret") continue;
    used.secrets.add(variable.secret);
    if (own(environment.secrets, variable.secret)) continue;
    useNearest(used.secrets, variable.secret, known);
    report(
      ["variables", name, "secret"],
      "unknown-name",
      () => `no such secret ${hint("an entry of secrets", variable.secret, known)}`,
    );
  }
}

/** Reports what nothing has used, when everything else was checked. */
export function checkUnused({ environment, report, used }: Context): void {
  for (const name of Object.keys(environment.variables))
    if (!used.variables.has(name))
      report(
        ["variables", name],
        "unused-variable",
        `variable "${name}" is not used (expected a connector, an expression or an alert to use it)`,
      );
  for (const name of Object.keys(environment.secrets))
    if (!used.secrets.has(name))
      report(
        ["secrets", name],
        "unused-secret",
        `secret "${name}" is not used (expected a variable of type secret to name it)`,
      );
}
