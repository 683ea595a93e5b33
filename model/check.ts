/** What the schema cannot judge alone: whether the parts of an environment fit each other. */
import { checkBranchRules } from "./branches.ts";
import type { Path } from "./document.ts";
import type { Environment, Variable } from "./environment.ts";
import { type ExpressionType, expressionCompiler } from "./expression.ts";
import { groupIndex } from "./groups.ts";
import { hint, nearest } from "./nearest.ts";
import { checkPermissionSet } from "./permissions.ts";
import { maxProblems, type Position, type Problem } from "./problem.ts";

/** Where the value at a path was written; with an offset, where that character of a string was. */
export type Locate = (path: Path, offset?: number) => Position;

/** Every problem in how the parts of an environment fit together. */
export function checkEnvironment(environment: Environment, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  // a message may be made only when it is told: looking for what was meant costs time
  const report = (path: Path, message: string | (() => string), offset?: number) => {
    if (problems.length <= maxProblems)
      problems.push({
        at: locate(path, offset),
        message: typeof message === "string" ? message : message(),
      });
  };
  const usedVariables = new Set<string>();
  const usedSecrets = new Set<string>();
  // what was probably meant counts as used: one mistake is told once
  const useNearest = (used: Set<string>, name: string, known: readonly string[]) => {
    const near = problems.length < maxProblems ? nearest(name, known) : undefined;
    if (near !== undefined) used.add(near);
  };
  const byType = new Map<string, string[]>();
  for (const [name, { type }] of Object.entries(environment.variables)) {
    const names = byType.get(type) ?? [];
    names.push(name);
    byType.set(type, names);
  }

  const useVariable = (path: Path, name: string, type: Variable["type"]): Variable | undefined => {
    usedVariables.add(name);
    const variable = own(environment.variables, name);
    const ofType = byType.get(type) ?? [];
    if (!variable) {
      useNearest(usedVariables, name, ofType);
      // in place of a secret's name the secret itself may stand
      report(
        path,
        () =>
          `no ${type === "secret" ? "such variable" : `variable "${name}"`} ${hint(`a declared variable of type ${type}`, name, ofType)}`,
      );
    } else if (variable.type !== type)
      report(
        path,
        () =>
          `variable "${name}" is of type ${variable.type} ${hint(`a variable of type ${type}`, name, ofType)}`,
      );
    else return variable;
    return undefined;
  };

  for (const [name, variable] of Object.entries(environment.variables)) {
    if (variable.type !== "secret") continue;
    const known = Object.keys(environment.secrets);
    usedSecrets.add(variable.secret);
    if (own(environment.secrets, variable.secret)) continue;
    useNearest(usedSecrets, variable.secret, known);
    report(
      ["variables", name, "secret"],
      () => `no such secret ${hint("an entry of secrets", variable.secret, known)}`,
    );
  }

  const compiler = expressionCompiler(environment.variables);
  const checkExpression = (path: Path, source: string, type: ExpressionType) => {
    const compiled = compiler.compile(source, type);
    if (!compiled.ok) for (const { message, offset } of compiled.problems) report(path, message, offset);
    // what a broken expression mentions is not reported as unused besides
    for (const name of compiled.ok ? compiled.expression.variables : mentioned(source)) {
      usedVariables.add(name);
      if (!Object.hasOwn(compiler.vars, name)) useNearest(usedVariables, name, Object.keys(compiler.vars));
    }
  };

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
          `${pathname === "" ? "nothing" : `"${pathname}"`} as an endpoint's path (expected one such as /scim/${name}/v2)`,
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
  const checkGroups = (path: Path, names: readonly string[]) =>
    names.forEach((group, index) => {
      const found = groups.resolve(group);
      if (found.length === 0)
        report(
          [...path, index],
          () =>
            `no connector selects a group "${group}" ${hint(
              "a group of a connector",
              group,
              groups.all.map((known) => known.name),
            )}`,
        );
      if (found.length > 1)
        report(
          [...path, index],
          `"${group}" is a group of several connectors (expected ${found.map(({ key }) => key).join(" or ")})`,
        );
    });
  const resolveGroup = (name: string) => groups.resolve(name)[0]?.key ?? name;
  for (const [name, set] of Object.entries(environment.permissions)) {
    const path = ["permissions", name];
    const restricts = Object.keys(set.branches).length > 0;
    if (set.read.length + set.write.length === 0 && !restricts)
      report(path, `permission set "${name}" gives nobody anything (expected groups under read or write)`);
    if (set.repositories.every((pattern) => pattern.startsWith("!")))
      report([...path, "repositories"], "every pattern excludes (expected at least one without !)");
    for (const right of ["read", "write"] as const) checkGroups([...path, right], set[right]);
    for (const [branch, names] of Object.entries(set.branches))
      checkGroups([...path, "branches", branch], names);
    checkPermissionSet(path, set, resolveGroup, report);
  }
  checkBranchRules(environment.permissions, resolveGroup, locate, report);
  checkGroups(["bounds", "protected"], environment.bounds?.protected ?? []);
  if (environment.promote && environment.delivery.command)
    report(
      ["promote"],
      `nobody asks ${environment.promote.from} when a command delivers (expected promote only beside delivery.agent)`,
    );

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

function mentioned(source: string): string[] {
  return [...source.matchAll(/\bvars\s*\.\??\s*(\w+)/g)].map(([, name]) => String(name));
}

function checkGroupNames(names: readonly string[], report: (index: number, message: string) => void): void {
  const seen = new Map<string, string>();
  names.forEach((name, index) => {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined && other !== name)
      report(
        index,
        `"${name}" and "${other}" differ only in case, and SCIM does not tell them apart (expected one of them)`,
      );
    if (/\p{Cc}/u.test(name))
      report(index, "a control character in a group's name (expected printable text)");
    seen.set(name.toLowerCase(), name);
  });
}

// a name such as "constructor" must not find what every object inherits
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
