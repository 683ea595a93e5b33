/**
 * SCIM over HTTP (RFC 7644): each connector of the active release at the path of its endpoint. A request is
 * authenticated, parsed, handed to its endpoint, and answered in the resource's own form.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { fail, ok, type Result } from "../../model/result.ts";
import { scimError } from "../../scim/error.ts";
import type { Authentication } from "../authentication/authentication.ts";
import { scopeProblem } from "../authentication/scope.ts";
import { isStillLetIn as stillLetIn } from "../authentication/still.ts";
import type { Arrivals } from "../http/arrivals.ts";
import { admitted, gate } from "../http/gate.ts";
import type { HeardRequests } from "../http/heard.ts";
import { Unavailable } from "../operations/unavailable.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import { predecessorsOf, type Serving } from "../releases/serving.ts";
import { describeStoreFailure } from "../store/failure.ts";
import type { Call, Endpoint, Handler, Query } from "./call.ts";
import { endpointsOf, type ScimContext } from "./endpoints.ts";
import { mediaTypeFor, scimErrorForm } from "./error-form.ts";
import { Hearing } from "./hearing.ts";
import { answerOf, type ScimRefusal, scimMediaType, scimRefusal } from "./refusal.ts";
import { unauthorized } from "./unauthorized.ts";

/** A request that has been let in, without its body. */
interface Admitted {
  /** What was served then. */
  readonly serving: Serving;
  readonly connector: ConnectorRuntime;
  readonly predecessors: Call["predecessors"];
  readonly mayUse: Call["mayUse"];
  readonly takesAwayOnly: Call["takesAwayOnly"];
  readonly isStillLetIn: Call["isStillLetIn"];
  readonly handler: Handler;
  readonly id: string;
}

/**
 * Adds the routes of every connector to a server.
 *
 * @param arrivals the agent's own requests, which come by the way of the providers'
 * @param heard keeps what came of late, for whoever watches
 * @param answered told of each request that was answered: of which connector, or of none where nobody was let in
 */
export function scimRoutes(
  server: FastifyInstance,
  context: ScimContext,
  authentication: Authentication,
  arrivals: Arrivals,
  heard: HeardRequests,
  answered: (connector: string, method: string, status: number) => void = () => undefined,
): void {
  const endpoints = endpointsOf(context);

  const admit = async (request: FastifyRequest): Promise<Result<Admitted, ScimRefusal>> => {
    const hearing = new Hearing();
    request.setDecorator("hearing", hearing);
    const { serving } = context.writer;
    const [path = ""] = request.url.split("?");
    const meant = serving.connectors.find(({ path: base }) => `${path}/`.startsWith(`${base}/`));
    if (!meant) return fail(nothingServed(serving));
    // one that has left or moved may have been at the address of another one
    const here = serving.connectors.filter((one) => one.path === meant.path);
    const { connector, caller } = await authentication.identifyAt(here, request);
    const below = withoutEmptySegments(path.slice(connector.path.length));
    hearing.reached(connector.name, below);
    if (!caller.ok) {
      hearing.turnedAway(caller.error.code);
      const refusal = unauthorized(caller.error);
      // whoever cannot have been let in before is told what everybody is
      return fail(refusal.status === 401 && connector.past ? nothingServed(serving) : refusal);
    }

    hearing.letIn(connector, connector.past === undefined ? serving.active?.active.policyDigest : undefined);
    const found = findEndpoint(endpoints, below);
    if (!found) return fail(scimRefusal(404, "there is no such resource"));
    const { allow, methods } = found.endpoint;
    const forbidden = allow && scopeProblem(connector, caller.value, allow);
    if (forbidden) {
      hearing.forbidden(forbidden.code);
      return fail(unauthorized(forbidden));
    }
    // the head of what GET answers (RFC 9110, section 9.3.2)
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!handler)
      return fail({
        ...scimRefusal(405, `${request.method} is not available here`),
        headers: { Allow: allowed(Object.keys(methods)).join(", ") },
      });
    const wrong = mediaProblem(request);
    if (wrong) return fail(wrong);
    const mayUse: Call["mayUse"] = (what) => scopeProblem(connector, caller.value, what) === undefined;
    const moved = connector.past === "moved" ? "addressMoved" : undefined;
    const takesAwayOnly = caller.value.takesAwayOnly ?? moved;
    const isStillLetIn: Call["isStillLetIn"] = ({ connectors }, now) => {
      const present = connectors.find(({ name }) => name === connector.name);
      return allow === undefined || stillLetIn(caller.value, present, allow, now);
    };
    const predecessors = predecessorsOf(serving, connector);
    return ok({
      ...{ serving, connector, predecessors, mayUse, takesAwayOnly, isStillLetIn, handler },
      id: found.id,
    });
  };

  // before the gate: whoever has the nonce is the agent itself, and is given nothing
  server.addHook("onRequest", async ({ raw, method, url, headers }, reply) => {
    if (!arrivals.knows(url)) return undefined;
    let bytes = 0;
    for await (const part of raw) bytes += (part as Buffer).byteLength;
    arrivals.note({ method, url, headers, bytes });
    return reply.type("application/json").send("{}");
  });

  server.decorateRequest("hearing");
  server.register(gate, {
    form: scimErrorForm,
    admit,
    // for a method that no route has
    nothingHere: () => scimRefusal(404, "there is no such resource"),
    unavailable: (error) => (error instanceof Unavailable ? error.message : describeStoreFailure(error)),
  });

  server.addHook("onResponse", async (request, { statusCode: status }) => {
    const { connector } = request.getDecorator<Admitted | undefined>("admitted") ?? {};
    const { method, body } = request;
    answered(connector?.name ?? "", method, status);
    const hearing = request.getDecorator<Hearing | undefined>("hearing");
    if (hearing)
      heard.note(
        {
          ...hearing.end({ method, status, body: heard.isWatched ? body : undefined }),
          at: context.writer.clock.now(),
        },
        hearing.policy,
      );
  });

  server.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const earlier = admitted<Admitted>(request);
      // the body took its time, and with another release a token may have gone meanwhile
      const admission = earlier.serving === context.writer.serving ? ok(earlier) : await admit(request);
      if (!admission.ok) return reply.refuse(admission.error);
      const { connector, predecessors, mayUse, takesAwayOnly, isStillLetIn, handler, id } = admission.value;
      const repeated = Object.entries(request.query as object).find(([, value]) => typeof value !== "string");
      if (repeated)
        return reply.refuse(
          answerOf(scimError("invalidValue", `the parameter ${repeated[0].slice(0, 50)} is given twice`)),
        );
      const answer = await handler({
        ...{ connector, predecessors, mayUse, takesAwayOnly, isStillLetIn, id },
        actor: `scim:${connector.name}`,
        query: request.query as Query,
        headers: request.headers,
        body: request.body as Buffer | undefined,
      });
      request.getDecorator<Hearing>("hearing").answered(answer);
      if (!answer.ok) return reply.refuse(answerOf(answer.error));
      const { status, body, pieces, headers = {} } = answer.value;
      reply.code(status).headers(headers);
      if (pieces) {
        const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
        reply.type(mediaTypeFor(request.headers.accept)).header("Content-Length", length);
        return reply.send(Readable.from(pieces));
      }
      return body === undefined
        ? reply.send()
        : reply.type(mediaTypeFor(request.headers.accept)).send(JSON.stringify(body));
    },
  });
}

/** What is told where no connector lets anybody in. */
function nothingServed({ active }: Serving): ScimRefusal {
  return active
    ? scimRefusal(404, "no connector is served at this address")
    : scimRefusal(503, "no release is active on this agent");
}

/** What may be asked where these methods are answered. */
function allowed(methods: readonly string[]): string[] {
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method));
}

/** A path below the base URL as it is meant: clients join addresses with a slash too many. */
function withoutEmptySegments(path: string): string {
  return path
    .split("/")
    .filter((segment) => segment !== "")
    .join("/");
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
function mediaProblem({ method, headers }: FastifyRequest): ScimRefusal | undefined {
  // some clients name a type for every request
  if (method === "GET" || method === "HEAD" || method === "DELETE") return undefined;
  const type = headers["content-type"];
  if (type !== undefined && !/^application\/(scim\+)?json *(;|$)/i.test(type))
    return scimRefusal(415, `the body is of another type (expected ${scimMediaType})`);
  const encoding = headers["content-encoding"] ?? "identity";
  return encoding === "identity" ? undefined : scimRefusal(415, "the body is encoded (expected it as it is)");
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
