/** What each method does at each endpoint of a connector (RFC 7644, section 3.2). */
import { fail, ok, type Result } from "../../model/result.ts";
import { mostReadAtOnce } from "../../scim/group-write.ts";
import { type JsonObject, parseBody } from "../../scim/json.ts";
import type { Projection } from "../../scim/projection.ts";
import { etag } from "../../scim/representation.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { type Conditions, type ResourceOperation, traced } from "../operations/operation.ts";
import { unmetCondition } from "../operations/versions.ts";
import type { Writer } from "../operations/writer.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import { runtimeOf } from "../releases/serving.ts";
import type { Store } from "../store/schema.ts";
import { type Answer, type Call, type Endpoint, type Handler, wantedOf } from "./call.ts";
import { whereWhole } from "./copy.ts";
import { discoveryEndpoints } from "./discovery/endpoints.ts";
import { everythingEndpoints } from "./everything.ts";
import type { LargeGroups } from "./large-group.ts";
import { list, search } from "./list.ts";
import { readConditions } from "./preconditions.ts";
import { type Rejected, scimRefusal } from "./refusal.ts";
import { refusedEndpoints } from "./refused.ts";
import { groups, type Resource, users } from "./resources.ts";
import { headersOf, one } from "./show.ts";

export interface ScimContext {
  readonly reads: Store;
  readonly writer: Writer;
  readonly largeGroups: LargeGroups;
}

/** The endpoints of a connector, by their path below its base URL. */
export function endpointsOf(context: ScimContext): ReadonlyMap<string, Endpoint> {
  return new Map([
    ...discoveryEndpoints,
    ...refusedEndpoints,
    ...everythingEndpoints(context),
    ...endpointsOfType(users, context),
    ...endpointsOfType(groups, context),
  ]);
}

/** A request about what is a predecessor's, which is over once a release has that one again: its own token counts then. */
function inPlaceOf(predecessor: ConnectorRuntime, call: Call): Call {
  const isStillLetIn: Call["isStillLetIn"] = (serving, now) =>
    call.isStillLetIn(serving, now) && runtimeOf(serving, predecessor.name) !== serving.active;
  return { ...call, connector: predecessor, isStillLetIn };
}

/** A request that writes, read as far as it can be without the store. */
interface Written {
  readonly body: JsonObject;
  /** The body as it came, where it is read later. */
  readonly large?: Uint8Array;
  /** What the answer shows. */
  readonly wanted: Projection;
}

function endpointsOfType<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { reads, writer, largeGroups }: ScimContext,
): [string, Endpoint][] {
  const { kind, endpoint: name } = resource;

  /** Performs an operation; answers the row that is there then. */
  const perform = async (
    operation: ResourceOperation,
    { isStillLetIn }: Call,
    large?: Uint8Array,
  ): Promise<Result<R, Rejected>> => {
    const outcome = await writer.submit(operation, { isStillLetIn, bytes: large });
    return outcome.kind === "done" ? ok(outcome.resource as R) : fail(outcome);
  };

  const who = ({ connector, actor, takesAwayOnly, headers }: Call) =>
    ({
      actor,
      kind,
      connector: connector.name,
      ...traced(headers),
      ...(takesAwayOnly && { takesAwayOnly }),
    }) as const;

  /** Answers for a resource by its id, which may be one of a connector in whose place this one came. */
  const byId =
    (handler: Handler): Handler =>
    async (call) => {
      const { connector, predecessors, id } = call;
      if (predecessors.length === 0) return handler(call);
      if (await resource.find(reads, connector.name, id)) return handler(call);
      for (const one of predecessors)
        if (await resource.find(reads, one.name, id)) return handler(inPlaceOf(one, call));
      return handler(call);
    };

  // all of it is read before anything is written: a refused request changes nothing
  const readWrite = (call: Call): Result<Written, Rejected> => {
    const wanted = wantedOf(resource, call);
    if (!wanted.ok) return wanted;
    // of users there is none
    if (kind === "group" && call.body && call.body.byteLength > mostReadAtOnce)
      return ok({ body: {}, large: call.body, wanted: wanted.value });
    const body = parseBody(call.body ?? "", resource.maxBytes);
    return body.ok ? ok({ body: body.value, wanted: wanted.value }) : body;
  };

  const readConditional = (call: Call): Result<Written & { readonly condition: Conditions }, Rejected> => {
    const read = readWrite(call);
    if (!read.ok) return read;
    const condition = readConditions(call.headers);
    return condition.ok ? ok({ ...read.value, condition: condition.value }) : condition;
  };

  /** The answer that holds the resource of a row. */
  const shown = async (status: number, row: R, call: Call, wanted: Projection) => {
    const pieces =
      "roster" in row && wanted.has("members")
        ? await largeGroups.show(row, call.connector, wanted)
        : undefined;
    return pieces
      ? ok({ status, pieces, headers: headersOf(resource, row, call) })
      : one(resource, reads, status, row, call, wanted);
  };

  const create = async (call: Call): Promise<Result<Answer, Rejected>> => {
    const read = readWrite(call);
    if (!read.ok) return read;
    const { body, large, wanted } = read.value;
    const created = await perform({ ...who(call), verb: "create", body }, call, large);
    return created.ok ? shown(201, created.value, call, wanted) : created;
  };

  const show = async (call: Call): Promise<Result<Answer, Rejected>> => {
    const wanted = wantedOf(resource, call);
    if (!wanted.ok) return wanted;
    const conditions = readConditions(call.headers);
    if (!conditions.ok) return conditions;
    const row = await resource.find(reads, call.connector.name, call.id);
    if (!row) return fail(scimRefusal(404, `there is no ${kind} ${call.id.slice(0, 100)}`));
    const unmet = unmetCondition(conditions.value, row.version);
    if (unmet === "ifMatch")
      return fail(
        scimRefusal(
          412,
          `the ${kind} is not of the version that the request asks for: its version is ${row.version}`,
        ),
      );
    // the other side of memberships changes without the version, as when a member is deleted
    const isVersioned = !wanted.value.has(resource.relation);
    return isVersioned && unmet === "ifNoneMatch"
      ? ok({ status: 304, headers: { ETag: etag(String(row.version)) } })
      : shown(200, row, call, wanted.value);
  };

  const replace = async (call: Call): Promise<Result<Answer, Rejected>> => {
    const read = readConditional(call);
    if (!read.ok) return read;
    const { body, large, wanted, condition } = read.value;
    const replaced = await perform(
      { ...who(call), verb: "replace", id: call.id, body, condition },
      call,
      large,
    );
    return replaced.ok ? shown(200, replaced.value, call, wanted) : replaced;
  };

  const modify = async (call: Call): Promise<Result<Answer, Rejected>> => {
    const read = readConditional(call);
    if (!read.ok) return read;
    const { body, large, wanted, condition } = read.value;
    const modified = await perform(
      { ...who(call), verb: "modify", id: call.id, body, condition },
      call,
      large,
    );
    if (!modified.ok) return modified;
    // a group of thousands is not read back to say that one joined (RFC 7644, section 3.5.2 allows 204)
    return kind === "group" && call.query.attributes === undefined
      ? ok({ status: 204, headers: { ETag: etag(String(modified.value.version)) } })
      : shown(200, modified.value, call, wanted);
  };

  const remove = async (call: Call): Promise<Result<Answer, Rejected>> => {
    const condition = readConditions(call.headers);
    if (!condition.ok) return condition;
    const removed = await perform(
      { ...who(call), verb: "delete", id: call.id, condition: condition.value },
      call,
    );
    return removed.ok ? ok({ status: 204 }) : removed;
  };

  const { allow } = resource;
  const whole = (handler: Handler) => whereWhole(writer, handler);
  return [
    [
      name,
      {
        allow,
        methods: { GET: whole((call) => list(resource, { reads, largeGroups }, call)), POST: create },
      },
    ],
    [
      `${name}/.search`,
      { allow, methods: { POST: whole((call) => search(resource, { reads, largeGroups }, call)) } },
    ],
    [
      `${name}/:id`,
      {
        allow,
        methods: { GET: whole(byId(show)), PUT: byId(replace), PATCH: byId(modify), DELETE: byId(remove) },
      },
    ],
  ];
}
