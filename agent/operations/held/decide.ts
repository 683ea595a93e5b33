/** What becomes of what is held: by a person's word, since its cause may have gone, or since its time is over. */
import { waitsForPerson } from "../../../model/environment/constraint.ts";
import { describeChangedHold } from "../../../report/held.ts";
import { raise } from "../../alerts/event.ts";
import type { Leave, Surroundings } from "../../releases/surroundings.ts";
import { tentatively } from "../../store/savepoint.ts";
import { auditName } from "../audit.ts";
import { type HoldOperation, isResource } from "../operation.ts";
import { type Done, noDifference, type Outcome, refused } from "../outcome.ts";
import { perform, waitsForLater } from "../perform.ts";
import { accountsIn } from "./accounts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import {
  type HoldEnding,
  type HoldRow,
  Holds,
  operationOf,
  pendingOf,
  takenBehind,
  takenSince,
  verdictsOf,
} from "./holds.ts";
import type { Asked, DoneStep, Performed } from "./performed.ts";
import { seenNow } from "./seen.ts";
import { type HoldInPlace, keepAlsoHeld, keepHeldBy, keepHeldOn, releaseFor } from "./still-held.ts";
import { type Holdable, placeIn, subjectText } from "./stored.ts";
import { keepTaken } from "./taken.ts";
import { expiryOf, heldBehind, heldEvent, isJudged } from "./why.ts";

/** Performs a word about a held operation, or looks at it again. */
export async function decideHold(
  operation: HoldOperation,
  here: Surroundings,
  { isTight, isQuarantined, moved }: Pick<Asked, "isTight" | "isQuarantined" | "moved">,
): Promise<Performed> {
  const holds = new Holds(here.store, moved);
  const row = await holds.find(operation.id);
  const isByPerson = operation.verb === "approve" || operation.verb === "discard";
  if (!row || row.state === "taken")
    return isByPerson ? no("holdUnknown", `nothing is held as ${operation.id}`) : silent();
  if (row.state !== "pending")
    return isByPerson
      ? no(
          "holdEnded",
          `hold ${row.id} waits no longer: it was ${row.state} by ${row.ended_by}: ${row.reason}`,
        )
      : silent();
  const held = operationOf(row);
  const queue = await holds.at(placeIn(held));
  // a person may let it through; by itself it waits as whatever else the connector sends
  const isLimited = operation.verb === "judge" && isResource(held) && isQuarantined(held.connector);
  const limit = isTight ? "diskFull" : isLimited ? "quarantined" : undefined;
  const first = pendingOf(queue).find(({ sequence }) => sequence < row.sequence);
  const looked: HoldInPlace = { row, operation: held, queue, first, holds, here, limit };
  switch (operation.verb) {
    case "approve":
    case "discard":
      return byWord(operation, looked);
    case "judge":
      return judgeAgain(operation, looked);
    case "lapse":
      return lapse(operation, looked);
  }
}

type Word = Extract<HoldOperation, { readonly verb: "approve" | "discard" }>;

async function byWord(word: Word, looked: HoldInPlace): Promise<Performed> {
  const { row, operation, first, here } = looked;
  const seen = await seenNow(here.store, operation);
  const version = seen?.version ?? null;
  if (fingerprintOf(row, seen) !== word.fingerprint)
    return no("holdChanged", describeChangedHold(row.id, { version, verdicts: verdictsOf(row) }));
  if (operation.actor === word.actor && word.verb === "approve")
    return no("ownAccount", `hold ${row.id} was asked for by ${word.actor}, and another approver decides`);
  if (first && word.verb === "approve" && !row.removal) return waitsBehind(row, first);
  const lifted = new Set(verdictsOf(row).map(({ constraint }) => constraint));
  // who leaves by it does not stay in for what cannot be done beside it now
  const isOver: IsEnd = (outcome) => isEnd(outcome, operation) || (row.removal === 1 && isCutShort(outcome));
  let own: string | undefined;
  const played = await tentatively(
    here.store,
    async () => {
      const done = await play(looked, { lifted }, isOver);
      const account = word.account?.toLowerCase();
      const concerned = account === undefined ? [] : await accountsIn(here, operation, done.outcome);
      own = concerned.find((one) => one.toLowerCase() === account);
      return done;
    },
    ({ outcome }) => word.verb === "approve" && own === undefined && isOver(outcome),
  );
  if (own !== undefined) return no("ownAccount", `hold ${row.id} is about account ${own}, which is your own`);
  if (word.verb === "discard") {
    await end(looked, word, "discarded", word.reason);
    return decided(looked, word, []);
  }
  const { outcome, steps } = played;
  if (isOver(outcome)) {
    await end(looked, word, "approved", word.reason);
    return decided(looked, word, steps);
  }
  const why = outcome.kind === "done" ? outcome.undone : outcome;
  if (first && outcome.kind === "done") return waitsBehind(row, first);
  if (why?.kind === "held") {
    const changed = await keepAlsoHeld(looked, why);
    const refusal = no("holdChanged", describeChangedHold(row.id, { version, verdicts: changed.verdicts }));
    return { ...refusal, alsoHeld: [operation, changed] };
  }
  const { code, detail, problems = [], rules = [] } = why ?? refused("holdUnknown", "");
  return { outcome: refused(code, detail, problems, rules), further: [], isSilent: false };
}

/** What a removal gives besides has its turn behind what waits before it. */
function waitsBehind({ id }: HoldRow, first: HoldRow): Performed {
  return no("holdBehind", `hold ${id} comes after hold ${first.id} of the same resource`);
}

/** Judges a hold again by what is active and there now: it is done where nothing holds it any more. */
async function judgeAgain(operation: HoldOperation, looked: HoldInPlace): Promise<Performed> {
  const { row, first, holds, here } = looked;
  await holds.change(row.id, { due: 0 });
  // its turn comes with the end of what is before it, and its judgement with a release; a removal waits for no turn
  if ((first && !row.removal) || !(await isJudged(looked.operation, here))) return silent();
  if (row.waits === "person" && stillWantsPerson(looked)) return silent();
  const isOver: IsEnd = (outcome) => isEnd(outcome, looked.operation);
  const { outcome, steps } = await tentatively(
    here.store,
    () => playUnlifted(looked, isOver),
    (played) => isOver(played.outcome) || (played.outcome.kind === "done" && !first),
  );
  if (isOver(outcome)) {
    await end(looked, operation, "released", "nothing holds it any more");
    return decided(looked, operation, steps);
  }
  const why = outcome.kind === "done" ? outcome.undone : outcome;
  // what else comes of it is found when it is its turn
  if (!why || first) return silent();
  if (why.kind === "held") {
    if (why.rules.join(" ") === row.rule) {
      await keepHeldOn(looked, why);
      return { ...silent(), further: steps };
    }
    return { ...silent(), further: steps, alsoHeld: [looked.operation, await keepHeldBy(looked, why)] };
  }
  if (waitsForLater(why)) {
    if (why.code === looked.limit) await holds.putOff(row.id);
    return { ...silent(), further: steps };
  }
  await end(looked, operation, "rejected", why.detail);
  return { ...decided(looked, operation, []), further: [[looked.operation, why]] };
}

/** Whether the release has a constraint yet for which it waits for a person: what time makes of it counts for nothing. */
function stillWantsPerson({ row, operation, here }: HoldInPlace): boolean {
  const release = releaseFor(operation, here);
  if (!release) return true;
  return verdictsOf(row).some(({ constraint }) => {
    const declared = release.constraints[constraint];
    return declared !== undefined && declared.otherwise === "hold" && waitsForPerson(declared);
  });
}

/** The time of a hold is over: what would give access lapses, and a removal is told again. */
async function lapse(operation: HoldOperation, looked: HoldInPlace): Promise<Performed> {
  const { row, holds, here } = looked;
  if (row.expires === null || row.expires > here.now) return silent();
  const facts = { what: auditName(looked.operation), target: subjectText(looked.operation), isOver: true };
  await raise(here.store, here.now, [heldEvent(row, facts)]);
  if (row.removal) {
    const constraints = releaseFor(looked.operation, here)?.constraints ?? {};
    const named = verdictsOf(row).flatMap(({ constraint }) => constraints[constraint] ?? []);
    await holds.change(row.id, { expires: here.now + expiryOf(named) });
    return silent();
  }
  await end(looked, operation, "expired", "nobody decided in time");
  return decided(looked, operation, []);
}

/** What came of doing a held operation, and the removals behind it that are kept so. */
interface Played {
  readonly outcome: Outcome;
  readonly steps: readonly DoneStep[];
}

/** Does it by all constraints. Of which no more may be done now than what it takes away is done with where that is all of it. */
async function playUnlifted(looked: HoldInPlace, isOver: IsEnd): Promise<Played> {
  const leave: Leave = { lifted: new Set() };
  const played = await play(looked, leave, isOver);
  if (!isCutShort(played.outcome)) return played;
  const again = await play(looked, leave, isOver);
  return isOver(again.outcome)
    ? { outcome: again.outcome, steps: [...played.steps, ...again.steps.slice(1)] }
    : played;
}

/** Does it, and takes away again what was taken since. What is refused has changed nothing. */
async function play(
  { row, operation, queue, first, here, limit }: HoldInPlace,
  leave: Leave,
  isOver: IsEnd,
): Promise<Played> {
  const limited: Holdable =
    limit && isResource(operation) ? { takesAwayOnly: limit, ...operation } : operation;
  const outcome = await perform(limited, { ...here, leave }, undefined, first && heldBehind(first));
  if (outcome.kind !== "done") return { outcome, steps: [] };
  const steps: DoneStep[] = [[limited, outcome]];
  if (!isOver(outcome)) return { outcome, steps };
  for (const taken of takenSince(queue, row)) {
    const again = removalOf(operationOf(taken), outcome.target);
    // it was judged when it was done
    const gone = await perform(again, { ...here, leave: { lifted: "all" } }, undefined, heldBehind(row));
    if (gone.kind !== "done" || gone.effect.of === "nothing") continue;
    const { undone: _, ...alone } = gone;
    steps.push([again, alone as Outcome]);
  }
  return { outcome, steps };
}

/** A removal that was kept, of what was only created by now too. */
function removalOf(operation: Holdable, created: string): Holdable {
  return "id" in operation && operation.id === "" ? { ...operation, id: created } : operation;
}

/** Whether nothing of a hold waits any longer, by what came of it. */
type IsEnd = (outcome: Outcome) => boolean;

/** Whether it is done, and the rest refused for good: also what it never was to do but take away. */
function isEnd(outcome: Outcome, operation: Holdable): boolean {
  if (outcome.kind !== "done") return false;
  const { undone } = outcome as Done<unknown>;
  if (undone === undefined) return true;
  const limit = "takesAwayOnly" in operation ? operation.takesAwayOnly : undefined;
  return undone.kind === "refused" && (!waitsForLater(undone) || undone.code === limit);
}

/** Whether no more of it is done for a time than what it takes away. */
function isCutShort(outcome: Outcome): boolean {
  const undone = outcome.kind === "done" ? outcome.undone : undefined;
  return undone?.kind === "refused" && waitsForLater(undone);
}

/** Ends a hold; the removals behind it are done with, and the next one of its place is judged. */
async function end(
  { row, queue, operation, first, holds, here }: HoldInPlace,
  { actor }: HoldOperation,
  state: HoldEnding,
  reason: string,
): Promise<void> {
  await holds.end([row.id], { state, at: here.now, by: actor, reason });
  // behind what is still before it they are needed on, and so is what it took away itself
  if (first) {
    if (state === "approved" || state === "released") await keepTaken(holds, here, operation, row, row);
    return;
  }
  const [, next] = pendingOf(queue);
  await holds.forget(takenBehind(queue, row).map(({ id }) => id));
  if (next) await holds.haveJudged([next.id]);
}

function decided({ row }: HoldInPlace, operation: HoldOperation, steps: readonly DoneStep[]): Performed {
  const { verb, actor } = operation;
  const reason = "reason" in operation ? operation.reason : undefined;
  const outcome: Done<null> = {
    kind: "done",
    resource: null,
    target: row.id,
    changes: [],
    effect: { of: "hold", decision: verb, rules: row.rule?.split(" ") ?? [], reason },
    ignored: [],
    warnings: [],
    difference: noDifference,
  };
  const further = steps.map(
    ([done, came]): DoneStep => [
      done,
      came.kind === "done"
        ? { ...came, hold: { id: row.id, by: verb === "approve" ? actor : undefined } }
        : came,
    ],
  );
  return { outcome, further, isSilent: false };
}

function no(...reason: Parameters<typeof refused>): Performed {
  return { outcome: refused(...reason), further: [], isSilent: false };
}

function silent(): Performed {
  const outcome: Done<null> = {
    kind: "done",
    resource: null,
    target: "",
    changes: [],
    effect: { of: "nothing" },
    ignored: [],
    warnings: [],
    difference: noDifference,
  };
  return { outcome, further: [], isSilent: true };
}
