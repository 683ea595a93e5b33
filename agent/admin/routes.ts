/** The admin API over HTTP; its contract is `api/contract.ts`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { Activation, type AdminRefusal, ImpactRequest, type Role, roles } from "../../api/contract.ts";
import { Digest } from "../../model/environment/common.ts";
import { safeParse } from "../../model/parse.ts";
import { maxProblems } from "../../model/problem.ts";
import { tokensOf, warnOfTokens } from "../authentication/token-list.ts";
import type { AgentConfig } from "../config.ts";
import { releaseOwner } from "../directory/owners.ts";
import type { ErrorForm } from "../http/errors.ts";
import { readAudit, readLatestAudit } from "../operations/audit.ts";
import { Unavailable, type Writer } from "../operations/writer.ts";
import { activate, deactivate, dumpAccess, type Expected, impactOf } from "../releases/activation.ts";
import { attestPolicy, history, storedRelease } from "../releases/archive.ts";
import type { Store } from "../store/schema.ts";
import type { Holder, Identify } from "./holder.ts";

const auditPageSize = 1000;

export interface AdminContext {
  readonly config: AgentConfig;
  readonly reads: Store;
  readonly writer: Writer;
  /** Tells who sends a request. */
  readonly identify: Identify;
}

/** How the admin listeners word what never reaches their routes. */
export const adminErrorForm: ErrorForm = {
  type: "application/json; charset=utf-8",
  body: (_status, message) => ({ error: { message, problems: [] } }) satisfies AdminRefusal,
};

/** Adds the routes of the admin API to a server. */
export function adminRoutes(
  server: FastifyInstance,
  { config, reads, writer, identify }: AdminContext,
): void {
  // all its queries see one state of the store
  const oneMoment = <T>(read: (store: Store) => Promise<T>) => reads.transaction().execute(read);

  const holders = new WeakMap<FastifyRequest, Holder>();
  // before the body is read: what is not let in costs nothing
  server.addHook("onRequest", async (request, reply) => {
    const holder = identify(request);
    if (!holder) return refuseUnknown(reply);
    holders.set(request, holder);
  });

  const route = (
    method: "GET" | "PUT" | "POST" | "DELETE",
    url: string,
    role: Role,
    answer: (request: FastifyRequest, reply: FastifyReply, holder: Holder) => Promise<unknown>,
  ) =>
    server.route({
      method,
      url: `/v1${url}`,
      onRequest: async (request, reply) => {
        const holder = holders.get(request);
        if (holder && roles.indexOf(holder.role) < roles.indexOf(role))
          return refuse(
            reply,
            403,
            `the token "${holder.name}" has the role ${holder.role} (expected ${role})`,
          );
      },
      handler: async (request, reply) => {
        const holder = holders.get(request);
        return holder ? answer(request, reply, holder) : refuseUnknown(reply);
      },
    });

  route("GET", "/release", "reader", async (_request, reply) => {
    const active = writer.runtime?.active;
    if (!active) return refuse(reply, 404, "no release is active");
    return reply.header("ETag", `"${active.digest}"`).send(active);
  });

  route("PUT", "/release", "deployer", async (request, reply, { name, actor }) => {
    const expected = expectedRelease(request);
    if (expected === undefined)
      return refuse(reply, 428, "a condition is missing (expected If-Match or If-None-Match: *)");
    const body = parse(Activation, request.body);
    if (!body.ok) return refuse(reply, 400, "not an activation", body.problems);
    const result = await writer.run(
      { actor, operation: "release.activate", target: body.value.release.environment },
      (trx, present, now) =>
        activate(trx, present, config, body.value, expected, name, now, (runtime) => {
          writer.runtime = runtime;
        }),
    );
    if (!result.ok) return refuse(reply, result.error.status, result.error.detail, result.error.problems);
    warnOfTokens(request.log, writer.runtime?.connectors ?? [], writer.now());
    return reply.header("ETag", `"${result.value.digest}"`).send(result.value);
  });

  route("DELETE", "/release", "deployer", async (request, reply, { name, actor }) => {
    const expected = expectedRelease(request);
    if (expected === undefined) return refuse(reply, 428, "a condition is missing (expected If-Match)");
    const result = await writer.run(
      { actor, operation: "release.deactivate", target: config.environment },
      (trx, present, now) =>
        deactivate(trx, present, expected, name, now, (runtime) => {
          writer.runtime = runtime;
        }),
    );
    if (!result.ok) return refuse(reply, result.error.status, result.error.detail, result.error.problems);
    return reply.code(204).send();
  });

  route("POST", "/impact", "reader", async (request, reply) => {
    const body = parse(ImpactRequest, request.body);
    if (!body.ok) return refuse(reply, 400, "not a release", body.problems);
    const { release, accept } = body.value;
    return oneMoment((store) => impactOf(store, writer.runtime, config, release, writer.now(), accept));
  });

  route("GET", "/history", "reader", async () => history(reads));

  route("GET", "/releases/:digest", "reader", async (request, reply) => {
    const { digest } = request.params as { digest: string };
    const stored = await oneMoment((store) => storedRelease(store, digest));
    return stored.ok ? stored.value : refuse(reply, stored.error.status, stored.error.detail);
  });

  route("GET", "/policies/:digest", "reader", async (request, reply) => {
    const digest = Digest.safeParse((request.params as { digest: string }).digest);
    if (!digest.success) return refuse(reply, 400, "not the digest of a policy");
    return oneMoment((store) => attestPolicy(store, config.environment, digest.data, writer.now()));
  });

  route("GET", "/access", "reader", async () =>
    oneMoment((store) => dumpAccess(store, writer.runtime, config, writer.now())),
  );

  route("GET", "/audit", "reader", async (request, reply) => {
    const { after, last } = request.query as { after?: string; last?: string };
    if (after !== undefined && last !== undefined)
      return refuse(reply, 400, "after and last are two questions (expected one of them)");
    const given = Number(last ?? after ?? 0);
    if (!Number.isSafeInteger(given) || given < 0)
      return refuse(
        reply,
        400,
        last === undefined ? "after is not a sequence number" : "last is not a number of rows",
      );
    const rows =
      last === undefined
        ? await readAudit(reads, given, auditPageSize)
        : await readLatestAudit(reads, Math.min(given, auditPageSize));
    return { rows };
  });

  route("GET", "/tokens", "reader", async () => ({
    tokens: tokensOf(writer.runtime?.connectors ?? [], writer.now()),
  }));

  route("DELETE", "/owners/:account", "approver", async (request, reply, { actor }) => {
    const { account } = request.params as { account: string };
    const result = await writer.run({ actor, operation: "account.release", target: account }, (trx) =>
      releaseOwner(trx, account),
    );
    if (!result.ok) return refuse(reply, result.error.status, result.error.detail);
    return reply.code(204).send();
  });

  server.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, `there is no ${request.method} ${request.url.slice(0, 200)}`),
  );
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Unavailable) return refuse(reply.header("Retry-After", "1"), 503, error.message);
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, error.statusCode, error.message);
    request.log.error(error);
    return refuse(reply, 500, "the agent failed; its log says why");
  });
}

/** RFC 9110, sections 13.1.1 and 13.1.2. Undefined when the request has no condition that makes sense here. */
function expectedRelease(request: FastifyRequest): Expected | undefined {
  if (request.headers["if-none-match"] === "*") return null;
  return /^"(sha256:[0-9a-f]{64})"$/.exec(request.headers["if-match"] ?? "")?.[1];
}

type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: string[] };

/** The body by a schema. Of many problems the first ones are told; so many that zod cannot collect them are one. */
function parse<T extends z.ZodType>(schema: T, body: unknown): Parsed<z.output<T>> {
  let data: unknown;
  try {
    data = JSON.parse(String(body ?? ""));
  } catch {
    return { ok: false, problems: ["the body is not JSON"] };
  }
  const parsed = safeParse(schema, data);
  if (!parsed) return { ok: false, problems: ["more mistakes than can be told"] };
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues
    .slice(0, maxProblems)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (parsed.error.issues.length > maxProblems)
    problems.push(`there are more (only the first ${maxProblems} problems are told)`);
  return { ok: false, problems };
}

function refuseUnknown(reply: FastifyReply): FastifyReply {
  return refuse(reply.header("WWW-Authenticate", "Bearer"), 401, "the admin token is missing or unknown");
}

function refuse(
  reply: FastifyReply,
  status: number,
  message: string,
  problems: readonly string[] = [],
): FastifyReply {
  return reply.code(status).send({ error: { message, problems: [...problems] } } satisfies AdminRefusal);
}
