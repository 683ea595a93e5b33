/** Whether the constraints can be judged. */
import type { Context } from "./context.ts";
import type { CheckExpression } from "./expressions.ts";

/** Reports what is wrong with the constraints of an environment. */
export function checkConstraints({ environment }: Context, checkExpression: CheckExpression): void {
  for (const [name, constraint] of Object.entries(environment.constraints))
    checkExpression(["constraints", name, "require"], constraint.require, "bool");
}
