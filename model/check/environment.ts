/** What the schema cannot judge alone: whether the parts of an environment fit each other. */
import type { Environment } from "../environment.ts";
import { groupIndex } from "../groups.ts";
import type { Problem } from "../problem.ts";
import { checkConnectors } from "./connectors.ts";
import { checkConstraints } from "./constraints.ts";
import { contextOf, type Locate } from "./context.ts";
import { expressionCheck } from "./expressions.ts";
import { checkGroups, checkPermissions } from "./permissions.ts";
import { checkSecretVariables, checkUnused } from "./variables.ts";

/** Every problem in how the parts of an environment fit together. */
export function checkEnvironment(environment: Environment, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  const context = contextOf(environment, locate, problems);
  const checkExpression = expressionCheck(context);
  const groups = groupIndex(environment.connectors);
  checkSecretVariables(context);
  checkConnectors(context, checkExpression);
  checkConstraints(context, checkExpression);
  checkPermissions(context, groups);
  checkGroups(context, groups, ["bounds", "protected"], environment.bounds?.protected ?? []);
  if (environment.promote && environment.delivery.command)
    context.report(
      ["promote"],
      `nobody asks ${environment.promote.from} when a command delivers (expected promote only beside delivery.agent)`,
    );
  checkUnused(context);
  return problems;
}
