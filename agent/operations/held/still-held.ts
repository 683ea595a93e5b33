/** What waits on: why it is held may be another reason by now, and wait for others. */
import { raise } from "../../alerts/event.ts";
import { runtimeOf } from "../../releases/serving.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { auditName } from "../audit.ts";
import { isResource, type ResourceOperation } from "../operation.ts";
import { type Held, heldBy } from "../outcome.ts";
import { type HoldRow, type Holds, verdictsOf } from "./holds.ts";
import { type Holdable, subjectText } from "./stored.ts";
import { concernedBy } from "./suspensions.ts";
import { watchedBy } from "./wake.ts";
import { columnsOf, heldAs, heldEvent } from "./why.ts";

/** A hold that is looked at, with what stands around it. */
export interface HoldInPlace {
  readonly row: HoldRow;
  readonly operation: Holdable;
  /** What waits at its place, in its order. */
  readonly queue: readonly HoldRow[];
  /** The first that waits before it; undefined where it is its turn. */
  readonly first: HoldRow | undefined;
  readonly holds: Holds;
  readonly here: Surroundings;
  /** Why no more of it may be done now than what it takes away. */
  readonly limit: ResourceOperation["takesAwayOnly"];
}

function programFor(operation: Holdable, here: Surroundings) {
  return (isResource(operation) ? runtimeOf(here, operation.connector) : here.active)?.program;
}

/** The release by which something is judged; undefined where none runs. */
export function releaseFor(operation: Holdable, here: Surroundings) {
  return programFor(operation, here)?.release;
}

/** Keeps what holds it besides. */
export async function keepAlsoHeld(looked: HoldInPlace, why: Held): Promise<Held> {
  const before = verdictsOf(looked.row).filter(({ constraint }) => !why.rules.includes(constraint));
  const verdicts = [...before, ...why.verdicts].sort((a, b) => (a.constraint < b.constraint ? -1 : 1));
  const owners = new Set([looked.row.owner, why.owner].filter((owner) => owner !== null));
  const both = heldBy(verdicts, owners.size > 0 ? [...owners].join(", ") : null);
  const isRemoval = looked.row.removal === 1 || why.isRemoval === true;
  const { joining, taking } = why;
  return keepHeldBy(looked, {
    ...both,
    ...(isRemoval && { isRemoval }),
    ...(joining && { joining }),
    ...(taking && { taking }),
  });
}

/** Keeps why it is held now, and tells whoever decides. */
export async function keepHeldBy(looked: HoldInPlace, why: Held): Promise<Held> {
  const { row, operation, here } = looked;
  const columns = columnsNow(looked, why);
  await keepColumns(looked, why, columns);
  const facts = { what: auditName(operation), target: subjectText(operation), isOver: false };
  const changed = { ...row, ...columns };
  await raise(here.store, here.now, [heldEvent(changed, facts)]);
  return heldAs(changed);
}

/**
 * Keeps what the same constraints say of it now: whom they name may be another, and another release may mean something else by their
 * names. Its time goes on, and nobody is told again.
 */
export async function keepHeldOn(looked: HoldInPlace, why: Held): Promise<void> {
  const { row } = looked;
  const { expires: _, ...columns } = columnsNow(looked, why);
  const { verdicts, removal, release } = columns;
  if (verdicts === row.verdicts && removal === row.removal && release === row.release) return;
  await keepColumns(looked, why, columns);
}

function columnsNow({ operation, here }: HoldInPlace, why: Held) {
  const digest = here.active?.active.digest ?? null;
  return columnsOf(why, { release: releaseFor(operation, here), digest, now: here.now });
}

/** With whom it is about, and whose writes it waits for. */
async function keepColumns(
  { row, operation, holds, here }: HoldInPlace,
  why: Held,
  columns: Partial<ReturnType<typeof columnsNow>>,
): Promise<void> {
  await holds.change(row.id, columns);
  await holds.concern(row.id, concernedBy(operation, why));
  await holds.watch(row.id, watchedBy(operation, why, programFor(operation, here), here.now));
}
