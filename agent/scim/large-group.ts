/** A group of thousands as it is shown: its members are read and written in pieces, so that others have their turn meanwhile. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "../../scim/json.ts";
import type { Projection } from "../../scim/projection.ts";
import { type Reference, represent } from "../../scim/representation.ts";
import { Directory } from "../directory/directory.ts";
import type { GroupRow } from "../directory/rows.ts";
import { Serial } from "../operations/serial.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import { inOneMoment } from "../store/moment.ts";
import type { Store } from "../store/schema.ts";

/** How many members are shown at once. */
const pageSize = 1_000;

/** Whether a group is too large to be shown at once. */
export function isLarge(store: Store, { roster }: Pick<GroupRow, "roster">): Promise<boolean> {
  return new Directory(store).memberships.hasMoreThan(roster, pageSize);
}

/** The members of a large group, some at a time. */
export async function* membersInPieces(
  store: Store,
  { roster }: Pick<GroupRow, "roster">,
): AsyncGenerator<readonly Reference[]> {
  const { memberships } = new Directory(store);
  for (let last = ""; ; await nextTurn()) {
    const page = await memberships.named(roster, last, pageSize);
    yield page;
    last = page.at(-1)?.id ?? "";
    if (page.length < pageSize) return;
  }
}

/** Shows large groups, one after the other. */
export class LargeGroups {
  readonly #serial = new Serial();
  readonly #reads: Store;

  /** @param reads a connection for this alone: what it reads is of one moment, which lasts for all pieces */
  constructor(reads: Store) {
    this.#reads = reads;
  }

  /**
   * The JSON of a group in pieces, as it is now.
   *
   * @returns undefined where it is small enough to be shown at once, or has gone
   */
  show(
    { connector: name, id, roster }: GroupRow,
    connector: ConnectorRuntime,
    wanted: Projection,
  ): Promise<readonly Buffer[] | undefined> {
    return this.#serial.run(async () => {
      if (!(await isLarge(this.#reads, { roster }))) return undefined;
      return inOneMoment(this.#reads, async (store) => {
        const row = await new Directory(store).groups.find(name, id);
        if (!row) return undefined;
        const shown = (members?: readonly Reference[]) =>
          represent(connector.types.group, storedOf(row, members), connector.endpoint, wanted);
        const pieces = [`${JSON.stringify(shown()).slice(0, -1)},"members":[`];
        for await (const some of membersInPieces(store, row)) {
          const { members = [] } = shown(some);
          const text = JSON.stringify(members).slice(1, -1);
          if (text !== "") pieces.push(pieces.length > 1 ? `,${text}` : text);
        }
        return [...pieces, "]}"].map((piece) => Buffer.from(piece));
      });
    });
  }
}

function storedOf(row: GroupRow, members: readonly Reference[] | undefined) {
  return {
    id: row.id,
    created: row.created,
    lastModified: row.modified,
    version: String(row.version),
    resource: JSON.parse(row.resource) as JsonObject,
    ...(members && { members }),
  };
}
