/** The operations of one commit: performed, put into the audit, and told of in the log. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Time } from "../../model/time.ts";
import { raise } from "../alerts/event.ts";
import type { AgentClock } from "../clock/clock.ts";
import { saveClock } from "../clock/row.ts";
import { type ClockReading, setClock } from "../clock/rule.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import type { Runtime } from "../releases/runtime.ts";
import { type Serving, serveAgain, serveBy } from "../releases/serving.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { TransactionLost } from "../store/savepoint.ts";
import { alsoTaken } from "./also-taken.ts";
import { auditEntry, writeAudit } from "./audit.ts";
import { endTaken } from "./break-glass-ends.ts";
import { type Noted, recordFailures } from "./failures/record.ts";
import { Holds } from "./held/holds.ts";
import { performOrHold } from "./held/keep.ts";
import { alone, type DoneStep, type OpenHolds, type Performed } from "./held/performed.ts";
import { suspensionEdits } from "./held/suspensions.ts";
import { wake } from "./held/wake.ts";
import { diskFull } from "./limited.ts";
import { isResource, type Operation } from "./operation.ts";
import type { Done } from "./outcome.ts";
import { Guard, type Quarantines } from "./quarantine/quarantines.ts";
import { settleQuarantines } from "./quarantine/settle.ts";
import { releaseEvents } from "./release-events.ts";
import { tellOutcome } from "./told.ts";
import type { Waiting } from "./waiting.ts";

/** What the operations of one commit come to. */
export interface Batch {
  /** What is told to whom when it is committed. */
  readonly answers: readonly (() => void)[];
  readonly edits: readonly AccessEdit[];
  /** Whether the access file has to know of them also where nobody's access differs by them. */
  readonly isTold: boolean;
  /** What is active from the commit on, where that changes. */
  readonly next?: Runtime | null;
  /** By what identity providers are served from then on, where that changes. */
  readonly serving?: Serving;
  /** How connectors stand from the commit on. */
  readonly quarantines: Quarantines;
  /** What time it is from the commit on, where an approver says another one. */
  readonly time?: Time;
}

export interface BatchParts extends Omit<Surroundings, keyof ClockReading | "active" | "removals"> {
  readonly serving: Serving;
  readonly clock: AgentClock;
  readonly log: FastifyBaseLogger;
  /** Whether there is room for nothing but what takes access away. */
  readonly isTight: boolean;
  readonly open: OpenHolds;
  readonly quarantines: Quarantines;
}

/**
 * Performs as many as go together in a transaction, in their order, each as if it were alone. A release is the only one, since
 * it changes how the next are judged.
 *
 * @throws {TransactionLost} when none of them is stored
 */
export async function performBatch(
  waiting: readonly Waiting[],
  { clock, log, serving, isTight, open, quarantines, ...parts }: BatchParts,
): Promise<Batch> {
  const { active, removals } = serving;
  const surroundings = { ...parts, active, removals };
  const release = active?.active.digest ?? null;
  const answers: (() => void)[] = [];
  const edits: AccessEdit[] = [];
  const audit: ReturnType<typeof auditEntry>[] = [];
  const noted: Noted[] = [];
  /** Of these, what was sent just now. */
  const sent: Noted[] = [];
  const left = new Set<string>();
  const guard = new Guard(quarantines, active?.program.release);
  const moved = new Set<string>();
  const isQuarantined = (connector: string) => guard.isQuarantined(connector);
  const asking = { open, isTight, isQuarantined, moved };
  let isTold = false;
  let next: Runtime | null | undefined;
  let time: Time | undefined;
  if (open.mayBeAny) open.mayBeAny = await new Holds(surroundings.store).areAny();
  for (const { operation: asked, bytes, part, judged, refused, isStillLetIn, answer, fail } of waiting) {
    let operation = asked;
    // it was judged for what is committed
    if (operation.kind === "release" && !refused && answers.length > 0) break;
    const reading = clock.read();
    let performed: Performed;
    try {
      // who was let in goes on to take away: it could have had its turn before
      if (isResource(asked) && isStillLetIn?.(serving, reading.now) === false)
        operation = { ...asked, takesAwayOnly: "tokenWithdrawn" };
      else if (isResource(asked) && isTight) operation = { takesAwayOnly: "diskFull", ...asked };
      else if (isResource(asked) && guard.limits(asked, reading.now))
        operation = { takesAwayOnly: "quarantined", ...asked };
      const here = { ...surroundings, ...reading, admission: judged?.admission, secrets: judged?.secrets };
      const { prepared, isTrial } = part ?? {};
      const noRoom = isTight && asked.kind === "break-glass" && asked.verb === "take" ? diskFull : undefined;
      const known = refused ?? noRoom;
      performed = known
        ? alone(known)
        : await performOrHold(operation, here, { prepared, isTrial, bytes, ...asking });
    } catch (error) {
      if (error instanceof TransactionLost) throw error;
      answers.push(() => fail(error));
      continue;
    }
    const { outcome, further, alsoHeld, isSilent } = performed;
    // who is kept in by a constraint has a row already, and it is told once by what
    const isKept = outcome.kind === "held" && outcome.isRemoval && !outcome.isRepeated;
    // there is no room to write down whatever is refused, or done already: who leaves needs it
    const isUnwritten =
      isTight &&
      (isResource(operation) || operation.kind === "break-glass") &&
      !isKept &&
      (outcome.kind !== "done" || outcome.effect.of === "nothing");
    if (outcome.kind !== "done" && part?.isTrial) {
      answers.push(() => answer(outcome));
      continue;
    }
    // what so many do is long to write down
    if (outcome.kind === "done" && outcome.moves) await nextTurn();
    if (!isUnwritten && !isSilent) audit.push(auditEntry(operation, outcome, { at: reading.now, release }));
    await raise(surroundings.store, reading.now, releaseEvents(operation, outcome));
    noted.push({ operation, outcome, at: reading.now });
    if (alsoHeld) noted.push({ operation: alsoHeld[0], outcome: alsoHeld[1], at: reading.now });
    sent.push({ operation, outcome, at: reading.now });
    const told: (() => void)[] = [() => tellOutcome(log, operation, outcome)];
    answers.push(() => {
      for (const tell of told) tell();
      answer(outcome);
    });
    if (outcome.kind !== "done") continue;
    if (outcome.effect.of === "clock") time = reading.clock.system;
    if (outcome.changes === "everything") {
      next = outcome.resource as Runtime | null;
      break;
    }
    const isRestored = removals?.notRun?.why.restored !== undefined;
    isTold ||= isRestored && isResource(operation);
    const here = { ...surroundings, ...reading };
    const more: DoneStep[] = [];
    for (const [done, came] of [[operation, outcome] as DoneStep, ...further])
      for (const also of await alsoTaken(done, came, here)) {
        const taken = await performOrHold(also, here, asking);
        more.push([also, taken.outcome], ...taken.further);
      }
    for (const [done, came] of [...further, ...more]) {
      audit.push(auditEntry(done, came, { at: reading.now, release }));
      noted.push({ operation: done, outcome: came, at: reading.now });
      told.push(() => tellOutcome(log, done, came));
    }
    for (const [done, came] of [[operation, outcome] as DoneStep, ...further, ...more]) {
      if (came.kind !== "done" || came.changes === "everything") continue;
      noteLeft(came, left);
      // one by one: a group has more members than a call has arguments
      for (const edit of came.changes) edits.push(edit);
      if (isRestored) edits.push(...forNewerCopies(done, came));
      if (open.mayBeAny) await wake(done, came, here);
    }
  }
  await writeAudit(surroundings.store, audit);
  // room that is hardly there is for whoever leaves
  if (!isTight) await recordFailures(surroundings.store, noted, active?.program.release);
  const ended = {
    ...{ store: surroundings.store, left, now: time ?? clock.now() },
    ...(next === undefined ? { active, removals } : { active: next }),
  };
  edits.push(...(await endTaken(ended)));
  edits.push(...(await suspensionEdits({ store: surroundings.store, removals }, moved)));
  const judgedBy = { release: active?.program.release, digest: release };
  // what is done later, or by a person, says nothing of what a provider sends
  const counted = isTight ? sent.filter(({ operation }) => !isResource(operation)) : sent;
  const stood = await settleQuarantines(surroundings.store, quarantines, counted, judgedBy);
  const here = { store: surroundings.store, environment: surroundings.host.environment, now: clock.now() };
  let later: Serving | undefined;
  if (next !== undefined) {
    const entrance = next && { release: next.program.release, connectors: next.connectors };
    later = await serveBy(entrance, { active: next, removals: undefined }, here);
  } else if (time !== undefined) later = await serveAgain(serving, here);
  // however the process ends, the next one is no earlier than what was written, and has measured no less
  clock.read();
  await saveClock(surroundings.store, time === undefined ? clock.kept : setClock(clock.kept, time));
  return {
    ...{ answers, edits, isTold, quarantines: stood },
    ...(next !== undefined && { next }),
    ...(later && { serving: later }),
    ...(time !== undefined && { time }),
  };
}

/** Notes who has left a group, by SCIM id. */
function noteLeft({ effect, difference: { before } }: Done<unknown>, left: Set<string>): void {
  if (effect.of !== "group" && effect.of !== "deleted group") return;
  for (const id of (before.members ?? []) as readonly string[]) left.add(id);
}

/**
 * What a removal by a copy of the store from before is besides: a newer one that is put back may have the user as active, and the
 * access file tells it of who is gone.
 */
function forNewerCopies(operation: Operation, { resource }: Done<unknown>): AccessEdit[] {
  if (operation.kind !== "user" || operation.verb === "create") return [];
  const hasAccount = typeof (resource as UserRow | null)?.account === "string";
  return hasAccount ? [] : [{ kind: "gone", user: operation.id }];
}
