/** The resources of a list as they are sent: with memberships a few at a time, so that others have their turn meanwhile. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "../../scim/json.ts";
import type { Projection } from "../../scim/projection.ts";
import { listResponse } from "../../scim/representation.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import type { Store } from "../store/schema.ts";
import type { Answer, Call } from "./call.ts";
import { isLarge, type LargeGroups } from "./large-group.ts";
import type { Resource } from "./resources.ts";
import { show } from "./show.ts";

/** Where lists are read. */
export interface ListPlace {
  readonly reads: Store;
  readonly largeGroups: LargeGroups;
}

/** A resource of a list; where it is one of many members, its JSON in pieces. */
export type ShownResource = JsonObject | readonly Buffer[];

/** How many resources are shown at once, where each has memberships to be read: a user is in fewer groups than a group has users. */
const portion = { user: 100, group: 10 };

/** Shows the rows of a page. */
export async function showPage<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { reads, largeGroups }: ListPlace,
  rows: readonly R[],
  call: Pick<Call, "connector">,
  wanted: Projection,
): Promise<ShownResource[]> {
  const { kind, relation } = resource;
  const size = portion[kind];
  if (!wanted.has(relation)) return show(resource, reads, rows, call, wanted);
  const shown: ShownResource[] = [];
  for (let i = 0; i < rows.length; i += size) {
    const some = rows.slice(i, i + size);
    const pieces = new Map<R, readonly Buffer[]>();
    for (const row of some) {
      const large =
        "roster" in row && (await isLarge(reads, row))
          ? await largeGroups.show(row, call.connector, wanted)
          : undefined;
      if (large) pieces.set(row, large);
    }
    const small = await show(
      resource,
      reads,
      some.filter((row) => !pieces.has(row)),
      call,
      wanted,
    );
    // all their members together may be many
    const written = small.map((one) => (rows.length > size ? [Buffer.from(JSON.stringify(one))] : one));
    for (const row of some) shown.push(pieces.get(row) ?? (written.shift() as ShownResource));
    await nextTurn();
  }
  return shown;
}

/**
 * The answer that holds a page.
 *
 * @param totalResults as that of `listResponse`
 * @param startIndex the same; absent where pages are asked for by cursors
 */
export function pageAnswer(
  resources: readonly ShownResource[],
  totalResults: number,
  { startIndex, nextCursor }: { readonly startIndex?: number; readonly nextCursor?: string | undefined },
): Answer {
  const rest: JsonObject = {
    ...listResponse([], totalResults, startIndex ?? 1),
    itemsPerPage: resources.length,
    ...(nextCursor !== undefined && { nextCursor }),
  };
  if (startIndex === undefined) delete rest.startIndex;
  delete rest.Resources;
  const whole = resources.filter((one): one is JsonObject => !isInPieces(one));
  if (whole.length === resources.length) return { status: 200, body: { ...rest, Resources: whole } };
  const pieces: Buffer[] = [Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"Resources":[`)];
  for (const [i, one] of resources.entries()) {
    if (i > 0) pieces.push(Buffer.from(","));
    for (const piece of isInPieces(one) ? one : [Buffer.from(JSON.stringify(one))]) pieces.push(piece);
  }
  pieces.push(Buffer.from("]}"));
  return { status: 200, pieces };
}

function isInPieces(one: ShownResource): one is readonly Buffer[] {
  return Array.isArray(one);
}
