/** What each method does at the endpoints of a resource type (RFC 7644, section 3.2). */
import type { ResourceType } from "../../model/scim/schema.ts";
import type { WriteEffect, Writer } from "../provisioning/write.ts";
import type { ConnectorRuntime, Runtime } from "../runtime.ts";
import type { Store } from "../store/schema.ts";
import { type ScimError, scimError } from "./error.ts";
import { listFilter } from "./filter.ts";
import { type JsonObject, parseBody } from "./json.ts";
import { type Projection, projection } from "./projection.ts";
import { etag, listResponse, location, represent } from "./representation.ts";
import type { GroupRow, Resource, UserRow } from "./resources.ts";
import { fail, ok, type Result } from "./result.ts";

export interface ScimContext {
  readonly reads: Store;
  readonly writer: Writer;
}

/** A request that has been let in. */
export interface Call {
  readonly connector: ConnectorRuntime;
  readonly id: string;
  readonly query: Query;
  readonly body: Buffer | undefined;
}

/** The query parameters of RFC 7644, section 3.4.2, each at most once. */
export type Query = Readonly<
  Partial<Record<"filter" | "startIndex" | "count" | "attributes" | "excludedAttributes", string>>
>;

export type Answer = {
  readonly status: number;
  readonly body?: JsonObject;
  readonly headers?: Record<string, string>;
};
export type Handler = (call: Call) => Promise<Result<Answer>>;

/** The handlers of a resource type, by `METHOD Endpoint` or `METHOD Endpoint/:id`. */
export function handlersOf<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { reads, writer }: ScimContext,
): [string, Handler][] {
  const { type, kind, relation } = resource;
  const name = type.endpoint.slice(1);

  const show = async (rows: readonly R[], { connector }: Call, wanted: Projection): Promise<JsonObject[]> => {
    const related =
      wanted.has(relation) && rows.length > 0
        ? await resource.related(
            reads,
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

  const one = async (status: number, row: R, call: Call, wanted: Projection): Promise<Result<Answer>> => {
    const [body = {}] = await show([row], call, wanted);
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

  // what the answer shows is read before anything is written: a refused request changes nothing
  const withBody = async <T>(
    call: Call,
    then: (body: JsonObject, wanted: Projection) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const wanted = wantedOf(type, call);
    if (!wanted.ok) return wanted;
    const body = parseBody(call.body ?? "", resource.maxBytes);
    return body.ok ? then(body.value, wanted.value) : body;
  };

  return [
    [
      `POST ${name}`,
      (call) =>
        withBody(call, async (body, wanted) => {
          const created = await write("create", call, (trx, runtime) =>
            resource.create(trx, runtime, call.connector.name, body),
          );
          return created.ok ? one(201, created.value, call, wanted) : created;
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
        const page = await resource.list(reads, call.connector.name, {
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
        const wanted = wantedOf(type, call);
        if (!wanted.ok) return wanted;
        const row = await resource.find(reads, call.connector.name, call.id);
        return row
          ? one(200, row, call, wanted.value)
          : fail(scimError(404, `there is no ${kind} ${call.id.slice(0, 100)}`));
      },
    ],
    [
      `PUT ${name}/:id`,
      (call) =>
        withBody(call, async (body, wanted) => {
          const replaced = await write("update", call, (trx, runtime) =>
            resource.replace(trx, runtime, call.connector.name, call.id, body),
          );
          return replaced.ok ? one(200, replaced.value, call, wanted) : replaced;
        }),
    ],
    [
      `PATCH ${name}/:id`,
      (call) =>
        withBody(call, async (body, wanted) => {
          const modified = await write("update", call, (trx, runtime) =>
            resource.modify(trx, runtime, call.connector.name, call.id, body),
          );
          if (!modified.ok) return modified;
          // a group of thousands is not read back to say that one joined (RFC 7644, section 3.5.2 allows 204)
          return kind === "group" && call.query.attributes === undefined
            ? ok({ status: 204 })
            : one(200, modified.value, call, wanted);
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

function whole(value: string | undefined, fallback: number): number {
  const number = Number(value ?? fallback);
  return Number.isSafeInteger(number) ? number : fallback;
}
