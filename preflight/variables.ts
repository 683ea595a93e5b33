/**
 * What can be told of the variables of a valid environment without asking anybody: a value that fits its type and is one that
 * somebody meant to replace, or that no provider can use. What does not fit its type, validation has told before.
 */
import { isIP } from "node:net";
import type { PreflightCheck } from "../api/preflight.ts";
import { isLoopback } from "../model/environment/common.ts";
import { mostInOnePage } from "../model/environment/identifiers.ts";
import { type Variable, variableValue } from "../model/environment/variable.ts";
import type { Release } from "../model/release.ts";
import { pagesOf } from "../model/scim/pages.ts";
import { type Fault, failedCheck, type LookedAt, passed, warned } from "./check.ts";
import { ofVariable } from "./owner.ts";

interface Found extends Fault {
  readonly state: "failed" | "warning";
}

/** What is wrong with a value, as far as its place in the release says; nothing where that is well. */
type Judge = (name: string, variable: Variable, release: Release) => Found | undefined;

const judges: readonly Judge[] = [endpoint, issuer, tenant, pages, blanks, placeholder];

/** Each variable of a release but its secrets, which only the agent's host has. */
export function variableChecks(release: Release): PreflightCheck[] {
  return Object.entries(release.variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, { type }]) => type !== "secret")
    .map(([name, variable]) => {
      const looked: LookedAt = { subject: "variable", ...ofVariable(release, name), what: variable.type };
      for (const judge of judges) {
        const { state, ...fault } = judge(name, variable, release) ?? {};
        if (state) return (state === "failed" ? failedCheck : warned)(looked, fault as Fault);
      }
      return passed(looked, shown(variable));
    });
}

/** The value with what it is held to. */
function shown(variable: Variable): string {
  const value = variableValue(variable);
  if (value === undefined) return "no value, which it may have";
  const bounds =
    variable.type === "integer"
      ? [variable.min, variable.max]
      : variable.type === "page-size"
        ? [1, mostInOnePage]
        : [];
  const [min, max] = bounds;
  const within = min !== undefined || max !== undefined ? ` (${min ?? "any"} to ${max ?? "any"})` : "";
  return `${value}${within}`;
}

/** The connectors in which a variable stands at a place. */
function connectorsWith(
  { connectors }: Release,
  at: (connector: Release["connectors"][string]) => { readonly var: string } | undefined,
  name: string,
): string[] {
  return Object.entries(connectors).flatMap(([connector, one]) => (at(one)?.var === name ? connector : []));
}

/** A provider sends its token there, from somewhere else. */
function endpoint(name: string, variable: Variable, release: Release): Found | undefined {
  if (variable.type !== "url" || variable.value === undefined) return undefined;
  const [connector] = connectorsWith(release, (one) => one.endpoint, name);
  if (connector === undefined) return undefined;
  const { hostname, protocol } = new URL(variable.value);
  const { agent } = release.settings.delivery;
  if (isLoopback(hostname))
    return agent && isLoopback(new URL(agent.url).hostname)
      ? undefined
      : {
          state: "failed",
          found: `${variable.value} is loopback, and the agent is on another host`,
          expected: "an address at which the identity provider reaches the agent",
          mend: `give ${name} the public address of connector ${connector}`,
        };
  if (protocol === "http:")
    return {
      state: "failed",
      found: `${variable.value}: the provider's token goes there in clear text`,
      expected: "https://…",
      mend: `give ${name} an address with TLS`,
    };
  if (isPrivate(hostname))
    return {
      state: "warning",
      found: `${hostname} is an address of a private network`,
      expected:
        "an address that the identity provider reaches from the internet, unless it is in that network",
      mend: `give ${name} the public name, or leave it where the provider is inside`,
    };
  return undefined;
}

/** RFC 1918, RFC 4193, and names that no public resolver knows (RFC 6762; ICANN's .internal). */
function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  return isIP(address) > 0
    ? /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/i.test(address)
    : /\.(local|internal|lan|home\.arpa)$/i.test(hostname);
}

/** An issuer is compared letter by letter, and has neither query nor fragment (RFC 8414, section 2). */
function issuer(name: string, variable: Variable, release: Release): Found | undefined {
  if (variable.type !== "url" || variable.value === undefined) return undefined;
  const [connector] = connectorsWith(release, (one) => one.auth?.oauth?.issuer, name);
  if (connector === undefined) return undefined;
  const { search, hash } = new URL(variable.value);
  return search === "" && hash === ""
    ? undefined
    : {
        state: "failed",
        found: `"${search}${hash}" behind the issuer, which no issuer has`,
        expected: "the text that stands in the tokens as iss",
        mend: `take "${search}${hash}" out of ${name}`,
      };
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** The tenant of Entra stands in its issuer too (login.microsoftonline.com/<tenant>/v2.0). */
function tenant(name: string, variable: Variable, release: Release): Found | undefined {
  if ((variable.type !== "uuid" && variable.type !== "tenant-id") || variable.value === undefined)
    return undefined;
  if (/^[0-]+$/.test(variable.value))
    return {
      state: "failed",
      found: "the UUID of nothing (zeros alone)",
      expected: "the id as the identity provider shows it",
      mend: `give ${name} its value`,
    };
  for (const connector of connectorsWith(release, (one) => one.tenant, name)) {
    const of = release.connectors[connector]?.auth?.oauth?.issuer.var ?? "";
    const named = release.variables[of];
    const [found] = uuid.exec(String(named && variableValue(named))) ?? [];
    if (found !== undefined && found.toLowerCase() !== variable.value.toLowerCase())
      return {
        state: "failed",
        found: `the issuer of connector ${connector} (${of}) is of the tenant ${found}, and ${name} is ${variable.value}`,
        expected: "one tenant: each token would be refused",
        mend: `correct ${name} or ${of}, by the tenant's id in Entra's overview`,
      };
  }
  return undefined;
}

/** No page is larger than what is asked for. */
function pages(name: string, variable: Variable, release: Release): Found | undefined {
  if (variable.type !== "page-size" && variable.type !== "integer") return undefined;
  const value = variableValue(variable);
  const connectors = connectorsWith(release, (one) => one.pageSize, name);
  const asked = connectors.map((connector) => {
    const { idp } = release.connectors[connector] ?? {};
    return { connector, idp, count: idp && pagesOf[idp].count };
  });
  const [first] = asked;
  // of one that says nothing, nobody knows
  const largest = Math.max(...asked.map(({ count = Number.POSITIVE_INFINITY }) => count));
  if (typeof value !== "number" || !first || value <= largest) return undefined;
  return {
    state: "warning",
    found: `${value}: ${first.idp} asks for ${largest} a page at connector ${first.connector}, so that more has no effect`,
    expected: `${largest}`,
    mend: `give ${name} the value ${largest}, or leave pageSize out`,
  };
}

/** What was pasted with a blank around it is another text. */
function blanks(name: string, variable: Variable): Found | undefined {
  if (variable.type !== "string" || variable.value === undefined) return undefined;
  return variable.value === variable.value.trim()
    ? undefined
    : {
        state: "warning",
        found: "a blank or a line end at its beginning or end",
        expected: "the text alone: it is compared as it is",
        mend: `take the blanks out of ${name}, or leave them where they are meant`,
      };
}

/** Names that are nobody's (RFC 2606, RFC 6761), and what people write to replace it later. */
const nobodys = /(^|[./@])(example\.(com|org|net)|[a-z0-9-]+\.(example|invalid|test))(?=$|[/:?#])/i;
const later = /^(changeme|change-me|replace-?me|todo|tbd|fixme|xxx+|placeholder|<[^>]*>)$/i;

function placeholder(name: string, variable: Variable): Found | undefined {
  const value = variableValue(variable);
  if (typeof value !== "string") return undefined;
  const [found] = nobodys.exec(value) ?? later.exec(value) ?? [];
  return found === undefined
    ? undefined
    : {
        state: "warning",
        found: `${value} looks like a sample`,
        expected: "a value of yours",
        mend: `give ${name} its value in this environment`,
      };
}
