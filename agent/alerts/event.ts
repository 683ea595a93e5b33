/**
 * Something happened that a person may have to know. It is raised in the transaction of its cause, so that neither is ever there
 * without the other; what becomes of it then is told to whom the environment's alerts say.
 */
import type { EventKind } from "../../model/environment/alert.ts";
import type { Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";

export interface AlertEvent {
  readonly kind: EventKind;
  /** The connector at which it happened; absent for what happened to the host. */
  readonly connector?: string | undefined;
  /** The constraint, permission set or bound that is the reason; where none is, the code. */
  readonly rule?: string | undefined;
  /** Who answers for that rule; where nobody is named, the connector's owner is told. */
  readonly owner?: string | undefined;
  /** What it is about, for machines: events of one kind, connector and subject are the same matter, told once in a while. */
  readonly subject: string;
  /** A sentence that names no person. */
  readonly summary: string;
  /** A sentence that may name people: it goes only where the environment lets their names go. */
  readonly detail: string;
  /** The variable with where it is sent besides, whatever the environment's alerts say: that of a break-glass. */
  readonly destination?: string | undefined;
}

/** Stores events. Inside a transaction, they stand and fall with their cause. */
export async function raise(store: Store, at: Time, events: readonly AlertEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ kind, connector, rule, owner, subject, summary, detail, destination }) => ({
    ...{ at, kind, subject, summary, detail },
    ...{ connector: connector ?? null, rule: rule ?? null, owner: owner ?? null },
    destination: destination ?? null,
  }));
  await store.insertInto("events").values(rows).execute();
}
