/** Expressions against the types of what they read; what they mention counts as used. */
import type { Path } from "../document.ts";
import { type ExpressionType, expressionCompiler } from "../expression.ts";
import type { Context } from "./context.ts";

export type CheckExpression = (path: Path, source: string, type: ExpressionType) => void;

/** A check of expressions in an environment. */
export function expressionCheck({ environment, report, used, useNearest }: Context): CheckExpression {
  const compiler = expressionCompiler(environment.variables);
  return (path, source, type) => {
    const compiled = compiler.compile(source, type);
    if (!compiled.ok) for (const { message, offset } of compiled.problems) report(path, message, offset);
    // what a broken expression mentions is not reported as unused besides
    for (const name of compiled.ok ? compiled.expression.variables : mentioned(source)) {
      used.variables.add(name);
      if (!Object.hasOwn(compiler.vars, name)) useNearest(used.variables, name, Object.keys(compiler.vars));
    }
  };
}

function mentioned(source: string): string[] {
  return [...source.matchAll(/\bvars\s*\.\??\s*(\w+)/g)].map(([, name]) => String(name));
}
