/** What the schema cannot judge alone: whether the parts of an environment fit each other. */
import type { Path } from "./document.ts";
import type { Environment, Variable } from "./environment.ts";
import { type Compiler, type ExpressionType, expressionCompiler } from "./expression.ts";
import { groupIndex } from "./groups.ts";
import { hint } from "./nearest.ts";
import type { Position, Problem } from "./problem.ts";

/** Where the value at a path was written; with an offset, where that character of a string was. */
export type Locate = (path: Path, offset?: number) => Position;

/** Every problem in how the parts of an environment fit together. */
export function checkEnvironment(environment: Environment, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, message: string, offset?: number) =>
    problems.push({ at: locate(path, offset), message });
  const usedVariables = new Set<string>();
  const usedSecrets = new Set<string>();

  const useVariable = (path: Path, name: string, type: Variable["type"]): Variable | undefined => {
    usedVariables.add(name);
    const variable = own(environment.variables, name);
    const ofType = Object.keys(environment.variables).filter(
      (key) => environment.variables[key]?.type === type,
    );
    if (!variable)
      report(path, `no variable "${name}" ${hint(`a declared variable of type ${type}`, name, ofType)}`);
    else if (variable.type !== type)
      report(
        path,
        `variable "${name}" is of type ${variable.type} ${hint(`a variable of type ${type}`, name, ofType)}`,
      );
    else return variable;
    return undefined;
  };

  for (const [name, variable] of Object.entries(environment.variables)) {
    if (variable.type !== "secret") continue;
    usedSecrets.add(variable.secret);
    if (!own(environment.secrets, variable.secret))
      report(
        ["variables", name, "secret"],
        `no secret "${variable.secret}" ${hint("an entry of secrets", variable.secret, Object.keys(environment.secrets))}`,
      );
  }

  const compiler = expressionCompiler(environment.variables);
  const checkExpression = (path: Path, source: string, type: ExpressionType) =>
    checkOneExpression(compiler, source, type, usedVariables, (message, offset) =>
      report(path, message, offset),
    );

  const endpoints = new Map<string, string>();
  for (const [name, connector] of Object.entries(environment.connectors)) {
    const path = ["connectors", name];
    const endpoint = useVariable([...path, "endpoint", "var"], connector.endpoint.var, "url");
    if (endpoint?.type === "url") {
      const pathname = endpointPath(endpoint.value);
      const other = endpoints.get(pathname);
      if (other)
        report(
          [...path, "endpoint"],
          `"${pathname}" is the endpoint of connector "${other}" too (expected a path of its own)`,
        );
      else if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(pathname))
        report(
          [...path, "endpoint"],
          `"${pathname}" cannot be an endpoint's path (expected one such as /scim/${name}/v2)`,
        );
      endpoints.set(pathname, name);
    }
    useVariable([...path, "auth", "bearer", "var"], connector.auth.bearer.var, "secret");
    if (connector.pageSize) {
      const size = useVariable([...path, "pageSize", "var"], connector.pageSize.var, "integer");
      if (size?.type === "integer" && (size.value < 1 || size.value > 1000))
        report([...path, "pageSize"], `a page of ${size.value} resources (expected 1 to 1000)`);
    }
    checkExpression([...path, "scope"], connector.scope, "bool");
    checkExpression([...path, "mapping", "account"], connector.mapping.account, "string");
    if (connector.mapping.email !== undefined)
      checkExpression([...path, "mapping", "email"], connector.mapping.email, "string");
    checkGroupNames(connector.groups, (index, message) => report([...path, "groups", index], message));
  }

  for (const [name, constraint] of Object.entries(environment.constraints))
    checkExpression(["constraints", name, "require"], constraint.require, "bool");

  const groups = groupIndex(environment.connectors);
  for (const [name, set] of Object.entries(environment.permissions)) {
    const path = ["permissions", name];
    if (set.read.length + set.write.length === 0)
      report(path, `permission set "${name}" gives nobody anything (expected groups under read or write)`);
    if (set.repositories.every((pattern) => pattern.startsWith("!")))
      report([...path, "repositories"], "every pattern excludes (expected at least one without !)");
    for (const right of ["read", "write"] as const)
      set[right].forEach((group, index) => {
        const found = groups.resolve(group);
        if (found.length === 0)
          report(
            [...path, right, index],
            `no connector selects a group "${group}" ${hint(
              "a group of a connector",
              group,
              groups.all.map((known) => known.name),
            )}`,
          );
        if (found.length > 1)
          report(
            [...path, right, index],
            `"${group}" is a group of several connectors (expected ${found.map(({ key }) => key).join(" or ")})`,
          );
      });
  }

  for (const name of Object.keys(environment.variables))
    if (!usedVariables.has(name))
      report(
        ["variables", name],
        `variable "${name}" is not used (expected a connector or an expression to use it)`,
      );
  for (const name of Object.keys(environment.secrets))
    if (!usedSecrets.has(name))
      report(
        ["secrets", name],
        `secret "${name}" is not used (expected a variable of type secret to name it)`,
      );
  return problems;
}

/** The path under which the agent serves a connector: that of its endpoint, without a slash at the end. */
export function endpointPath(endpoint: string): string {
  return new URL(endpoint).pathname.replace(/\/+$/, "");
}

function checkOneExpression(
  compiler: Compiler,
  source: string,
  type: ExpressionType,
  used: Set<string>,
  report: (message: string, offset: number) => void,
): void {
  const compiled = compiler.compile(source, type);
  if (!compiled.ok) report(compiled.message, compiled.offset);
  // what a broken expression mentions is not reported as unused besides
  const names = compiled.ok ? compiled.expression.variables : mentioned(source);
  for (const name of names) used.add(name);
}

function mentioned(source: string): string[] {
  return [...source.matchAll(/\bvars\s*\.\??\s*(\w+)/g)].map(([, name]) => String(name));
}

function checkGroupNames(names: readonly string[], report: (index: number, message: string) => void): void {
  const seen = new Map<string, string>();
  names.forEach((name, index) => {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined && other !== name)
      report(index, `"${name}" and "${other}" differ only in case, and SCIM does not tell them apart`);
    if (/\p{Cc}/u.test(name)) report(index, "a control character in a group's name");
    seen.set(name.toLowerCase(), name);
  });
}

// a name such as "constructor" must not find what every object inherits
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
