/** What is held, as it is shown to whoever decides. */
import type { HeldDetail, HeldPage, HeldSummary } from "../../../api/contract.ts";
import type { Json } from "../../../scim/json.ts";
import { dialectOf } from "../../store/dialect.ts";
import type { Store } from "../../store/schema.ts";
import { auditName } from "../audit.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type HoldRow, Holds, operationOf, pendingOf, verdictsOf } from "./holds.ts";
import { movesOf } from "./moves.ts";
import { type Holdable, nameAsked, placeIn } from "./stored.ts";

/** A stored resource, as far as it is shown. */
interface Present {
  readonly version: number;
  readonly resource: string;
}

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
  const present = await presentOf(store, operations);
  const held = rows.map((row, index) => {
    const operation = operations[index] as Holdable;
    return summaryOf(row, operation, present.get(idOf(operation) ?? ""));
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
  const present = (await presentOf(store, [operation])).get(idOf(operation) ?? "");
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

function summaryOf(row: HoldRow, operation: Holdable, present: Present | undefined): HeldSummary {
  const { id, sequence, connector, owner, waits, removal, meanwhile, since, expires, attempts } = row;
  const verdicts = verdictsOf(row);
  return {
    ...{ id, sequence, connector, owner, waits, since, expires, attempts },
    operation: auditName(operation),
    target: operation.kind === "account" ? operation.id : (idOf(operation) ?? null),
    name: nameAsked(operation) ?? nameOfPresent(operation, present),
    rules: verdicts.map(({ constraint }) => constraint),
    reasons: verdicts.map(({ reason }) => reason),
    removal: removal === 1,
    suspends: meanwhile === "suspend",
    fingerprint: fingerprintOf(row, present?.version ?? null),
  };
}

function nameOfPresent({ kind }: Holdable, present: Present | undefined): string | null {
  if (!present) return null;
  const { userName, displayName } = JSON.parse(present.resource);
  return String(kind === "user" ? userName : displayName);
}

/** The SCIM id of what an operation changes. */
function idOf(operation: Holdable): string | undefined {
  return operation.kind !== "account" && "id" in operation ? operation.id : undefined;
}

/** The resources that operations would change, by their ids. */
async function presentOf(store: Store, operations: readonly Holdable[]): Promise<Map<string, Present>> {
  const found = new Map<string, Present>();
  for (const kind of ["user", "group"] as const) {
    const ids = operations.flatMap((operation) => (operation.kind === kind ? (idOf(operation) ?? []) : []));
    if (ids.length === 0) continue;
    const rows = await store
      .selectFrom(kind === "user" ? "users" : "groups")
      .select(["id", "version", "resource"])
      .where(dialectOf(store).isAmong("id", [...new Set(ids)]))
      .execute();
    for (const { id, ...present } of rows) found.set(id, present);
  }
  return found;
}
