/**
 * SCIM over HTTP (RFC 7644): each connector of the active release at the path of its endpoint. A request is
 * authenticated, parsed, handed to provisioning, and answered in the resource's own form.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fail, ok, type Result } from "../../model/result.ts";
import { scimError } from "../../scim/error.ts";
import type { Authentication } from "../authentication/authentication.ts";
import { scopeProblem } from "../authentication/scope.ts";
import type { ErrorForm } from "../http/errors.ts";
import { Unavailable } from "../operations/writer.ts";
import type { ConnectorRuntime, Runtime } from "../releases/runtime.ts";
import type { Endpoint, Handler, Query } from "./call.ts";
import { endpointsOf, type ScimContext } from "./endpoints.ts";
import { answerOf, errorBody, type Refusal, type Rejected, refusal, scimMediaType } from "./refusal.ts";

/** How the SCIM listener words what never reaches its routes. */
export const scimErrorForm: ErrorForm = {
  type: scimMediaType,
  body: (status, detail) => errorBody(refusal(status, detail)),
};

/** A request that has been let in, without its body. */
interface Admitted {
  /** What was active then. */
  readonly runtime: Runtime;
  readonly connector: ConnectorRuntime;
  readonly handler: Handler;
  readonly id: string;
}

/** Adds the routes of every connector to a server. */
export function scimRoutes(
  server: FastifyInstance,
  context: ScimContext,
  authentication: Authentication,
): void {
  const endpoints = endpointsOf(context);

  const admit = async (request: FastifyRequest): Promise<Result<Admitted, Rejected>> => {
    const runtime = context.writer.active;
    if (!runtime) return fail(refusal(503, "no release is active on this agent"));
    const [path = ""] = request.url.split("?");
    const connector = runtime.connectors.find(({ path: base }) => path.startsWith(`${base}/`));
    if (!connector) return fail(refusal(404, "no connector is served at this address"));
    const caller = await authentication.identify(connector, request);
    if (!caller.ok) return caller;

    const found = findEndpoint(endpoints, path.slice(connector.path.length + 1));
    if (!found) return fail(refusal(404, "there is no such resource"));
    const { allow, methods } = found.endpoint;
    const forbidden = allow && scopeProblem(connector, caller.value, allow);
    if (forbidden) return fail(forbidden);
    const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (!handler)
      return fail({
        ...refusal(405, `${request.method} is not available here`),
        headers: { Allow: Object.keys(methods).join(", ") },
      });
    const wrong = mediaProblem(request);
    if (wrong) return fail(wrong);
    return ok({ runtime, connector, handler, id: found.id });
  };

  const admitted = new WeakMap<FastifyRequest, Admitted>();
  // before the body is read: what is not let in costs nothing
  server.addHook("onRequest", async (request, reply) => {
    const admission = await admit(request);
    if (!admission.ok) return refuse(reply, admission.error);
    admitted.set(request, admission.value);
  });

  server.route({
    method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const earlier = admitted.get(request);
      // the body took its time, and with another release a token may have gone meanwhile
      const admission =
        earlier && earlier.runtime === context.writer.active ? ok(earlier) : await admit(request);
      if (!admission.ok) return refuse(reply, admission.error);
      const { connector, handler, id } = admission.value;
      const repeated = Object.entries(request.query as object).find(([, value]) => typeof value !== "string");
      if (repeated)
        return refuse(
          reply,
          scimError("invalidValue", `the parameter ${repeated[0].slice(0, 50)} is given twice`),
        );
      const answer = await handler({
        connector,
        id,
        query: request.query as Query,
        headers: request.headers,
        body: request.body as Buffer | undefined,
      });
      if (!answer.ok) return refuse(reply, answer.error);
      const { status, body, headers = {} } = answer.value;
      reply.code(status).headers(headers);
      return body === undefined ? reply.send() : reply.type(mediaTypeFor(request)).send(JSON.stringify(body));
    },
  });
  // for any other method; the hook has answered before
  server.setNotFoundHandler((_request, reply) => refuse(reply, refusal(404, "there is no such resource")));

  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Unavailable)
      return refuse(reply.header("Retry-After", "1"), refusal(503, error.message));
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, refusal(error.statusCode, error.message));
    request.log.error(error);
    return refuse(reply, refusal(500, "the agent failed; its log says why"));
  });
}

/** The endpoint at a path below the base URL, and the id in it: `Users`, `Users/.search`, `Users/1f0c`. */
function findEndpoint(
  endpoints: ReadonlyMap<string, Endpoint>,
  path: string,
): { endpoint: Endpoint; id: string } | undefined {
  const literal = endpoints.get(path);
  if (literal) return { endpoint: literal, id: "" };
  const [name = "", id = "", ...rest] = path.split("/");
  if (rest.length > 0) return undefined;
  const endpoint = endpoints.get(id === "" ? name : `${name}/:id`);
  return endpoint && { endpoint, id: decode(id) };
}

/** What is wrong with the form of a body, by its headers (RFC 7644, section 3.1). A body without a type is taken. */
function mediaProblem({ method, headers }: FastifyRequest): Refusal | undefined {
  // some clients name a type for every request
  if (method === "GET" || method === "DELETE") return undefined;
  const type = headers["content-type"];
  if (type !== undefined && !/^application\/(scim\+)?json *(;|$)/i.test(type))
    return refusal(415, `the body is of another type (expected ${scimMediaType})`);
  const encoding = headers["content-encoding"] ?? "identity";
  return encoding === "identity" ? undefined : refusal(415, "the body is encoded (expected it as it is)");
}

function refuse(reply: FastifyReply, rejected: Rejected): FastifyReply {
  const error = answerOf(rejected);
  const { log, method, url } = reply.request;
  // without the query, in which people's names stand; whoever is not let in is counted and told elsewhere
  if (error.status !== 401 && error.status !== 429)
    log.info(
      { method, path: url.split("?")[0]?.slice(0, 300), status: error.status, scimType: error.scimType },
      error.detail,
    );
  if (error.status === 503 && !reply.hasHeader("Retry-After")) reply.header("Retry-After", "30");
  return reply
    .code(error.status)
    .headers(error.headers ?? {})
    .type(mediaTypeFor(reply.request))
    .send(JSON.stringify(errorBody(error)));
}

/** RFC 7644, section 3.8: plain JSON for a client that takes nothing more exact. */
function mediaTypeFor({ headers: { accept = "" } }: FastifyRequest): string {
  const types = accept.toLowerCase().split(/[\s,;]+/);
  const takesScim = types.some((type) => [scimMediaType, "application/*", "*/*"].includes(type));
  return !takesScim && types.includes("application/json") ? "application/json" : scimMediaType;
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
