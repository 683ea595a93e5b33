/** Whether the connectors fit the variables they name, and each other. */
import type { Path } from "../document.ts";
import { isLoopback } from "../environment/common.ts";
import type { Connector } from "../environment/connector.ts";
import { isUuid, mostInOnePage } from "../environment/identifiers.ts";
import { typesOfPart, type Variable } from "../environment/variable.ts";
import type { Compilers } from "../expression/compilers.ts";
import { hint } from "../nearest.ts";
import { smallestPage } from "../scim/pages.ts";
import { type Context, own } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import type { CheckExpression } from "./expressions.ts";
import { checkExtensions } from "./extensions.ts";
import { checkGroupSelections } from "./group-selections.ts";
import { checkPrecedence } from "./precedence.ts";

/** Reports what is wrong with the connectors of an environment. */
export function checkConnectors(context: Context, checkExpression: CheckExpression): void {
  const endpoints = new Map<string, string>();
  for (const [name, connector] of Object.entries(context.environment.connectors)) {
    const path = ["connectors", name];
    const { auth, read, tenant, pageSize, scope, mapping } = connector;
    checkEndpoint(context, name, connector, endpoints);
    if (auth?.bearer) useVariable(context, [...path, "auth", "bearer"], auth.bearer, "secret");
    if (auth?.oauth) {
      const oauth = [...path, "auth", "oauth"];
      checkHttps(context, [...oauth, "issuer"], auth.oauth.issuer);
      useVariable(context, [...oauth, "audience"], auth.oauth.audience, typesOfPart.audience);
      checkHttps(context, [...oauth, "jwks"], auth.oauth.jwks);
      const { probe } = auth.oauth;
      if (probe) {
        useVariable(context, [...oauth, "probe", "client"], probe.client, "client-id");
        useVariable(context, [...oauth, "probe", "secret"], probe.secret, "secret");
      }
    }
    if (read) {
      checkHttps(context, [...path, "read", "url"], read.url);
      useVariable(context, [...path, "read", "bearer"], read.bearer, "secret");
    }
    if (tenant) checkTenant(context, [...path, "tenant"], tenant, connector);
    if (pageSize) {
      const size = useVariable(context, [...path, "pageSize"], pageSize, typesOfPart.pageSize, "optional");
      const smallest = smallestPage(connector.idp);
      if (size && (size.value < smallest || size.value > mostInOnePage))
        context.report(
          [...path, "pageSize"],
          "out-of-bounds",
          `a page of ${size.value} resources (expected ${smallest} to ${mostInOnePage}${smallest > 1 ? ": Okta's import goes on by as many, however few it got" : ""})`,
        );
    }
    const ofUsers = (compilers: Compilers) => compilers.ofConnector(name);
    checkExpression([...path, "scope"], scope, "bool", ofUsers);
    checkExpression([...path, "mapping", "account"], mapping.account, "string", ofUsers);
    if (mapping.email !== undefined)
      checkExpression([...path, "mapping", "email"], mapping.email, "string", ofUsers);
    if (mapping.keys !== undefined)
      checkExpression([...path, "mapping", "keys"], mapping.keys, "list<string>", ofUsers);
    checkGroupSelections(context, name, connector, checkExpression);
  }
  checkCredentials(context);
  checkExtensions(context);
  checkPrecedence(context);
}

/** The tenant whose tokens alone are taken. */
function checkTenant(
  context: Context,
  path: Path,
  tenant: { readonly var: string },
  connector: Connector,
): void {
  const id = useVariable(context, path, tenant, typesOfPart.tenant, "optional");
  if (!id) return;
  if (!tellsTenant(connector))
    context.report(
      path,
      "no-effect",
      "nothing tells of which tenant a request is (expected it beside auth.oauth of idp entra, whose tokens do, or no tenant)",
    );
  else if (!isUuid(id.value))
    context.report(
      path,
      "variable-value",
      `"${tenant.var}" is a domain name (expected the tenant's UUID: that is what tokens have as tid)`,
    );
}

/** Whether who writes shows of which tenant they are: by the claim `tid` of Entra's tokens. */
function tellsTenant({ idp, auth }: Connector): boolean {
  return idp === "entra" && auth?.oauth !== undefined;
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
  if (!endpoint) return;
  const path = ["connectors", name, "endpoint"];
  const variable = useVariable(context, path, endpoint, "url");
  if (!variable) return;
  const { search, hash } = new URL(variable.value);
  if (search !== "" || hash !== "")
    context.report(
      path,
      "endpoint-path",
      `"${search}${hash}" behind an endpoint's path (expected nothing: what a provider wants there is entered there alone)`,
    );
  const pathname = endpointPath(variable.value);
  const other = endpoints.get(pathname);
  if (other)
    context.report(
      path,
      "endpoint-path",
      `"${pathname}" is the endpoint of connector "${other}" too (expected a path of its own)`,
    );
  else if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(pathname))
    context.report(
      path,
      "endpoint-path",
      `${pathname === "" ? "nothing" : `"${pathname}"`} as an endpoint's path (expected one such as /scim/${name}/v2)`,
    );
  endpoints.set(pathname, name);
}

/** A URL that we call with a token, or whose answer we trust. */
function checkHttps(context: Context, path: Path, reference: { readonly var: string }): void {
  const variable = useVariable(context, path, reference, "url");
  if (!variable) return;
  const { protocol, hostname } = new URL(variable.value);
  if (protocol !== "https:" && !isLoopback(hostname))
    context.report(
      path,
      "unprotected-address",
      `"${reference.var}" is reached without protection (expected https://…)`,
    );
}

/** The variable that a connector names: all of those have one beginning, by which scripts and people find them. */
function useVariable<T extends Variable["type"]>(
  context: Context,
  path: Path,
  { var: name }: { readonly var: string },
  type: T | readonly T[],
  part?: "optional",
) {
  const variable = context.useVariable([...path, "var"], name, type, part);
  if (variable && !name.startsWith("SCIM_")) {
    const { variables } = context.environment;
    const types: readonly string[] = [type].flat();
    const others = Object.keys(variables).filter(
      (other) => other.startsWith("SCIM_") && types.includes(own(variables, other)?.type ?? ""),
    );
    const wanted = `SCIM_${name}`;
    context.report(
      [...path, "var"],
      "variable-name",
      `the variable of a connector is called "${name}" ${hint(`a name that begins with SCIM_, such as ${wanted}`, wanted, others)}`,
    );
  }
  return variable;
}
