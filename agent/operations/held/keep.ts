/**
 * Operations are performed, and what constraints hold of them is kept as rows in the same transaction. What is held of one resource is
 * done in its order: a change waits behind what is held before it, a whole resource that is written anew takes its place, and what takes
 * access away waits for nothing.
 */
import type { Release } from "../../../model/release.ts";
import { getIgnoringCase } from "../../../scim/json.ts";
import { raise } from "../../alerts/event.ts";
import type { Runtime } from "../../releases/runtime.ts";
import { runtimeOf } from "../../releases/serving.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { auditName } from "../audit.ts";
import { mayTakeAway } from "../may-take-away.ts";
import { isResource, type Operation, type ResourceOperation } from "../operation.ts";
import type { Done, Held, Outcome } from "../outcome.ts";
import { perform } from "../perform.ts";
import { bounded, bytesHeld, forgetOldest, heldIn } from "./bounded.ts";
import { decideHold } from "./decide.ts";
import { type HoldRow, Holds, operationOf, pendingOf } from "./holds.ts";
import { type Asked, alone, type OpenHolds, type Performed } from "./performed.ts";
import {
  type Holdable,
  type HoldPlace,
  isHoldable,
  placeIn,
  requestOf,
  storedForm,
  subjectText,
} from "./stored.ts";
import { concernedBy } from "./suspensions.ts";
import { keepTaken } from "./taken.ts";
import { watchedBy } from "./wake.ts";
import { columnsOf, heldAs, heldBehind, heldEvent, isJudged } from "./why.ts";

/**
 * Performs an operation in a transaction, by what is held before it.
 *
 * @throws {TransactionLost} when the transaction cannot go on
 */
export async function performOrHold(
  operation: Operation,
  here: Surroundings,
  asked: Asked,
): Promise<Performed> {
  if (operation.kind === "hold") return decideHold(operation, here, asked);
  if (isHoldable(operation)) return alone(await performInOrder(operation, here, asked));
  const outcome = await perform(operation, here, asked.prepared);
  if (outcome.kind === "done" && operation.kind === "release" && asked.open.mayBeAny)
    await followRelease(new Holds(here.store), outcome.resource as Runtime | null);
  return alone(outcome);
}

/** What is held waits by the release that is active from now on; where none is, nobody has access anyway. */
async function followRelease(holds: Holds, next: Runtime | null): Promise<void> {
  await holds.haveAllJudged();
  if (next) await holds.follow(next.program.release);
}

/** What is known of an operation before it is performed. */
interface Before {
  readonly holds: Holds;
  readonly here: Surroundings;
  readonly open: OpenHolds;
  readonly operation: Holdable;
  readonly stored: Holdable;
  readonly request: string;
  readonly place: HoldPlace;
  /** What waits at its place, and the removals that were done since. */
  readonly queue: readonly HoldRow[];
  /** The one that it repeats. */
  readonly earlier: HoldRow | undefined;
  /** What it waits for. */
  readonly behind: Held | undefined;
}

async function performInOrder(operation: Holdable, here: Surroundings, asked: Asked): Promise<Outcome> {
  const { prepared, bytes, isTrial = false, open, moved } = asked;
  const holds = new Holds(here.store, moved);
  const lookedAt = (stored: Holdable) => ({ stored, request: requestOf(stored), place: placeIn(stored) });
  const known = open.mayBeAny ? lookedAt(storedForm(operation, bytes)) : undefined;
  const queue = known ? await holds.at(known.place) : [];
  const [head] = pendingOf(queue);
  const earlier = known && repeatedBy(queue, known.request);
  // no time that has gone lets it through
  if (earlier?.waits === "person" && (await isJudged(operation, here))) {
    if (!isTrial) await holds.change(earlier.id, { attempts: earlier.attempts + 1 });
    return { ...heldAs(earlier), isRepeated: true };
  }
  const behind = operation.verb === "modify" && head && earlier !== head ? heldBehind(head) : undefined;
  const came = await perform(operation, here, prepared, behind);
  const looked = known ?? (heldIn(came) && lookedAt(storedForm(operation, bytes)));
  const outcome = earlier || isTrial || !looked ? came : await bounded(looked.stored, came, { holds, open });
  const isHeld = heldIn(outcome) !== undefined;
  if (known && outcome.kind === "done") await keepRetired(holds, here, operation, outcome);
  if (outcome.kind === "refused" || (isTrial && outcome.kind !== "done") || (queue.length === 0 && !isHeld))
    return outcome;
  const at = looked ?? lookedAt(storedForm(operation, bytes));
  return settle({ holds, here, open, operation, ...at, queue, earlier, behind }, outcome);
}

/** The one that a request repeats: not one behind which a removal was done, for then it is asked for anew. */
function repeatedBy(queue: readonly HoldRow[], request: string): HoldRow | undefined {
  const last = queue.findLastIndex(({ state }) => state === "taken");
  return queue.slice(last + 1).findLast((row) => row.request === request);
}

/** Brings the rows of a place up to date with what came of an operation. */
async function settle(before: Before, outcome: Done<unknown> | Held): Promise<Outcome> {
  const { holds, here, operation, queue, earlier, behind } = before;
  const undone = outcome.kind === "done" ? outcome.undone : undefined;
  const why = outcome.kind === "held" ? outcome : undone?.kind === "held" ? undone : undefined;
  const isWhole = undone === undefined;
  if (outcome.kind === "done" && isWhole && earlier && (!behind || earlier.removal)) {
    await holds.end([earlier.id], endingOf(before, "released", "asked for again, and not held any more"));
    if (behind) await keepTaken(holds, here, operationOf(earlier), earlier, earlier);
  }
  const left = await superseded(before, isWhole || why !== undefined);
  // what it has taken away is not to come back by what is held before it; what is held of that is not done by it either
  const takes = isResource(operation) && operation.verb !== "create" && operation.verb !== "delete";
  const isTaken =
    takes && (outcome.kind === "done" || (behind && !outcome.isRemoval && mayTakeAway(operation)));
  if (isTaken && left.length > 0 && (behind || !isWhole) && !isKeptAlready(before))
    await keepTaken(holds, here, withoutCondition(before.stored), before.place);
  if (!why) {
    if (left.length > 0 && left[0] !== pendingOf(queue)[0]) await holds.haveJudged([left[0]?.id ?? ""]);
    return outcome;
  }
  // the part that is done has met the condition, and made another version; and who leaves does not stay in for one
  const isMet = outcome.kind === "done" || why.isRemoval === true;
  const stored = isMet ? withoutCondition(before.stored) : before.stored;
  const kept = await keep({ ...before, stored }, why);
  return outcome.kind === "held" ? kept : ({ ...outcome, undone: kept } as Outcome);
}

/** Whether a removal is done again behind all that waits already: it was asked for since the last of that, or with it. */
function isKeptAlready({ queue, request, earlier }: Before): boolean {
  const last = queue.findLastIndex(({ state }) => state === "pending");
  const since = queue.slice(last + 1);
  return (earlier !== undefined && queue[last] === earlier) || since.some((row) => row.request === request);
}

function endingOf({ here, operation }: Before, state: "released" | "superseded", reason: string) {
  return { state, at: here.now, by: operation.actor, reason };
}

/**
 * Ends what a whole resource, written anew, or its end takes the place of; answers what still waits there.
 *
 * @param isAnswered whether it is done or held, and not refused in part
 */
async function superseded(before: Before, isAnswered: boolean): Promise<HoldRow[]> {
  const { holds, operation, queue, earlier } = before;
  const pending = pendingOf(queue).filter((row) => row !== earlier);
  if (operation.verb === "modify" || !isAnswered) return pending;
  const gone = pending.filter((row) => !(row.removal && saysNothingOfActive(operation)));
  const left = pending.filter((row) => !gone.includes(row));
  await holds.end(
    gone.map(({ id }) => id),
    endingOf(before, "superseded", `${auditName(operation)} came after it`),
  );
  if (left.length === 0) await holds.forget(queue.flatMap(({ id, state }) => (state === "taken" ? id : [])));
  return left;
}

/** Whether a user who replaces another leaves it open whether they are active: then a leaver is still one. */
function saysNothingOfActive(operation: Holdable): boolean {
  return (
    operation.kind === "user" &&
    operation.verb === "replace" &&
    getIgnoringCase(operation.body, "active") === undefined
  );
}

/** Who was deleted and stays, without memberships, does not come to be in a group by what was held before. */
async function keepRetired(
  holds: Holds,
  here: Surroundings,
  operation: Holdable,
  { effect }: Done<unknown>,
): Promise<void> {
  if (operation.kind !== "user" || operation.verb !== "delete" || effect.of !== "user") return;
  for (const id of await holds.watching([operation.id])) {
    const row = await holds.find(id);
    const held = row && operationOf(row);
    if (!row || held?.kind !== "group") continue;
    await keepTaken(holds, here, withoutMember(held, operation.id), row);
  }
}

function withoutCondition(operation: Holdable): Holdable {
  if (!("condition" in operation)) return operation;
  const { condition: _, ...rest } = operation;
  return rest;
}

function withoutMember(held: ResourceOperation, user: string): ResourceOperation {
  const { actor, connector } = held;
  const value = [{ value: user }];
  const body = { Operations: [{ op: "remove", path: "members", value }] };
  return { actor, kind: "group", connector, verb: "modify", id: "id" in held ? held.id : "", body };
}

/** Keeps what is held, as the row that there is of it or as a new one. */
async function keep(before: Before, why: Held): Promise<Held> {
  const { holds, here, open, operation, stored, request, place, earlier, behind } = before;
  const connector = isResource(operation) ? operation.connector : "";
  const program = isResource(operation) ? runtimeOf(here, connector)?.program : here.active?.program;
  const release: Release | undefined = program?.release;
  const columns = columnsOf(why, { release, digest: here.active?.active.digest ?? null, now: here.now });
  const { attempts = 0 } = earlier ?? {};
  const bytes = bytesHeld(stored, why);
  if (!earlier) await forgetOldest(connector, bytes, { holds, open });
  const id =
    earlier?.id ??
    (await holds.add({
      ...{ state: "pending", connector, ...place, request, operation: JSON.stringify(stored), bytes },
      ...{ ...columns, since: here.now, ended: null, ended_by: null, reason: null },
    }));
  open.mayBeAny = true;
  if (earlier) {
    // when it is looked at again for its own time, that goes on
    const { expires: _, ...changed } = columns;
    await holds.change(
      id,
      behind ? { attempts: attempts + 1 } : { ...changed, attempts: attempts + 1, due: 0 },
    );
  }
  if (!behind || !earlier) await holds.concern(id, concernedBy(stored, why));
  if (!behind || !earlier) await holds.watch(id, watchedBy(stored, why, program, here.now));
  const row = { ...columns, id, connector };
  if (columns.rule !== null && columns.rule !== earlier?.rule)
    await raise(here.store, here.now, [
      heldEvent(row, { what: auditName(operation), target: subjectText(stored), isOver: false }),
    ]);
  return { ...heldAs(row), ...(earlier && { isRepeated: true }) };
}
