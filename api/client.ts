/**
 * The client of the agent's admin API, see `contract.ts`. Every answer is a value: nothing here throws for what a
 * network, a server or a person can do wrong, and no message repeats the token.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { ReleaseData } from "../model/digest.ts";
import type { Accept } from "../model/environment/bounds.ts";
import { version } from "../model/package.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Milliseconds, Time } from "../model/time.ts";
import type { GivenApproval } from "./approval.ts";
import type {
  AccessDump,
  ActiveRelease,
  AgentIdentity,
  AlertDiscard,
  AlertList,
  AlertsAgain,
  AlertsDiscarded,
  AlertTested,
  AuditPage,
  BreakGlassList,
  BreakGlassRequest,
  BreakGlassRight,
  CertificateList,
  ClockStatus,
  ClockWord,
  Confirmation,
  FailureList,
  Health,
  HeldDetail,
  HeldEnd,
  HeldEnds,
  HeldPage,
  History,
  HoldWord,
  HoldWords,
  Impact,
  MembershipsKept,
  Origin,
  OwnerList,
  PolicyAttestation,
  Probe,
  QuarantineList,
  QuarantineWord,
  RenumberingResult,
  Review,
  StoredRelease,
  TokenList,
  Verification,
} from "./contract.ts";
import { type AdminError, errorKindOf, failure } from "./error.ts";
import type { HeardPage, TestKept, TestRequest } from "./heard.ts";
import { exchange } from "./http.ts";
import { userHeader } from "./local-socket.ts";
import type { FingerprintList, FingerprintRequest, PreflightAnswer, PreflightRequest } from "./preflight.ts";
import type { SlotList, SlotsRequest } from "./slots.ts";

export interface AdminClientOptions {
  /** The agent's admin address: http, https or `unix:/path/of/socket`; all paths below it begin with `/v1`. */
  readonly url: string;
  /** The bearer token itself, not a reference to it; a socket wants none. */
  readonly token?: string;
  /** Who runs the command: what is told over a socket in place of a token. */
  readonly user?: string;
  /** The certificate authority, PEM, when the agent's certificate is not public. */
  readonly ca?: string | undefined;
  /** Whose agent it must be. It is asked for that before anything else; an agent of another environment gets nothing. */
  readonly environment?: string;
  /** In which an answer must be complete. */
  readonly timeout?: Milliseconds;
  /** By which it must be besides, as `performance.now()` tells it. */
  readonly until?: Milliseconds;
}

/** One method for each line of the table in `contract.ts`. */
export interface AdminClient {
  /** The address, as messages name it. */
  readonly url: string;
  /** Whose agent it is, whatever the client expects. */
  agent(): Promise<Answered<AgentIdentity>>;
  /** Whether Mercurial goes by all that is stored, and what the agent does not do. */
  health(): Promise<Answered<Health>>;
  /** The active release, or null when none is. */
  activeRelease(): Promise<Answered<ActiveRelease | null>>;
  /**
   * Activates a release if the one with digest `expected` is active, or none when it is null; else the error is
   * `moved` and nothing has changed.
   */
  activate(proposal: ProposedActivation, expected: string | null): Promise<Answered<ActiveRelease>>;
  /** Takes the active release away if its digest is `expected`: nobody has access after. */
  deactivate(expected: string): Promise<Answered<null>>;
  /**
   * What a release would change for people; null asks what having none would. With the line of an approval the failures say why
   * that does not hold.
   */
  impact(release: ReleaseData | null, accept?: Accept, approval?: string): Promise<Answered<Impact>>;
  /** What a reviewer of a release is told: who gains and who loses by it, against the active one or `base`. */
  review(release: ReleaseData, asked?: AskedReview): Promise<Answered<Review>>;
  /**
   * What would go wrong with a release, with the active one for null; or with what is new in it alone. An agent answers within ten
   * seconds.
   */
  preflight(release: ReleaseData | null, asked?: AskedPreflight): Promise<Answered<PreflightAnswer>>;
  /** By what the secrets of a release, or of the active one, are compared with those of other agents. */
  fingerprints(
    asked: Omit<FingerprintRequest, "release"> & { readonly release: ReleaseData | null },
  ): Promise<Answered<FingerprintList>>;
  /** Which releases were active since when, newest first. */
  history(): Promise<Answered<History>>;
  /** A release that was active at some time, by its digest. */
  storedRelease(digest: string): Promise<Answered<StoredRelease>>;
  /** Whether a policy is active, by its digest, and since when. */
  policy(digest: string): Promise<Answered<PolicyAttestation>>;
  /** Whether Mercurial goes by what is stored, looked at now. */
  verification(): Promise<Answered<Verification>>;
  /** The active release once it is verified, or it takes too long. */
  settledRelease(): Promise<Answered<ActiveRelease | null>>;
  /** Every account and every right, in a canonical order. */
  access(): Promise<Answered<AccessDump>>;
  /** Audit rows after a sequence number, oldest first; from the first row when it is left out. */
  audit(after?: number): Promise<Answered<z.infer<typeof AuditPage>>>;
  /** Whose each account is, and what is withheld from whom. */
  owners(): Promise<Answered<OwnerList>>;
  /** Says that an account is the user's from whom it is withheld: it is the same person. */
  confirmOwner(account: string, confirmation: Confirmation): Promise<Answered<null>>;
  /** Lets an account go to another person: to the one who waits for it, or to whoever comes. Memberships are dropped by default. */
  releaseOwner(account: string, memberships?: MembershipsKept): Promise<Answered<null>>;
  /** What waits behind a place in the list; `limit` is how many at most. */
  held(query?: HeldQuery): Promise<Answered<HeldPage>>;
  /** One of them, also when it has ended. */
  hold(id: string): Promise<Answered<HeldDetail>>;
  /** Lets what is held be done, or ends it. */
  decideHold(id: string, word: HoldWord): Promise<Answered<HeldEnd>>;
  /** The same of several at once, of which some may be refused. */
  decideHolds(words: HoldWords): Promise<Answered<HeldEnds>>;
  /** Says that the clock of the agent's system is right, where the agent doubts it. */
  acceptClock(word: ClockWord): Promise<Answered<ClockStatus>>;
  /** What is not done as it is asked for: a page, those that began last first. */
  failures(asked?: AskedFailures): Promise<Answered<FailureList>>;
  /** The connectors that only take access away, since too many of their writes failed. */
  quarantines(): Promise<Answered<QuarantineList>>;
  /** Says that one of them is in order. */
  endQuarantine(connector: string, word: QuarantineWord): Promise<Answered<null>>;
  /** Alerts of a state, or all, newest first; those before a sequence number. */
  alerts(state?: AlertList["alerts"][number]["state"], before?: number): Promise<Answered<AlertList>>;
  /** Has alerts sent again: by ids, or all that were given up. */
  retryAlerts(ids?: readonly string[]): Promise<Answered<z.infer<typeof AlertsAgain>>>;
  /** Takes away what was given up: by ids, or all of it. */
  discardAlerts(word: z.infer<typeof AlertDiscard>): Promise<Answered<z.infer<typeof AlertsDiscarded>>>;
  /** Sends a test to a destination, or to all, and answers whether it was taken. */
  testAlerts(to?: string): Promise<Answered<AlertTested>>;
  /** What a connector's identity provider sent after a number, of as much as is kept. */
  heard(connector: string, after: number): Promise<Answered<HeardPage>>;
  /** Has the agent keep what somebody has watched of a connector. */
  keepTest(watched: TestRequest): Promise<Answered<TestKept>>;
  /** The places of a secret that is rotated, and who comes with what is in them; `look` has the agent look at them anew. */
  slots(asked: SlotsRequest, look?: "look"): Promise<Answered<SlotList>>;
  /** Which fixed tokens connectors take, and until when. */
  tokens(): Promise<Answered<TokenList>>;
  /** Which certificates the listeners show. */
  certificates(): Promise<Answered<CertificateList>>;
  /** Has the extension's refusals of an account carry a nonce; over the agent's socket alone. */
  probe(account: string): Promise<Answered<Probe>>;
  /** Ends that. */
  endProbe(account: string): Promise<Answered<null>>;
  /** The rights that people took for themselves and have. */
  taken(): Promise<Answered<BreakGlassList>>;
  /** Takes a right for whom the token or the socket stands for. */
  takeRight(request: BreakGlassRequest): Promise<Answered<BreakGlassRight>>;
  /** Ends one that was taken, by its id. */
  endRight(id: string): Promise<Answered<null>>;
  /** Lets the users of a connector have other externalIds until a time; null: no longer. */
  renumber(connector: string, until: Time | null): Promise<Answered<RenumberingResult>>;
}

/** Which failures are asked for: all that stand where nothing is said. */
export interface AskedFailures {
  readonly connector?: string | undefined;
  /** A constraint, or a code. */
  readonly rule?: string | undefined;
  /** Also what is over. */
  readonly all?: boolean;
  /** `next` of the page before. */
  readonly before?: number | undefined;
  /** The most failures on a page, and the most of those whom each concerns. */
  readonly limit?: number | undefined;
  readonly examples?: number | undefined;
}

/** What is asked about a release beside itself. */
export interface AskedReview {
  readonly accept?: Accept | undefined;
  /** What it is compared with, in place of the active release. */
  readonly base?: ReleaseData | undefined;
}

/** What `activate` sends; the agent checks it against `Activation`. */
export interface ProposedActivation {
  readonly release: ReleaseData;
  readonly origin: z.input<typeof Origin>;
  /** What was accepted beyond the bounds. */
  readonly accept?: Accept;
  /** What it is held to: the line of a review, and who approved. */
  readonly approval?: z.input<typeof GivenApproval>;
}

export interface HeldQuery {
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
  /** Of these constraints and connectors alone. */
  readonly rule?: string | undefined;
  readonly connector?: string | undefined;
}

/** What of a release is looked at, and in which time. */
export type AskedPreflight = Pick<PreflightRequest, "only" | "within">;

export type Answered<T> = Result<T, AdminError>;

/** Longer than an agent looks. */
const lookingTimeout: Milliseconds = 60_000;

/** Longer than it judges a release, verifies it, makes the access file anew, brings the one before back, and verifies that. */
const activationTimeout: Milliseconds = 150_000;

const settlingPause: Milliseconds = 500;

type Contract = typeof import("./contract.ts");

interface Request {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below `/v1`. */
  readonly path: string;
  readonly body?: object;
  readonly conditions?: { readonly "if-match": string } | { readonly "if-none-match": "*" };
  /** In place of the client's own. */
  readonly timeout?: Milliseconds;
}

/**
 * A client of the agent at a URL; making it contacts nobody.
 *
 * @throws {TypeError} for a URL that is none
 */
export function adminClient({
  url,
  token,
  user,
  ca,
  environment,
  timeout = 30_000,
  until = Number.POSITIVE_INFINITY,
}: AdminClientOptions): AdminClient {
  const { protocol, origin, pathname } = new URL(url);
  const socketPath = protocol === "unix:" ? decodeURIComponent(pathname) : undefined;
  // without the user name and password that somebody may have put into the URL
  const base = `${socketPath === undefined ? origin : "unix:"}${pathname.replace(/\/+$/, "")}`;
  const root = socketPath === undefined ? base : "http://localhost";

  /** The JSON of a 2xx answer, unchecked. */
  async function send({
    method,
    path,
    body,
    conditions,
    timeout: longer,
  }: Request): Promise<Answered<unknown>> {
    const answer = await exchange({
      method,
      url: new URL(`${root}/v1${path}`),
      socketPath,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(user !== undefined && { [userHeader]: user }),
        accept: "application/json",
        "user-agent": `hgscim/${version}`,
        ...(body && { "content-type": "application/json" }),
        ...conditions,
      },
      ...(body && { body: JSON.stringify(body) }),
      ca,
      timeout: Math.max(1, Math.min(longer ?? timeout, Math.floor(until - performance.now()))),
    });
    if (!answer.ok) {
      const { reason, untrusted } = answer.error;
      return failure(
        untrusted ? "untrusted" : "unreachable",
        0,
        `${untrusted ? "the agent at" : "no answer from the agent at"} ${base}: ${reason}`,
      );
    }
    const { status, body: text } = answer.value;
    const json = parseJson(text);
    if (status >= 200 && status < 300) return ok(json);

    const { AdminRefusal } = await loadContract();
    const refusal = AdminRefusal.safeParse(json);
    const kind = errorKindOf(status, refusal.success);
    const said = refusal.success
      ? refusal.data.error
      : { message: "not an answer of this API", problems: [] };
    return failure(kind, status, `${method} ${base}/v1${path}: ${status}, ${said.message}`, said.problems);
  }

  /** Sends a request and checks the answer with the schema that `pick` takes out of the contract. */
  async function ask<T>(request: Request, pick: (contract: Contract) => z.ZodType<T>): Promise<Answered<T>> {
    const stranger = await recognize();
    return stranger ? fail(stranger) : askAnyone(request, pick);
  }

  async function tell(request: Request): Promise<Answered<null>> {
    const stranger = await recognize();
    const answer = stranger ? fail(stranger) : await send(request);
    return answer.ok ? ok(null) : answer;
  }

  async function askAnyone<T>(
    request: Request,
    pick: (contract: Contract) => z.ZodType<T>,
  ): Promise<Answered<T>> {
    const answer = await send(request);
    if (!answer.ok) return answer;
    const checked = pick(await loadContract()).safeParse(answer.value);
    if (checked.success) return ok(checked.data);
    const [issue] = checked.error.issues;
    return failure(
      "nonsense",
      200,
      `${request.method} ${base}/v1${request.path}: not an answer of this API (${[...(issue?.path ?? []), issue?.message].join(": ")})`,
    );
  }

  const identity = () => askAnyone({ method: "GET", path: "/agent" }, (contract) => contract.AgentIdentity);
  let recognized = environment === undefined;

  /** Why the agent is not known to be that of the expected environment; asked until it is. */
  async function recognize(): Promise<AdminError | undefined> {
    if (recognized) return undefined;
    const answer = await identity();
    // an agent that has no such answer: its 404 says nothing about a release
    if (!answer.ok)
      return answer.error.kind === "refused" ? { ...answer.error, kind: "nonsense" } : answer.error;
    const found = answer.value.environment;
    recognized = found === environment;
    if (recognized) return undefined;
    const message = `the agent at ${base} is that of ${found} (expected that of ${environment})`;
    return { kind: "misdirected", status: 200, message, problems: [] };
  }

  async function activeRelease(): Promise<Answered<ActiveRelease | null>> {
    const answer = await ask({ method: "GET", path: "/release" }, (contract) => contract.ActiveRelease);
    const none = !answer.ok && answer.error.kind === "refused" && answer.error.status === 404;
    return none ? ok(null) : answer;
  }

  return {
    url: base,
    agent: identity,
    health: () => ask({ method: "GET", path: "/health" }, (contract) => contract.Health),
    activeRelease,
    async settledRelease() {
      const late = performance.now() + activationTimeout;
      for (;;) {
        const answer = await activeRelease();
        const isUnderway = answer.ok && answer.value?.verification?.state === "underway";
        if (!isUnderway || performance.now() > late) return answer;
        await sleep(settlingPause);
      }
    },
    activate: (proposal, expected) =>
      ask(
        {
          ...{ method: "PUT", path: "/release", body: proposal, conditions: conditions(expected) },
          timeout: Math.max(timeout, activationTimeout),
        },
        (contract) => contract.ActiveRelease,
      ),
    deactivate: (expected) =>
      tell({
        ...{ method: "DELETE", path: "/release", conditions: conditions(expected) },
        timeout: activationTimeout,
      }),
    impact: (release, accept, approval) =>
      ask(
        { method: "POST", path: "/impact", body: { release, accept, approval } },
        (contract) => contract.Impact,
      ),
    review: (release, asked = {}) =>
      ask({ method: "POST", path: "/reviews", body: { release, ...asked } }, (contract) => contract.Review),
    preflight: (release, { only, within } = {}) =>
      ask(
        {
          ...{ method: "POST", path: "/preflight" },
          body: { release, ...(only && { only }), ...(within !== undefined && { within }) },
          // it says itself what it did not find out
          ...(within !== undefined && { timeout: within + 1_000 }),
        },
        (contract) => contract.PreflightAnswer,
      ),
    fingerprints: (body) =>
      ask({ method: "POST", path: "/fingerprints", body }, (contract) => contract.FingerprintList),
    history: () => ask({ method: "GET", path: "/history" }, (contract) => contract.History),
    storedRelease: (digest) =>
      ask(
        { method: "GET", path: `/releases/${encodeURIComponent(digest)}` },
        (contract) => contract.StoredRelease,
      ),
    policy: (digest) =>
      ask(
        { method: "GET", path: `/policies/${encodeURIComponent(digest)}` },
        (contract) => contract.PolicyAttestation,
      ),
    verification: () =>
      ask(
        { method: "GET", path: "/verification", timeout: lookingTimeout },
        (contract) => contract.Verification,
      ),
    access: () => ask({ method: "GET", path: "/access" }, (contract) => contract.AccessDump),
    audit: (after) =>
      ask(
        { method: "GET", path: after === undefined ? "/audit" : `/audit?after=${after}` },
        (contract) => contract.AuditPage,
      ),
    owners: () => ask({ method: "GET", path: "/owners" }, (contract) => contract.OwnerList),
    confirmOwner: (account, body) =>
      tell({ method: "POST", path: `/owners/${encodeURIComponent(account)}`, body }),
    releaseOwner: (account, memberships) =>
      tell({
        method: "DELETE",
        path: `/owners/${encodeURIComponent(account)}${memberships ? `?memberships=${memberships}` : ""}`,
      }),
    held: (query = {}) => {
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      return ask(
        { method: "GET", path: `/held?${new URLSearchParams(given)}` },
        (contract) => contract.HeldPage,
      );
    },
    hold: (id) =>
      ask({ method: "GET", path: `/held/${encodeURIComponent(id)}` }, (contract) => contract.HeldDetail),
    decideHold: (id, body) =>
      ask({ method: "POST", path: `/held/${encodeURIComponent(id)}`, body }, (contract) => contract.HeldEnd),
    decideHolds: (body) =>
      ask({ method: "POST", path: "/held", body, timeout: 120_000 }, (contract) => contract.HeldEnds),
    acceptClock: (word) =>
      ask({ method: "POST", path: "/clock", body: word }, (contract) => contract.ClockStatus),
    failures: ({ connector, rule, all = false, before, limit, examples } = {}) => {
      const query = new URLSearchParams({
        ...(connector !== undefined && { connector }),
        ...(rule !== undefined && { rule }),
        ...(all && { all: "true" }),
        ...(before !== undefined && { before: String(before) }),
        ...(limit !== undefined && { limit: String(limit) }),
        ...(examples !== undefined && { examples: String(examples) }),
      });
      return ask({ method: "GET", path: `/failures?${query}` }, (contract) => contract.FailureList);
    },
    quarantines: () => ask({ method: "GET", path: "/quarantines" }, (contract) => contract.QuarantineList),
    endQuarantine: (connector, body) =>
      tell({ method: "POST", path: `/quarantines/${encodeURIComponent(connector)}/end`, body }),
    alerts: (state, before) => {
      const query = new URLSearchParams({
        ...(state && { state }),
        ...(before !== undefined && { before: String(before) }),
      });
      return ask({ method: "GET", path: `/alerts?${query}` }, (contract) => contract.AlertList);
    },
    retryAlerts: (ids) =>
      ask(
        { method: "POST", path: "/alerts/retry", body: { ...(ids && { ids }) } },
        (contract) => contract.AlertsAgain,
      ),
    discardAlerts: (word) =>
      ask({ method: "POST", path: "/alerts/discard", body: word }, (contract) => contract.AlertsDiscarded),
    testAlerts: (to) =>
      ask(
        // each attempt may take a minute
        { method: "POST", path: "/alerts/test", body: { ...(to !== undefined && { to }) }, timeout: 90_000 },
        (contract) => contract.AlertTested,
      ),
    heard: (connector, after) =>
      ask(
        { method: "GET", path: `/requests?${new URLSearchParams({ connector, after: String(after) })}` },
        (contract) => contract.HeardPage,
      ),
    keepTest: (body) =>
      ask({ method: "POST", path: "/connector-tests", body }, (contract) => contract.TestKept),
    slots: (body, look) =>
      ask(
        {
          ...{ method: "POST", path: look ? "/slots/look" : "/slots", body },
          timeout: look ? lookingTimeout : timeout,
        },
        (contract) => contract.SlotList,
      ),
    tokens: () => ask({ method: "GET", path: "/tokens" }, (contract) => contract.TokenList),
    certificates: () => ask({ method: "GET", path: "/certificates" }, (contract) => contract.CertificateList),
    probe: (account) =>
      ask({ method: "PUT", path: `/probes/${encodeURIComponent(account)}` }, (contract) => contract.Probe),
    endProbe: (account) => tell({ method: "DELETE", path: `/probes/${encodeURIComponent(account)}` }),
    taken: () => ask({ method: "GET", path: "/break-glass" }, (contract) => contract.BreakGlassList),
    takeRight: (body) =>
      ask({ method: "POST", path: "/break-glass", body }, (contract) => contract.BreakGlassRight),
    endRight: (id) => tell({ method: "DELETE", path: `/break-glass/${encodeURIComponent(id)}` }),
    renumber: (connector, until) =>
      ask(
        {
          method: "PUT",
          path: `/renumberings/${encodeURIComponent(connector)}`,
          body: { until },
          // everybody who waits is looked at, some 3 ms each
          timeout: 600_000,
        },
        (contract) => contract.RenumberingResult,
      ),
  };
}

// not at the top: most starts of the provider end before they ask anything, and zod takes its time to load
const loadContract = () => import("./contract.ts");

/** A release's entity tag is its digest (RFC 9110, sections 13.1.1 and 13.1.2). */
function conditions(expected: string | null): NonNullable<Request["conditions"]> {
  return expected === null ? { "if-none-match": "*" } : { "if-match": `"${expected}"` };
}

/** Undefined for what is no JSON: no schema takes that for an answer. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
