/** Whether the connectors fit the variables they name, and each other. */
import type { Connector } from "../environment/connector.ts";
import type { Context } from "./context.ts";
import type { CheckExpression } from "./expressions.ts";

/** Reports what is wrong with the connectors of an environment. */
export function checkConnectors(context: Context, checkExpression: CheckExpression): void {
  const endpoints = new Map<string, string>();
  for (const [name, connector] of Object.entries(context.environment.connectors)) {
    const path = ["connectors", name];
    checkEndpoint(context, name, connector, endpoints);
    context.useVariable([...path, "auth", "bearer", "var"], connector.auth.bearer.var, "secret");
    if (connector.pageSize) {
      const size = context.useVariable([...path, "pageSize", "var"], connector.pageSize.var, "integer");
      if (size && (size.value < 1 || size.value > 1000))
        context.report([...path, "pageSize"], `a page of ${size.value} resources (expected 1 to 1000)`);
    }
    checkExpression([...path, "scope"], connector.scope, "bool");
    checkExpression([...path, "mapping", "account"], connector.mapping.account, "string");
    if (connector.mapping.email !== undefined)
      checkExpression([...path, "mapping", "email"], connector.mapping.email, "string");
    checkGroupNames(connector.groups, (index, message) =>
      context.report([...path, "groups", index], message),
    );
  }
}

/** The path under which the agent serves a connector: that of its endpoint, without a slash at the end. */
export function endpointPath(endpoint: string): string {
  return new URL(endpoint).pathname.replace(/\/+$/, "");
}

function checkEndpoint(
  context: Context,
  name: string,
  { endpoint }: Connector,
  endpoints: Map<string, string>,
): void {
  const path = ["connectors", name, "endpoint"];
  const variable = context.useVariable([...path, "var"], endpoint.var, "url");
  if (!variable) return;
  const pathname = endpointPath(variable.value);
  const other = endpoints.get(pathname);
  if (other)
    context.report(
      path,
      `"${pathname}" is the endpoint of connector "${other}" too (expected a path of its own)`,
    );
  else if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(pathname))
    context.report(
      path,
      `${pathname === "" ? "nothing" : `"${pathname}"`} as an endpoint's path (expected one such as /scim/${name}/v2)`,
    );
  endpoints.set(pathname, name);
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
