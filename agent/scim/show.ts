/** Rows of the store as the resources that are sent. */

import { ok } from "../../model/result.ts";
import { isDoubted } from "../../policy/identity.ts";
import { describeWithheld } from "../../report/outcome.ts";
import type { ScimResult } from "../../scim/error.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { Projection } from "../../scim/projection.ts";
import { etag, location, represent } from "../../scim/representation.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import type { Store } from "../store/schema.ts";
import type { Answer, Call } from "./call.ts";
import type { Resource } from "./resources.ts";

/** The resources of rows; the other side of their memberships is read only where it is wanted. */
export async function show<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  rows: readonly R[],
  { connector }: Pick<Call, "connector">,
  wanted: Projection,
): Promise<JsonObject[]> {
  const { kind, relation } = resource;
  const related =
    wanted.has(relation) && rows.length > 0
      ? await resource.related(
          reads,
          rows.map(({ id }) => id),
        )
      : undefined;
  return rows.map((row) =>
    withWarning(
      row,
      connector,
      wanted,
      represent(
        connector.types[kind],
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
    ),
  );
}

/** Beside a user, in every answer that does not ask for certain attributes: why there is no account, and the way out. */
const warningUrn = "urn:hgscim:scim:schemas:Warning";

function withWarning(
  row: UserRow | GroupRow,
  { environment }: Call["connector"],
  wanted: Projection,
  body: JsonObject,
): JsonObject {
  if (!("withheld" in row) || row.withheld === null || wanted.isChosen) return body;
  const { id, withheld: account } = row;
  const because = isDoubted(row) ? "identity" : "owner";
  const schemas = [body.schemas ?? []].flat();
  return {
    ...body,
    schemas: [...schemas, warningUrn],
    [warningUrn]: { detail: describeWithheld({ environment, account, user: id, because }) },
  };
}

/** The answer that holds one resource (RFC 7644, sections 3.3 and 3.14). */
export async function one<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  status: number,
  row: R,
  call: Pick<Call, "connector">,
  wanted: Projection,
): Promise<ScimResult<Answer>> {
  const [body = {}] = await show(resource, reads, [row], call, wanted);
  return ok({ status, body, headers: headersOf(resource, row, call) });
}

/** What an answer with one resource says of it beside the body. */
export function headersOf<R extends UserRow | GroupRow>(
  { kind }: Resource<R>,
  { id, version }: R,
  { connector }: Pick<Call, "connector">,
): Record<string, string> {
  return {
    Location: location(connector.types[kind], id, connector.endpoint),
    ETag: etag(String(version)),
  };
}
