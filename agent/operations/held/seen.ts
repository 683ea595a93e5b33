/** What held operations are about, as it is now: by it whoever decides knows what has changed since it was shown to them. */
import { dialectOf } from "../../store/dialect.ts";
import type { Store } from "../../store/schema.ts";
import type { AccountOperation, ResourceOperation } from "../operation.ts";
import type { Seen } from "./fingerprint.ts";
import type { Holdable } from "./stored.ts";

/** A stored resource, as far as it is shown. */
export interface SeenResource extends Seen {
  readonly resource: string;
}

/** That of one; undefined where there is none. */
export async function seenNow(store: Store, operation: Holdable): Promise<SeenResource | undefined> {
  return (await seenOf(store, [operation])).get(operation);
}

/** The resources that operations would change, and the users who would get accounts. */
export async function seenOf(
  store: Store,
  operations: readonly Holdable[],
): Promise<Map<Holdable, SeenResource>> {
  const found = new Map<Holdable, SeenResource>();
  for (const kind of ["user", "group"] as const) {
    const some = operations.flatMap((one) => (one.kind === kind && one.verb !== "create" ? one : []));
    const there = await resources(store, kind, some);
    for (const one of some) note(found, one, there.get(one.id));
  }
  const words = operations.flatMap((one) => (one.kind === "account" ? one : []));
  for (const one of words) note(found, one, await waitingFor(store, one));
  return found;
}

function note(
  found: Map<Holdable, SeenResource>,
  operation: Holdable,
  present: SeenResource | undefined,
): void {
  if (present) found.set(operation, present);
}

async function resources(
  store: Store,
  kind: ResourceOperation["kind"],
  operations: readonly { readonly id: string }[],
): Promise<Map<string, SeenResource>> {
  if (operations.length === 0) return new Map();
  const rows = await store
    .selectFrom(kind === "user" ? "users" : "groups")
    .select(["id", "version", "resource"])
    .where(dialectOf(store).isAmong("id", [...new Set(operations.map(({ id }) => id))]))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The user who is named, while the account is withheld from them; or the only one who waits for it. */
async function waitingFor(store: Store, operation: AccountOperation): Promise<SeenResource | undefined> {
  const rows = await store
    .selectFrom("users")
    .select(["id", "version", "resource"])
    .where("withheld", "=", operation.id)
    .execute();
  if (operation.verb === "confirm") return rows.find(({ id }) => id === operation.user);
  return rows.length === 1 ? rows[0] : undefined;
}
