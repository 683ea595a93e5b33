/** Expressions against the types of what they read; what they mention counts as used. */
import type { Path } from "../document.ts";
import { type Compilers, expressionCompilers } from "../expression/compilers.ts";
import type { Compiler, ExpressionType } from "../expression.ts";
import { type Context, own } from "./context.ts";

/** With the compiler of a connector for what is asked of its users alone, whose extensions may be others. */
export type CheckExpression = (
  path: Path,
  source: string,
  type: ExpressionType,
  choose?: (compilers: Compilers) => Compiler,
) => void;

/** A check of expressions in an environment. */
export function expressionCheck({ environment, report, used, use, useNearest }: Context): CheckExpression {
  const compilers = expressionCompilers(environment);
  const plain = Object.keys(environment.variables).filter(
    (name) => own(environment.variables, name)?.type !== "secret",
  );
  return (path, source, type, choose = ({ ofAll }) => ofAll) => {
    const compiler = choose(compilers);
    const compiled = compiler.compile(source, type);
    if (!compiled.ok)
      for (const { code, message, offset } of compiled.error) report(path, code, message, offset);
    // what a broken expression mentions is not reported as unused besides
    for (const name of compiled.ok ? compiled.value.variables : mentioned(source)) {
      use(path, name);
      if (!own(environment.variables, name)) useNearest(used.variables, name, plain);
    }
  };
}

function mentioned(source: string): string[] {
  return [...source.matchAll(/\bvars\s*\.\??\s*(\w+)/g)].map(([, name]) => String(name));
}
