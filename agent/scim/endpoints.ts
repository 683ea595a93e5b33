/** What each method does at each endpoint of a connector (RFC 7644, section 3.2). */

import { fail, ok } from "../../model/result.ts";
import { type ScimError, type ScimResult, scimError } from "../../scim/error.ts";
import { type JsonObject, parseBody } from "../../scim/json.ts";
import type { Projection } from "../../scim/projection.ts";
import { etag } from "../../scim/representation.ts";
import type { WriteEffect, Writer } from "../operations/writer.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";
import { type Call, type Endpoint, wantedOf } from "./call.ts";
import { discoveryEndpoints } from "./discovery/endpoints.ts";
import { list, search } from "./list.ts";
import { readConditions, unmet } from "./preconditions.ts";
import { refusedEndpoints } from "./refused.ts";
import { type GroupRow, groups, type Resource, type UserRow, users } from "./resources.ts";
import { one } from "./show.ts";

export interface ScimContext {
  readonly reads: Store;
  readonly writer: Writer;
}

/** The endpoints of a connector, by their path below its base URL. */
export function endpointsOf(context: ScimContext): ReadonlyMap<string, Endpoint> {
  return new Map([
    ...discoveryEndpoints,
    ...refusedEndpoints,
    ...endpointsOfType(users, context),
    ...endpointsOfType(groups, context),
  ]);
}

function endpointsOfType<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { reads, writer }: ScimContext,
): [string, Endpoint][] {
  const { kind, endpoint: name, allow } = resource;

  const write = <T>(
    operation: string,
    { connector, id }: Call,
    work: (store: Store, runtime: Runtime) => Promise<ScimResult<WriteEffect<T>>>,
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

  // judged in the transaction of the write: between the two nothing can change
  const writeOnCondition = async <T>(
    operation: string,
    call: Call,
    work: (store: Store, runtime: Runtime) => Promise<ScimResult<WriteEffect<T>>>,
  ): Promise<ScimResult<T>> => {
    const conditions = readConditions(call.headers);
    if (!conditions.ok) return conditions;
    const { ifMatch, ifNoneMatch } = conditions.value;
    return write(operation, call, async (trx, runtime) => {
      const row = (ifMatch ?? ifNoneMatch) && (await resource.find(trx, call.connector.name, call.id));
      // what is not there is 404 with and without a condition (RFC 9110, section 13.2.1)
      const failed = row && unmet(conditions.value, etag(String(row.version)));
      return failed ? otherVersion(row.version) : work(trx, runtime);
    });
  };

  const otherVersion = (version: number) =>
    fail(
      scimError(
        412,
        `the ${kind} is not of the version that the request asks for: its version is ${version}`,
      ),
    );

  // what the answer shows is read before anything is written: a refused request changes nothing
  const withBody = async <T>(
    call: Call,
    then: (body: JsonObject, wanted: Projection) => Promise<ScimResult<T>>,
  ): Promise<ScimResult<T>> => {
    const wanted = wantedOf(resource, call);
    if (!wanted.ok) return wanted;
    const body = parseBody(call.body ?? "", resource.maxBytes);
    return body.ok ? then(body.value, wanted.value) : body;
  };

  return [
    [
      name,
      {
        allow,
        methods: {
          GET: (call) => list(resource, reads, call),
          POST: (call) =>
            withBody(call, async (body, wanted) => {
              const created = await write("create", call, (trx, runtime) =>
                resource.create(trx, runtime, call.connector.name, body),
              );
              return created.ok ? one(resource, reads, 201, created.value, call, wanted) : created;
            }),
        },
      },
    ],
    [`${name}/.search`, { allow, methods: { POST: (call) => search(resource, reads, call) } }],
    [
      `${name}/:id`,
      {
        allow,
        methods: {
          GET: async (call) => {
            const wanted = wantedOf(resource, call);
            if (!wanted.ok) return wanted;
            const conditions = readConditions(call.headers);
            if (!conditions.ok) return conditions;
            const row = await resource.find(reads, call.connector.name, call.id);
            if (!row) return fail(scimError(404, `there is no ${kind} ${call.id.slice(0, 100)}`));
            const tag = etag(String(row.version));
            const failed = unmet(conditions.value, tag);
            if (failed === "ifMatch") return otherVersion(row.version);
            // the other side of memberships changes without the version, as when a member is deleted
            const isVersioned = !wanted.value.has(resource.relation);
            return isVersioned && failed === "ifNoneMatch"
              ? ok({ status: 304, headers: { ETag: tag } })
              : one(resource, reads, 200, row, call, wanted.value);
          },
          PUT: (call) =>
            withBody(call, async (body, wanted) => {
              const replaced = await writeOnCondition("update", call, (trx, runtime) =>
                resource.replace(trx, runtime, call.connector.name, call.id, body),
              );
              return replaced.ok ? one(resource, reads, 200, replaced.value, call, wanted) : replaced;
            }),
          PATCH: (call) =>
            withBody(call, async (body, wanted) => {
              const modified = await writeOnCondition("update", call, (trx, runtime) =>
                resource.modify(trx, runtime, call.connector.name, call.id, body),
              );
              if (!modified.ok) return modified;
              // a group of thousands is not read back to say that one joined (RFC 7644, section 3.5.2 allows 204)
              return kind === "group" && call.query.attributes === undefined
                ? ok({ status: 204, headers: { ETag: etag(String(modified.value.version)) } })
                : one(resource, reads, 200, modified.value, call, wanted);
            }),
          DELETE: async (call) => {
            const removed = await writeOnCondition("delete", call, (trx, runtime) =>
              resource.remove(trx, runtime, call.connector.name, call.id),
            );
            return removed.ok ? ok({ status: 204 }) : removed;
          },
        },
      },
    ],
  ];
}
