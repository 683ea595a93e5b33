/** The admin API over HTTP; its contract is `api/contract.ts`. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  type AgentIdentity,
  type ClockStatus,
  ClockWord,
  Confirmation,
  type Health,
  MembershipsKept,
  type PolicyAttestation,
  Renumbering,
  roles,
  type TokenList,
  type TwinList,
} from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import { Digest } from "../../model/environment/common.ts";
import { version } from "../../model/package.ts";
import { fail, ok } from "../../model/result.ts";
import { describeDoubt } from "../../report/clock.ts";
import type { Alerts } from "../alerts/alerts.ts";
import { tokensOf, warnOfTokens } from "../authentication/token-list.ts";
import type { TokenUses } from "../authentication/token-uses.ts";
import type { AgentConfig } from "../config.ts";
import { type Evaluation, EvaluationStopped } from "../evaluation/evaluation.ts";
import { admitted, gate } from "../http/gate.ts";
import type { HeardRequests } from "../http/heard.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import { readAudit, readLatestAudit } from "../operations/audit.ts";
import { traced } from "../operations/operation.ts";
import { renumberAll } from "../operations/renumber.ts";
import type { SecretWatch } from "../operations/secret-watch.ts";
import type { Slots } from "../operations/slots.ts";
import { twinsOf } from "../operations/twins.ts";
import { Unavailable } from "../operations/unavailable.ts";
import type { Verifier } from "../operations/verification/verification.ts";
import type { Writer } from "../operations/writer.ts";
import type { Preflight } from "../preflight/preflight.ts";
import type { Expected } from "../releases/activation.ts";
import { Archive } from "../releases/archive.ts";
import { settingOf } from "../releases/evaluator.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { TriedSteps } from "../releases/tried-steps.ts";
import { describeStoreFailure } from "../store/failure.ts";
import { lineageOf } from "../store/lineage.ts";
import { inOneMoment } from "../store/moment.ts";
import type { Store } from "../store/schema.ts";
import type { AdminTokens } from "./admin-tokens.ts";
import { alertRoutes } from "./alert-routes.ts";
import { breakGlassRoutes } from "./break-glass-routes.ts";
import { certificateRoutes } from "./certificate-routes.ts";
import { failureRoutes } from "./failure-routes.ts";
import { heardRoutes } from "./heard-routes.ts";
import { heldRoutes } from "./held-routes.ts";
import type { Identify, TokenHolder } from "./holder.ts";
import type { Planners } from "./planners.ts";
import { preflightRoutes } from "./preflight-routes.ts";
import { quarantineRoutes } from "./quarantine-routes.ts";
import { adminErrorForm, adminRefusal, refuseFor, reject, unknownHolder } from "./refusal.ts";
import { reviewRoutes } from "./review-routes.ts";
import type { AddRoute } from "./route.ts";
import { slotRoutes } from "./slot-routes.ts";
import { verificationRoutes } from "./verification-routes.ts";

/** The largest body, in bytes: a release. */
export const maxAdminBytes = 16 * 1024 * 1024;

/** By the names that those who watch over processes commonly ask for. */
const probes = { alive: "/healthz", ready: "/readyz" };

function isProbe({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === probes.alive || url === probes.ready;
}

const json = "application/json; charset=utf-8";

const auditPageSize = 1000;

export interface AdminContext {
  readonly config: AgentConfig;
  readonly reads: Store;
  readonly writer: Writer;
  readonly admins: AdminTokens;
  readonly certificates: Certificates;
  /** How the agent is. */
  readonly health: () => Health;
  readonly evaluation: Evaluation;
  /** Whoever plans and deploys, on whichever listener. */
  readonly planners: Planners;
  readonly alerts: Alerts;
  readonly verification: Verifier;
  readonly preflight: Preflight;
  /** What identity providers sent of late. */
  readonly heard: HeardRequests;
  /** When tokens were used last. */
  readonly uses: TokenUses;
  readonly slots: Slots;
  readonly secrets: Pick<SecretWatch, "look">;
  /** Tells who sends a request. */
  readonly identify: Identify;
}

/** Adds the routes of the admin API to a server. */
export function adminRoutes(
  server: FastifyInstance,
  {
    config,
    reads,
    writer,
    admins,
    certificates,
    health,
    evaluation,
    planners,
    alerts,
    verification,
    preflight,
    heard,
    uses,
    slots,
    secrets,
    identify,
  }: AdminContext,
): void {
  const moment = () =>
    settingOf({ active: writer.active, untrusted: writer.untrusted, ...writer.clock.read() });
  // all its queries see one state of the store
  const oneMoment = <T>(read: (surroundings: Surroundings) => Promise<T>) =>
    inOneMoment(reads, (store) =>
      read({
        store,
        active: writer.active,
        untrusted: writer.untrusted,
        host: config,
        ...writer.clock.read(),
      }),
    );
  const clockStatus = (): ClockStatus => {
    const { now: time, clock } = writer.clock.read();
    return { time, system: clock.system, inDoubt: clock.inDoubt };
  };

  server.register(gate, {
    form: adminErrorForm,
    admit: async (request) => {
      if (isProbe(request)) return ok(undefined);
      const holder = identify(request);
      return holder ? ok(holder) : fail(unknownHolder);
    },
    nothingHere: ({ method, url }) =>
      adminRefusal("notThere", `there is no ${method} ${url.split("?")[0]?.slice(0, 200)}`),
    unavailable: (error) =>
      error instanceof Unavailable || error instanceof EvaluationStopped
        ? error.message
        : describeStoreFailure(error),
  });

  const route: AddRoute = (method, url, role, answer) =>
    server.route({
      method,
      url: `/v1${url}`,
      onRequest: async (request, reply) => {
        const { name, role: theirs } = admitted<TokenHolder>(request);
        if (roles.indexOf(theirs) < roles.indexOf(role))
          return refuseFor(
            reply,
            "forbidden",
            `the token "${name}" has the role ${theirs} (expected ${role})`,
          );
      },
      handler: (request, reply) => {
        const holder = admitted<TokenHolder>(request);
        return answer(request, reply, {
          ...holder,
          by: { actor: holder.actor, ...traced(request.headers) },
        });
      },
    });

  verificationRoutes(route, verification);
  breakGlassRoutes(route, { reads, writer });
  preflightRoutes(route, { preflight, evaluation, moment, environment: config.environment });

  route("GET", "/agent", "reader", async (): Promise<AgentIdentity> => {
    // whose agent it is, everybody asks first: also where its store cannot be read
    const lineage = await lineageOf(reads).catch(() => undefined);
    return {
      environment: config.environment,
      version,
      clock: clockStatus(),
      ...(lineage !== undefined && { lineage }),
      planners: planners.all,
    };
  });

  certificateRoutes(route, certificates);
  route("GET", "/health", "reader", async () => health());

  // whoever watches over processes has no token, and is told no more than this
  server.get(probes.alive, async () => ({ alive: true }));
  server.get(probes.ready, async (_request, reply) => {
    const { ready } = health();
    return reply.code(ready ? 200 : 503).send({ ready });
  });

  route("GET", "/release", "reader", async (_request, reply) => {
    const active = writer.active?.active;
    if (!active) return refuseFor(reply, "noRelease", "no release is active");
    return reply
      .header("ETag", `"${active.digest}"`)
      .send({ ...active, verification: verification.verified });
  });

  route("PUT", "/release", "deployer", async (request, reply, { by }) => {
    const condition = expectedRelease(request);
    if (condition === undefined)
      return refuseFor(
        reply,
        "conditionMissing",
        "a condition is missing (expected If-Match or If-None-Match: *)",
      );
    planners.note(request.headers["user-agent"], writer.clock.now());
    const read = await evaluation.ask("activation", { body: String(request.body ?? "") }, moment());
    if (!read.ok) return refuseFor(reply, read.error.code, read.error.detail);
    const body = read.value;
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not an activation", body.error);
    const { environment: id } = body.value.release;
    const outcome = await writer.submit({
      ...by,
      kind: "release",
      verb: "activate",
      id,
      body: body.value,
      condition,
    });
    if (outcome.kind !== "done") return reject(reply, outcome);
    const { active, connectors } = outcome.resource;
    warnOfTokens(request.log, connectors, writer.clock.now());
    return reply
      .header("ETag", `"${active.digest}"`)
      .send({ ...active, verification: verification.verified });
  });

  route("DELETE", "/release", "deployer", async (request, reply, { by }) => {
    const condition = expectedRelease(request);
    if (condition === undefined)
      return refuseFor(reply, "conditionMissing", "a condition is missing (expected If-Match)");
    const { environment: id } = config;
    const outcome = await writer.submit({ ...by, kind: "release", verb: "deactivate", id, condition });
    return outcome.kind === "done" ? reply.code(204).send() : reject(reply, outcome);
  });

  // a client's release may be large and costly: nothing of it is looked at here
  route("POST", "/impact", "reader", async (request, reply) => {
    planners.note(request.headers["user-agent"], writer.clock.now());
    const answer = await evaluation.ask("impact", { body: String(request.body ?? "") }, moment());
    if (!answer.ok) return refuseFor(reply, answer.error.code, answer.error.detail);
    const text = answer.value;
    if (!text.ok) return refuseFor(reply, "invalidRequest", "not a release", text.error);
    return reply.type(json).send(text.value);
  });

  reviewRoutes(route, { writer, evaluation, planners, moment });

  alertRoutes(route, { alerts, reads, writer });

  route("GET", "/history", "reader", async () => new Archive(reads).history());

  route("GET", "/releases/:digest", "reader", async (request, reply) => {
    const { digest } = request.params as { digest: string };
    const stored = await oneMoment(({ store }) => new Archive(store).stored(digest));
    return stored.ok ? stored.value : refuseFor(reply, stored.error.code, stored.error.detail);
  });

  route("GET", "/policies/:digest", "reader", async (request, reply) => {
    const digest = Digest.safeParse((request.params as { digest: string }).digest);
    if (!digest.success) return refuseFor(reply, "invalidRequest", "not the digest of a policy");
    const { now, clock } = writer.clock.read();
    if (clock.inDoubt) return refuseFor(reply, "clockInDoubt", describeDoubt(now, clock.system));
    const restored = writer.untrusted?.restored;
    return oneMoment(async ({ store, active, ...at }): Promise<PolicyAttestation> => {
      const attested = await new Archive(store).attest(config.environment, digest.data, at, restored);
      return attested.active && active
        ? { ...attested, tried: await new TriedSteps(store).of(active.active.release) }
        : attested;
    });
  });

  route("GET", "/twins", "reader", async (): Promise<TwinList> => ({ twins: await twinsOf(reads) }));

  route("GET", "/access", "reader", async (_request, reply) => {
    const access = await evaluation.ask("access", {}, moment());
    if (!access.ok) return refuseFor(reply, access.error.code, access.error.detail);
    const text = access.value;
    if (!text.ok) return refuseFor(reply, text.error.code, text.error.detail, text.error.problems);
    return reply.type(json).send(text.value);
  });

  route("GET", "/audit", "reader", async (request, reply) => {
    const { after, last } = request.query as { after?: string; last?: string };
    if (after !== undefined && last !== undefined)
      return refuseFor(reply, "invalidRequest", "after and last are two questions (expected one of them)");
    const given = Number(last ?? after ?? 0);
    if (!Number.isSafeInteger(given) || given < 0)
      return refuseFor(
        reply,
        "invalidRequest",
        last === undefined ? "after is not a sequence number" : "last is not a number of rows",
      );
    const rows =
      last === undefined
        ? await readAudit(reads, given, auditPageSize)
        : await readLatestAudit(reads, Math.min(given, auditPageSize));
    return { rows };
  });

  failureRoutes(route, { reads, writer });
  heardRoutes(route, { heard, writer });
  quarantineRoutes(route, writer);

  route("GET", "/tokens", "reader", async (_request, _reply, { role }): Promise<TokenList> => {
    const { active, removals } = writer.serving;
    const past = removals?.runtime.connectors ?? [];
    return {
      tokens: tokensOf(active?.connectors ?? [], past, writer.clock.now(), uses),
      admin: admins.shown(role === "approver"),
    };
  });
  slotRoutes(route, { slots, watch: secrets });

  route("GET", "/owners", "reader", async (_request, reply) => {
    const owners = await evaluation.ask("owners", {}, moment());
    return owners.ok
      ? reply.type(json).send(owners.value)
      : refuseFor(reply, owners.error.code, owners.error.detail);
  });

  route("POST", "/owners/:account", "approver", async (request, reply, { by }) => {
    const { account: id } = request.params as { account: string };
    const body = readRequest(Confirmation, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a confirmation", body.error);
    const outcome = await writer.submit({ ...by, kind: "account", verb: "confirm", id, ...body.value });
    return outcome.kind === "done" ? reply.code(204).send() : reject(reply, outcome);
  });

  route("DELETE", "/owners/:account", "approver", async (request, reply, { by }) => {
    const { account: id } = request.params as { account: string };
    const memberships = MembershipsKept.default("drop").safeParse(
      (request.query as { memberships?: string }).memberships,
    );
    if (!memberships.success) return refuseFor(reply, "invalidRequest", "memberships is not keep or drop");
    const outcome = await writer.submit({
      ...by,
      kind: "account",
      verb: "release",
      id,
      memberships: memberships.data,
    });
    return outcome.kind === "done" ? reply.code(204).send() : reject(reply, outcome);
  });

  heldRoutes(route, { reads, writer });

  route("POST", "/clock", "approver", async (request, reply, { by }) => {
    const body = readRequest(ClockWord, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a word about the clock", body.error);
    const outcome = await writer.submit({ ...by, kind: "clock", verb: "accept", ...body.value });
    return outcome.kind === "done" ? clockStatus() : reject(reply, outcome);
  });

  route("PUT", "/renumberings/:connector", "approver", async (request, reply, { by }) => {
    const { connector: id } = request.params as { connector: string };
    const body = readRequest(Renumbering, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a renumbering", body.error);
    const { until } = body.value;
    const outcome = await renumberAll({ ...by, kind: "connector", verb: "renumber", id, until }, (next) =>
      writer.submit(next),
    );
    return outcome.kind === "done" ? outcome.resource : reject(reply, outcome);
  });
}

/** RFC 9110, sections 13.1.1 and 13.1.2. Undefined when the request has no condition that makes sense here. */
function expectedRelease(request: FastifyRequest): Expected | undefined {
  if (request.headers["if-none-match"] === "*") return null;
  return /^"(sha256:[0-9a-f]{64})"$/.exec(request.headers["if-match"] ?? "")?.[1];
}
