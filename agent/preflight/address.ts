/**
 * The SCIM address as identity providers reach it: requests like theirs are sent to it, and compared with what arrives of them at the
 * agent's own listener. No token is sent: the agent knows the requests by a nonce of each.
 */
import type { PreflightCheck } from "../../api/preflight.ts";
import { endpointPath } from "../../model/check/connectors.ts";
import { isLoopback } from "../../model/environment/common.ts";
import type { Release } from "../../model/release.ts";
import { type Fault, failedCheck, type LookedAt, passed, unlooked, warned } from "../../preflight/check.ts";
import { ofVariable } from "../../preflight/owner.ts";
import type { AgentConfig } from "../config.ts";
import { allowsEgress } from "../config.ts";
import { type Arrival, type Arrivals, nonceParameter } from "../http/arrivals.ts";
import { askServer, type ServerAnswer } from "./ask.ts";
import { type EndpointParts, faulty, whereAllowed, withClock } from "./endpoints.ts";

export interface AddressParts extends Omit<EndpointParts, "host"> {
  readonly host: Pick<AgentConfig, "egress" | "scim">;
  readonly arrivals: Arrivals;
  /** Where the agent itself listens, `https://host:port`. */
  readonly listens: string;
  /** The agent's own certificate, PEM, where it has one: whoever connects on loopback trusts it. */
  readonly own: string | undefined;
}

/** nginx's own bound is 1 MB, and a group of some thousands is more. */
const largeBody = 1_100_000;

/** What providers send. */
interface Attempt {
  readonly what: string;
  readonly method: string;
  /** Behind the connector's path. */
  readonly path: string;
  readonly body: string;
  /** What is wrong with what arrived, beside what holds of each. */
  readonly faultOf: (arrival: Arrival, sent: Sent) => Fault | undefined;
}

interface Sent {
  readonly path: string;
  readonly token: string;
  readonly url: URL;
  /** Of the body. */
  readonly bytes: number;
}

const filter = 'userName eq "ann+x@example.com"';

const attempts: readonly Attempt[] = [
  { what: "a GET", method: "GET", path: "/Users", body: "", faultOf: headersOf },
  { what: "two slashes", method: "GET", path: "//Users", body: "", faultOf: headersOf },
  {
    what: "a PATCH of 1.1 MB",
    method: "PATCH",
    path: "/Groups/1",
    body: `{"x":"${"x".repeat(largeBody)}"}`,
    faultOf: bodyOf,
  },
  { what: "a PUT", method: "PUT", path: "/Users/1", body: "{}", faultOf: bodyOf },
  { what: "a DELETE", method: "DELETE", path: "/Users/1", body: "", faultOf: headersOf },
];

/** Of each connector that has an address. */
export async function addressChecks(release: Release, parts: AddressParts): Promise<PreflightCheck[]> {
  const each = Object.entries(release.connectors).map(([connector, { endpoint }]) => {
    const variable = endpoint && release.variables[endpoint.var];
    if (variable?.type !== "url" || variable.value === undefined) return [];
    const looked = (what: string): LookedAt => ({
      subject: "address",
      ...ofVariable(release, endpoint?.var ?? ""),
      what: `${what} to connector ${connector}`,
    });
    const url = new URL(variable.value);
    const isReachable = isOwnListener(url, parts.listens) || allowsEgress(parts.host, url);
    return whereAllowed(looked("requests"), parts.allowance.address(variable.value), async () =>
      isReachable
        ? askedAsProvider(looked, url, parts)
        : [
            unlooked(
              looked("requests"),
              `egress in agent.yaml does not name ${url.host}`,
              `have ${url.host} added to egress in agent.yaml, so that the agent can ask itself there as the provider does`,
            ),
          ],
    );
  });
  return (await Promise.all(each)).flat();
}

/** Whether an address is the listener itself, on this host. */
function isOwnListener(url: URL, listens: string): boolean {
  const own = new URL(listens);
  return isLoopback(url.hostname) && isLoopback(own.hostname) && url.port === own.port;
}

async function askedAsProvider(
  looked: (what: string) => LookedAt,
  url: URL,
  parts: AddressParts,
): Promise<PreflightCheck[]> {
  const results = await Promise.all(attempts.map((attempt) => tried(attempt, url, parts)));
  const [first] = results;
  // where nobody answers, each would say the same
  if (first && "unreachable" in first) return faulty(looked("requests"), first.unreachable);
  const wrong = results.flatMap((result, index): PreflightCheck[] => {
    const fault = "unreachable" in result ? result.unreachable[0] : result.fault;
    // that nothing of it comes through, the first one says for all
    if (!fault || (index > 0 && first && "fault" in first && first.fault?.found === fault.found)) return [];
    return [failedCheck(looked(attempts[index]?.what ?? ""), fault)];
  });
  const answer = first && "answer" in first ? first.answer : undefined;
  const others = [...wrong, ...(wrong.length === 0 ? forwarded(looked("requests"), first, parts) : [])];
  if (!answer) return others;
  const told = withClock(looked("requests"), url, answer, 300_000, others);
  return told.some(({ state }) => state !== "ok")
    ? told
    : [
        passed(
          looked("requests"),
          `${told[0]?.found ?? ""}; path, query, Authorization, methods and 1.1 MB come through`,
        ),
      ];
}

type Tried =
  | { readonly unreachable: readonly Fault[] }
  | {
      readonly answer: ServerAnswer;
      readonly arrival: Arrival | undefined;
      readonly fault: Fault | undefined;
    };

async function tried(attempt: Attempt, base: URL, parts: AddressParts): Promise<Tried> {
  const expected = parts.arrivals.expect();
  const { method, path, body } = attempt;
  const url = new URL(base);
  url.pathname = `${endpointPath(base.href)}${path}`;
  url.search = new URLSearchParams({ filter, [nonceParameter]: expected.nonce }).toString();
  const token = `preflight-${expected.nonce}`;
  try {
    const answer = await askServer({
      ...parts,
      url,
      method,
      body,
      authorities:
        isLoopback(url.hostname) && parts.own ? [...(parts.authorities ?? []), parts.own] : parts.authorities,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/scim+json",
        ...(body !== "" && { "content-type": "application/scim+json" }),
      },
    });
    const arrival = expected.arrived();
    if (!arrival)
      return answer.ok
        ? { answer: answer.value, arrival, fault: nothingArrived(attempt, answer.value, parts) }
        : { unreachable: answer.error };
    const sent = { path: url.pathname, token, url, bytes: body.length };
    const fault = faultOfPath(arrival, sent) ?? attempt.faultOf(arrival, sent);
    if (!answer.ok) return fault ? { unreachable: [fault] } : { unreachable: answer.error };
    return { answer: answer.value, arrival, fault };
  } finally {
    expected.forget();
  }
}

/** Somebody else has answered. */
function nothingArrived(
  { method, body }: Attempt,
  { status, headers }: ServerAnswer,
  { host }: AddressParts,
): Fault {
  const who = typeof headers.server === "string" ? ` (${headers.server.slice(0, 60)})` : "";
  const listener = host.scim.listen;
  if (status === 413)
    return {
      found: `413${who}: a body of 1.1 MB does not come through`,
      expected: "bodies of up to 16 MB, which a group of thousands is",
      mend: "raise the proxy's bound (nginx: client_max_body_size 16m)",
    };
  if (status >= 300 && status < 400)
    return {
      found: `${status}${who}: it sends elsewhere (${String(headers.location ?? "")
        .split("?")[0]
        ?.slice(0, 200)}), and providers do not follow`,
      expected: "that the request comes to the agent as it is",
      mend: "have the proxy hand it on, or enter the address that it sends to",
    };
  if (status === 405 || status === 501 || (status === 403 && method !== "GET"))
    return {
      found: `${status}${who}: ${method} is refused before it comes to the agent`,
      expected: "GET, POST, PUT, PATCH and DELETE",
      mend: "let the proxy, or the firewall of web applications before it, pass these methods",
    };
  return {
    found: `${status}${who} from somebody else: nothing came to the agent at ${listener}${body === "" ? "" : `, ${body.length} bytes sent`}`,
    expected: "that the request comes to this agent",
    mend: `have the proxy hand this path on to ${listener} as it is (docs/web-servers.md), or correct the address`,
  };
}

function faultOfPath({ url }: Arrival, { path, url: sent }: Sent): Fault | undefined {
  const [arrived = "", query = ""] = url.split("?");
  const same = (text: string) => text.replace(/\/+/g, "/");
  if (same(arrived) !== same(path))
    return {
      found: `it comes as ${arrived.slice(0, 200)}, and was sent to ${path}`,
      expected: "the path as it is",
      mend: `have the proxy hand on the whole path (nginx: proxy_pass without a path or a slash behind the host)`,
    };
  return new URLSearchParams(query).get("filter") === sent.searchParams.get("filter")
    ? undefined
    : {
        found: "the filter in the query does not come as it was sent",
        expected: "the query as it is: by another one, another user would be found",
        mend: "have the proxy hand on the query without decoding it",
      };
}

function headersOf({ headers }: Arrival, { token }: Sent): Fault | undefined {
  const { authorization } = headers;
  if (authorization === `Bearer ${token}`) return undefined;
  return {
    found:
      authorization === undefined
        ? "Authorization does not come through"
        : "Authorization comes with something else in it",
    expected: "the header as the provider sends it",
    mend: "have the proxy hand it on (nginx: no auth_basic and no proxy_set_header Authorization here; Apache: no AuthType here, CGIPassAuth On)",
  };
}

function bodyOf(arrival: Arrival, sent: Sent): Fault | undefined {
  const wrong = headersOf(arrival, sent);
  if (wrong) return wrong;
  const type = arrival.headers["content-type"] ?? "";
  if (!/^application\/scim\+json/i.test(type))
    return {
      found: `Content-Type comes as ${type.slice(0, 80) || "nothing"}`,
      expected: "application/scim+json, as it is sent",
      mend: "have the proxy hand on Content-Type",
    };
  if (arrival.bytes !== sent.bytes)
    return {
      found: `${arrival.bytes} bytes of ${sent.bytes} come`,
      expected: "the whole body, of up to 16 MB",
      mend: "raise the proxy's bound (nginx: client_max_body_size 16m)",
    };
  const { "content-encoding": encoding } = arrival.headers;
  if (encoding !== undefined && encoding !== "identity")
    return {
      found: `the body comes encoded (${encoding.slice(0, 40)})`,
      expected: "the body as it is",
      mend: "have the proxy encode nothing on the way to the agent",
    };
  return undefined;
}

/** Behind a proxy, guesses are counted by where it says that they come from. */
function forwarded(looked: LookedAt, first: Tried | undefined, { host }: AddressParts): PreflightCheck[] {
  if (host.scim.tls !== "off" || !first || !("arrival" in first) || !first.arrival) return [];
  if (first.arrival.headers["x-forwarded-for"] !== undefined) return [];
  return [
    warned(looked, {
      found: "X-Forwarded-For does not come: all who guess tokens seem to be the proxy",
      expected: "that the proxy adds from where a request comes",
      mend: "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    }),
  ];
}
