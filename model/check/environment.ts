/** What the schema cannot judge alone: whether the parts of an environment fit each other. */
import type { Environment } from "../environment.ts";
import { groupIndex } from "../groups.ts";
import type { Problem } from "../problem.ts";
import { checkAlerts } from "./alerts.ts";
import { checkConnectors } from "./connectors.ts";
import { checkConstraints } from "./constraints.ts";
import { type Context, contextOf, type Locate } from "./context.ts";
import { expressionCheck } from "./expressions.ts";
import { checkGroups, checkPermissions } from "./permissions.ts";
import { checkWithout } from "./safeguards.ts";
import { checkSecretLifetimes } from "./secrets.ts";
import { checkSecretVariables, checkUnused } from "./variables.ts";

/**
 * Every problem in how the parts of an environment fit together.
 *
 * @param whole whether all parts are there; without some, nothing is told to be unused
 */
export function checkEnvironment(
  environment: Environment,
  locate: Locate,
  { whole = true }: { readonly whole?: boolean } = {},
): Problem[] {
  const problems: Problem[] = [];
  const context = contextOf(environment, locate, problems);
  checkParts(context);
  if (whole) checkUnused(context);
  return problems;
}

/** Which entries use each variable of an environment, such as `connectors.okta`: those that validation looks at for it. */
export function usedBy(environment: Environment): ReadonlyMap<string, ReadonlySet<string>> {
  const context = contextOf(environment, () => ({ file: "", line: 0, column: 0 }), []);
  checkParts(context);
  return context.usedBy;
}

function checkParts(context: Context): void {
  const { environment } = context;
  const checkExpression = expressionCheck(context);
  const groups = groupIndex(environment.connectors);
  checkSecretVariables(context);
  checkConnectors(context, checkExpression);
  checkConstraints(context, checkExpression, groups);
  checkPermissions(context, groups);
  checkGroups(context, groups, ["bounds", "protected"], environment.bounds?.protected ?? []);
  checkAlerts(context);
  if (environment.promote && environment.delivery.command)
    context.report(
      ["promote"],
      "conflicting-keys",
      `nobody asks ${environment.promote.from} when a command delivers (expected promote only beside delivery.agent)`,
    );
  checkSecretLifetimes(context);
  checkWithout(context);
}
