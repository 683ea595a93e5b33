/** What is held, as it is shown to whoever decides. */
import type { HeldDetail, HeldPage, HeldSummary } from "../../../api/contract.ts";
import type { Json } from "../../../scim/json.ts";
import type { Store } from "../../store/schema.ts";
import { auditName } from "../audit.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type HoldRow, Holds, operationOf, pendingOf, verdictsOf } from "./holds.ts";
import { movesOf } from "./moves.ts";
import { type SeenResource, seenOf } from "./seen.ts";
import { type Holdable, nameAsked, placeIn } from "./stored.ts";

/** Some of what waits, oldest first. */
export async function heldPage(
  store: Store,
  {
    after,
    most,
    rule,
    connector,
  }: {
    readonly after: number;
    readonly most: number;
    readonly rule?: string | undefined;
    readonly connector?: string | undefined;
  },
): Promise<HeldPage> {
  const holds = new Holds(store);
  const rows = await holds.page(after, most, { rule, connector });
  const operations = rows.map(operationOf);
  const present = await seenOf(store, operations);
  const held = rows.map((row, index) => {
    const operation = operations[index] as Holdable;
    return summaryOf(row, operation, present.get(operation));
  });
  const last = rows.length === most ? rows.at(-1)?.sequence : undefined;
  return { held, total: await holds.count(), next: last ?? null };
}

/** One hold, whether it waits or has ended; undefined for none. */
export async function heldDetail(store: Store, id: string): Promise<HeldDetail | undefined> {
  const holds = new Holds(store);
  const row = await holds.find(id);
  if (!row || row.state === "taken") return undefined;
  const operation = operationOf(row);
  const present = (await seenOf(store, [operation])).get(operation);
  const queue = row.state === "pending" ? await holds.at(placeIn(operation)) : [];
  const { state, ended, ended_by: endedBy, reason, release } = row;
  return {
    ...summaryOf(row, operation, present),
    ...{ state, ended, endedBy, reason, release },
    request: ("body" in operation ? operation.body : null) as Json,
    present: present ? (JSON.parse(present.resource) as Json) : null,
    moves: row.state === "pending" ? await movesOf(store, operation) : null,
    before: pendingOf(queue).flatMap((one) => (one.sequence < row.sequence ? one.id : [])),
  };
}

function summaryOf(row: HoldRow, operation: Holdable, present: SeenResource | undefined): HeldSummary {
  const { id, sequence, connector, owner, waits, removal, meanwhile, since, expires, attempts } = row;
  const verdicts = verdictsOf(row);
  return {
    ...{ id, sequence, connector, owner, waits, since, expires, attempts },
    operation: auditName(operation),
    target: "id" in operation ? operation.id : null,
    name: nameAsked(operation) ?? nameOfPresent(operation, present),
    rules: verdicts.map(({ constraint }) => constraint),
    reasons: verdicts.map(({ reason }) => reason),
    removal: removal === 1,
    suspends: meanwhile === "suspend",
    fingerprint: fingerprintOf(row, present),
  };
}

function nameOfPresent({ kind }: Holdable, present: SeenResource | undefined): string | null {
  if (!present) return null;
  const { userName, displayName } = JSON.parse(present.resource);
  return String(kind === "group" ? displayName : userName);
}
