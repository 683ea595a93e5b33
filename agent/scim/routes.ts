/**
 * SCIM over HTTP (RFC 7644): each connector of the active release at the path of its endpoint. A request is
 * authenticated, parsed, handed to provisioning, and answered in the resource's own form.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { groupType } from "../../model/scim/group.ts";
import type { ResourceType } from "../../model/scim/schema.ts";
import { userType } from "../../model/scim/user.ts";
import { createGroup, deleteGroup, modifyGroup, replaceGroup } from "../provisioning/groups.ts";
import {
  findGroup,
  findGroupsOf,
  findMembersOf,
  findUser,
  listGroups,
  listUsers,
  type PageRequest,
  type Row,
} from "../provisioning/read.ts";
import { createUser, deleteUser, modifyUser, replaceUser } from "../provisioning/users.ts";
import { Unavailable, type WriteEffect, type Writer } from "../provisioning/write.ts";
import { bearerToken, type ConnectorRuntime, matchesToken, type Runtime } from "../runtime.ts";
import type { Store, Tables } from "../store/schema.ts";
import { errorBody, type ScimError, scimError } from "./error.ts";
import { listFilter } from "./filter.ts";
import { type JsonObject, parseBody } from "./json.ts";
import { type Projection, projection } from "./projection.ts";
import { etag, listResponse, location, type Reference, represent } from "./representation.ts";
import { fail, ok, type Result } from "./result.ts";

export interface ScimContext {
  readonly store: Store;
  readonly writer: Writer;
}

type UserRow = Row<Tables["users"]>;
type GroupRow = Row<Tables["groups"]>;

/** A request that has been let in. */
interface Call {
  readonly request: FastifyRequest;
  readonly connector: ConnectorRuntime;
  readonly id: string;
  readonly query: Query;
}

/** The query parameters of RFC 7644, section 3.4.2, each at most once. */
type Query = Readonly<
  Partial<Record<"filter" | "startIndex" | "count" | "attributes" | "excludedAttributes", string>>
>;

type Answer = {
  readonly status: number;
  readonly body?: JsonObject;
  readonly headers?: Record<string, string>;
};
type Handler = (call: Call) => Promise<Result<Answer>>;

/** How one resource type is written, read and shown. */
interface Resource<R> {
  readonly type: ResourceType;
  readonly kind: "user" | "group";
  create(
    store: Store,
    runtime: Runtime,
    connector: string,
    body: JsonObject,
  ): Promise<Result<WriteEffect<R>>>;
  replace(
    store: Store,
    runtime: Runtime,
    connector: string,
    id: string,
    body: JsonObject,
  ): Promise<Result<WriteEffect<R>>>;
  modify(
    store: Store,
    runtime: Runtime,
    connector: string,
    id: string,
    body: JsonObject,
  ): Promise<Result<WriteEffect<R>>>;
  remove(store: Store, runtime: Runtime, connector: string, id: string): Promise<Result<WriteEffect<null>>>;
  find(store: Store, connector: string, id: string): Promise<R | undefined>;
  list(store: Store, connector: string, page: PageRequest): Promise<{ total: number; rows: readonly R[] }>;
  /** The other side of the memberships of these resources, by their id. */
  related(store: Store, ids: readonly string[]): Promise<Map<string, Reference[]>>;
  /** The attribute that holds them. */
  readonly relation: "groups" | "members";
}

const users: Resource<UserRow> = {
  type: userType,
  kind: "user",
  create: createUser,
  replace: replaceUser,
  modify: modifyUser,
  remove: (store, _runtime, connector, id) => deleteUser(store, connector, id),
  find: findUser,
  list: listUsers,
  related: async (store, ids) =>
    gather(await findGroupsOf(store, ids), ({ user_id, id, resource }) => [
      user_id,
      { id, display: text(resource, "displayName") },
    ]),
  relation: "groups",
};

const groups: Resource<GroupRow> = {
  type: groupType,
  kind: "group",
  create: createGroup,
  replace: replaceGroup,
  modify: modifyGroup,
  remove: deleteGroup,
  find: findGroup,
  list: listGroups,
  related: async (store, ids) =>
    gather(await findMembersOf(store, ids), ({ group_id, id, resource }) => [
      group_id,
      { id, display: text(resource, "userName") },
    ]),
  relation: "members",
};

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
      const answer = await handler({ request, connector, id: decode(id), query: request.query as Query });
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

function handlersOf<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { store, writer }: ScimContext,
): [string, Handler][] {
  const { type, kind, relation } = resource;
  const name = type.endpoint.slice(1);

  const show = async (rows: readonly R[], { connector }: Call, wanted: Projection): Promise<JsonObject[]> => {
    const related =
      wanted.has(relation) && rows.length > 0
        ? await resource.related(
            store,
            rows.map(({ id }) => id),
          )
        : undefined;
    return rows.map((row) =>
      represent(
        type,
        {
          id: row.id,
          created: row.created,
          lastModified: row.modified,
          version: String(row.version),
          resource: JSON.parse(row.resource) as JsonObject,
          ...(related && { [relation]: related.get(row.id) ?? [] }),
        },
        connector.endpoint,
        wanted,
      ),
    );
  };

  const one = async (status: number, row: R, call: Call): Promise<Result<Answer>> => {
    const wanted = wantedOf(type, call);
    if (!wanted.ok) return wanted;
    const [body = {}] = await show([row], call, wanted.value);
    const headers = {
      Location: location(type, row.id, call.connector.endpoint),
      ETag: etag(String(row.version)),
    };
    return ok({ status, body, headers });
  };

  const write = <T>(
    operation: string,
    { connector, id }: Call,
    work: (store: Store, runtime: Runtime) => Promise<Result<WriteEffect<T>>>,
  ) =>
    writer.run<T, ScimError>(
      { actor: `scim:${connector.name}`, operation: `${kind}.${operation}`, target: id },
      async (trx, runtime) => {
        // the release may have changed while the write waited for its turn
        const served = runtime?.connectors.some(({ name }) => name === connector.name);
        if (!runtime || !served) return fail(scimError(503, "the release has just changed: try again"));
        return work(trx, runtime);
      },
    );

  const withBody = async <T>(
    call: Call,
    then: (body: JsonObject) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const body = parseBody((call.request.body as Buffer | undefined) ?? "");
    return body.ok ? then(body.value) : body;
  };

  return [
    [
      `POST ${name}`,
      (call) =>
        withBody(call, async (body) => {
          const created = await write("create", call, (trx, runtime) =>
            resource.create(trx, runtime, call.connector.name, body),
          );
          return created.ok ? one(201, created.value, call) : created;
        }),
    ],
    [
      `GET ${name}`,
      async (call) => {
        const { query } = call;
        const filter = query.filter === undefined ? undefined : listFilter(type, query.filter);
        if (filter && !filter.ok) return filter;
        const wanted = wantedOf(type, call);
        if (!wanted.ok) return wanted;
        const startIndex = Math.max(1, whole(query.startIndex, 1));
        const count = Math.min(
          Math.max(0, whole(query.count, call.connector.pageSize)),
          call.connector.pageSize,
        );
        const page = await resource.list(store, call.connector.name, {
          filter: filter?.value,
          startIndex,
          count,
        });
        const resources = await show(page.rows, call, wanted.value);
        return ok({ status: 200, body: listResponse(resources, page.total, startIndex) });
      },
    ],
    [
      `GET ${name}/:id`,
      async (call) => {
        const row = await resource.find(store, call.connector.name, call.id);
        return row
          ? one(200, row, call)
          : fail(scimError(404, `there is no ${kind} ${call.id.slice(0, 100)}`));
      },
    ],
    [
      `PUT ${name}/:id`,
      (call) =>
        withBody(call, async (body) => {
          const replaced = await write("update", call, (trx, runtime) =>
            resource.replace(trx, runtime, call.connector.name, call.id, body),
          );
          return replaced.ok ? one(200, replaced.value, call) : replaced;
        }),
    ],
    [
      `PATCH ${name}/:id`,
      (call) =>
        withBody(call, async (body) => {
          const modified = await write("update", call, (trx, runtime) =>
            resource.modify(trx, runtime, call.connector.name, call.id, body),
          );
          if (!modified.ok) return modified;
          // a group of thousands is not read back to say that one joined (RFC 7644, section 3.5.2 allows 204)
          return kind === "group" && call.query.attributes === undefined
            ? ok({ status: 204 })
            : one(200, modified.value, call);
        }),
    ],
    [
      `DELETE ${name}/:id`,
      async (call) => {
        const removed = await write("delete", call, (trx, runtime) =>
          resource.remove(trx, runtime, call.connector.name, call.id),
        );
        return removed.ok ? ok({ status: 204 }) : removed;
      },
    ],
  ];
}

function wantedOf(
  type: ResourceType,
  { query: { attributes, excludedAttributes } }: Call,
): Result<Projection> {
  if (attributes !== undefined && excludedAttributes !== undefined)
    return fail(scimError("invalidValue", "attributes and excludedAttributes cannot be given together"));
  return ok(
    projection(type, {
      ...(attributes === undefined ? {} : { attributes }),
      ...(excludedAttributes === undefined ? {} : { excludedAttributes }),
    }),
  );
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

function gather<T>(rows: readonly T[], pair: (row: T) => [string, Reference]): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  for (const row of rows) {
    const [key, reference] = pair(row);
    const list = found.get(key);
    if (list) list.push(reference);
    else found.set(key, [reference]);
  }
  return found;
}

function text(resource: string, attribute: string): string {
  return String((JSON.parse(resource) as JsonObject)[attribute] ?? "");
}

function whole(value: string | undefined, fallback: number): number {
  const number = Number(value ?? fallback);
  return Number.isSafeInteger(number) ? number : fallback;
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
