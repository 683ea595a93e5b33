/** A connector's test in words: each request as it comes, what came of each step, and a report to keep. */
import { refusalCodes } from "../../api/codes.ts";
import type { HeardRequest } from "../../api/heard.ts";
import type { ConnectorStep } from "../../model/environment/connector-step.ts";
import type { Time } from "../../model/time.ts";
import { asCode, prose } from "../review/markdown-text.ts";
import { isoTime } from "../time.ts";
import { count, listed } from "../words.ts";
import type { StepState, TestProgress } from "./progress.ts";
import { stepNames } from "./steps.ts";

/** Beside the codes of the audit: why nobody is let in, or that nothing is served. */
const doors: Readonly<Record<string, string>> = {
  noToken:
    "no token came: enter it at the provider, and see that the proxy passes Authorization on (hgscim preflight)",
  malformed: 'the header is no bearer token: "Bearer" stands twice, or not at all',
  invalidToken: "the token is another one: enter the one that the connector's auth names",
  pastLifetime: "the token's lifetime is over: make a new one and enter it at the provider",
  insufficientScope: "the token may not do this: see auth.allow and the scopes of the connector",
  tooManyRequests: "more came than rateLimit or the agent's own bounds let in: wait, then press again",
  cannotTell: "the issuer's keys were not to be had: press again, and see hgscim preflight",
};

/** What came of a request. */
function describeHeard({ outcome, status, code, rules, hold }: HeardRequest): string {
  const why = [...(code === null || code === "held" ? [] : [code]), ...rules].join(" ");
  const of = why === "" ? "" : `: ${why}`;
  switch (outcome) {
    case "done":
      return `done (${status})`;
    case "held":
      return `held (${status})${hold === null ? "" : ` as ${hold}`}${of}`;
    case "refused":
      return `refused (${status})${of}`;
    case "turnedAway":
      return `not let in (${status})${of}`;
  }
}

/** What the payload holds: names and kinds of values. */
function describeParts({ parts }: HeardRequest): string {
  return parts.map(({ op, path, is }) => `${op === null ? "" : `${op} `}${path}: ${is}`).join(", ");
}

/** One line as a request comes, and what it holds in a second one. */
export function heardLines(request: HeardRequest, steps: readonly ConnectorStep[]): string[] {
  const { at, connector, method, path } = request;
  const parts = describeParts(request);
  const ticked = steps.map((step) => stepNames[step]).join(", ");
  const where = connector === null ? "an address that no connector has" : path;
  return [
    `${isoTime(at)}  ${method} ${where}: ${describeHeard(request)}${ticked === "" ? "" : `  [${request.outcome === "done" ? "x" : "!"}] ${ticked}`}`,
    ...(parts === "" ? [] : [`  ${parts}`]),
  ];
}

/** What to do about a step that is not done; undefined for one that is. */
function mendStep(
  { step, came, press, missing }: StepState,
  requests: readonly HeardRequest[],
): string | undefined {
  if (came?.outcome === "done") return undefined;
  if (came) {
    const { outcome, code, rules } = came;
    if (outcome === "held") return "ask the constraint's owner to approve or discard it (hgscim held list)";
    if (rules.length > 0)
      return `ask the owner of ${listed(rules)}, or correct it at the provider (hgscim failures)`;
    if (code !== null && Object.hasOwn(doors, code)) return doors[code];
    if (code !== null && Object.hasOwn(refusalCodes, code))
      return refusalCodes[code as keyof typeof refusalCodes].mend;
    return "the agent's log says what was refused";
  }
  return `likely: ${likelyCause(step, missing, requests)}. Press: ${press}`;
}

function likelyCause(step: ConnectorStep, missing: string, requests: readonly HeardRequest[]): string {
  const here = requests.filter(({ connector }) => connector !== null);
  if (here.length === 0 && requests.length > 0)
    return `${count(requests.length, "request", "requests")} came to an address that no connector has: compare the base URL with the connector's endpoint`;
  const last = here.at(-1);
  if (last?.outcome === "turnedAway" && last.code !== null && doors[last.code])
    return `the last request was not let in (${last.code}), and a provider stops then`;
  return step === "connection" && last ? "it was not pressed, for what came was let in" : missing;
}

/** What a report is about. */
export interface TestedConnector {
  readonly environment: string;
  readonly connector: string;
  readonly idp: string;
  readonly from: Time;
  readonly until: Time;
}

/** For programs. */
export function testReport(tested: TestedConnector, progress: TestProgress) {
  const { environment, connector, idp, from, until } = tested;
  const { requests, states, isWell: well } = progress;
  return {
    ...{ environment, connector, idp, from: isoTime(from), until: isoTime(until), well },
    steps: states.map((state) => {
      const { step, press, came } = state;
      const mend = mendStep(state, requests);
      return {
        ...{ step, press, outcome: came?.outcome ?? "missing" },
        ...(came && { at: isoTime(came.at), request: came.number, status: came.status }),
        ...(came && { code: came.code, rules: came.rules, hold: came.hold }),
        ...(mend !== undefined && { mend }),
      };
    }),
    requests: requests.map((request) => ({ ...request, at: isoTime(request.at) })),
  };
}

/** The rows of the steps: what it is, what came of it, what to do. */
export function stepRows({
  states,
  requests,
}: TestProgress): (readonly [name: string, outcome: string, mend: string])[] {
  return states.map((state) => [
    state.name,
    state.came ? describeHeard(state.came) : "did not come",
    mendStep(state, requests) ?? "",
  ]);
}

/** A report to keep, in the Markdown of GitHub and GitLab. */
export function testMarkdown(tested: TestedConnector, progress: TestProgress): string {
  const { environment, connector, idp, from, until } = tested;
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const heard = progress.requests.map((request) =>
    row([
      isoTime(request.at),
      asCode(`${request.method} ${request.connector === null ? "elsewhere" : request.path}`),
      prose(describeHeard(request)),
      request.parts.length === 0 ? "" : asCode(describeParts(request)),
    ]),
  );
  return `${[
    `# Connector ${asCode(connector)} of ${asCode(environment)}: ${progress.isWell ? "all steps came and were done" : "not all is done"}`,
    "",
    `${idp}, watched from ${isoTime(from)} to ${isoTime(until)}. No value of a payload is in this report.`,
    "",
    row(["Step", "What came of it", "To do"]),
    row(["---", "---", "---"]),
    ...stepRows(progress).map(([name, outcome, mend]) =>
      row([name, prose(outcome), mend === "" ? "" : prose(mend)]),
    ),
    "",
    ...(heard.length === 0
      ? ["Nothing came."]
      : [row(["At", "Request", "What came of it", "Payload"]), row(["---", "---", "---", "---"]), ...heard]),
  ].join("\n")}\n`;
}
