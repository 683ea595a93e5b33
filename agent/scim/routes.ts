/**
 * SCIM over HTTP (RFC 7644): each connector of the active release at the path of its endpoint. A request is
 * authenticated, parsed, handed to provisioning, and answered in the resource's own form.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import { Unavailable } from "../provisioning/write.ts";
import { bearerToken, matchesToken } from "../runtime.ts";
import { type Handler, handlersOf, type Query, type ScimContext } from "./endpoints.ts";
import { errorBody, type ScimError, scimError } from "./error.ts";
import { groups, users } from "./resources.ts";

/** Adds the routes of every connector to a server. */
export function scimRoutes(server: FastifyInstance, context: ScimContext): void {
  const handlers = new Map<string, Handler>([...handlersOf(users, context), ...handlersOf(groups, context)]);

  server.route({
    method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const [path = ""] = request.url.split("?");
      const runtime = context.writer.runtime;
      if (!runtime)
        return refuse(
          reply.header("Retry-After", "30"),
          scimError(503, "no release is active on this agent"),
        );
      const connector = runtime.connectors.find(({ path: base }) => path.startsWith(`${base}/`));
      if (!connector) return refuse(reply, scimError(404, "no connector is served at this address"));
      const token = bearerToken(request.headers.authorization);
      if (token === undefined || !matchesToken(token, connector.tokens))
        return refuse(
          reply.header("WWW-Authenticate", "Bearer"),
          scimError(401, "the bearer token is missing or not valid"),
        );

      const [, endpoint, id = "", ...rest] = path.slice(connector.path.length).split("/");
      const handler =
        rest.length === 0
          ? handlers.get(`${request.method} ${endpoint}${id === "" ? "" : "/:id"}`)
          : undefined;
      if (!handler) return refuse(reply, unknownRoute(handlers, request.method, String(endpoint)));
      const repeated = Object.entries(request.query as object).find(([, value]) => typeof value !== "string");
      if (repeated)
        return refuse(
          reply,
          scimError("invalidValue", `the parameter ${repeated[0].slice(0, 50)} is given twice`),
        );
      const answer = await handler({
        connector,
        id: decode(id),
        query: request.query as Query,
        body: request.body as Buffer | undefined,
      });
      if (!answer.ok) return refuse(reply, answer.error);
      const { status, body, headers = {} } = answer.value;
      reply.code(status).headers(headers);
      return body === undefined
        ? reply.send()
        : reply.type("application/scim+json").send(JSON.stringify(body));
    },
  });

  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Unavailable)
      return refuse(reply.header("Retry-After", "1"), scimError(503, error.message));
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, scimError(error.statusCode, error.message));
    request.log.error(error);
    return refuse(reply, scimError(500, "the agent failed; its log says why"));
  });
}

function unknownRoute(handlers: ReadonlyMap<string, Handler>, method: string, endpoint: string): ScimError {
  const known = [...handlers.keys()].some((route) => route.split(" ")[1]?.split("/")[0] === endpoint);
  return known
    ? scimError(405, `${method} is not available here`)
    : scimError(404, "there is no such resource type");
}

function refuse(reply: FastifyReply, error: ScimError): FastifyReply {
  return reply
    .code(error.status)
    .type("application/scim+json")
    .send(JSON.stringify(errorBody(error)));
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
