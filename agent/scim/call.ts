/** A request that has been let in, and what answers it. */
import type { IncomingHttpHeaders } from "node:http";
import { fail, ok, type Result } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import type { JsonObject } from "../../scim/json.ts";
import { namesIn, type Projection, type ProjectionQuery, projection } from "../../scim/projection.ts";
import type { ResourceOperation } from "../operations/operation.ts";
import type { IsLetIn } from "../operations/waiting.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import type { Rejected } from "./refusal.ts";
import type { Resource } from "./resources.ts";

export interface Call {
  readonly connector: ConnectorRuntime;
  /** In whose place it came, and whose resources are known by their ids. */
  readonly predecessors: readonly ConnectorRuntime[];
  /** Whom the audit names. */
  readonly actor: string;
  /** Whether the caller may use these resources; asked where an endpoint serves more than one type. */
  readonly mayUse: (what: ConnectorRuntime["allow"][number]) => boolean;
  /** Why the caller may only take away, where they may. */
  readonly takesAwayOnly: ResourceOperation["takesAwayOnly"] | undefined;
  /** Whether the caller may still do it when its turn comes. */
  readonly isStillLetIn: IsLetIn;
  readonly id: string;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | undefined;
}

/** The query parameters of RFC 7644, section 3.4.2, and RFC 9865, each at most once. */
export type Query = Readonly<
  Partial<
    Record<
      | "filter"
      | "sortBy"
      | "sortOrder"
      | "startIndex"
      | "count"
      | "cursor"
      | "attributes"
      | "excludedAttributes",
      string
    >
  >
>;

export type Answer = {
  readonly status: number;
  readonly body?: JsonObject;
  /** The body as JSON, in pieces, where it is large. */
  readonly pieces?: readonly Buffer[];
  readonly headers?: Record<string, string>;
};
export type Handler = (call: Call) => Promise<Result<Answer, Rejected>>;

/** What is served at one path. */
export interface Endpoint {
  /** What the connector's `auth.allow` must name; undefined where every token will do. */
  readonly allow?: ConnectorRuntime["allow"][number];
  /** By HTTP method. */
  readonly methods: Readonly<Record<string, Handler>>;
}

/** What a request wants to see of the resources in its answer (RFC 7644, section 3.9). */
export function wantedOf<R>(
  { kind }: Resource<R>,
  {
    connector,
    query: { attributes, excludedAttributes },
  }: Pick<Call, "connector"> & {
    readonly query: { readonly [K in keyof ProjectionQuery]: ProjectionQuery[K] | undefined };
  },
): ScimResult<Projection> {
  if (namesIn(attributes).length > 0 && namesIn(excludedAttributes).length > 0)
    return fail(scimError("invalidValue", "attributes and excludedAttributes cannot be given together"));
  return ok(
    projection(connector.types[kind], {
      ...(attributes === undefined ? {} : { attributes }),
      ...(excludedAttributes === undefined ? {} : { excludedAttributes }),
    }),
  );
}
