/**
 * The one way in which people and their access change. Whatever an operation comes from (SCIM, a release, an approver, a
 * policy test), it is performed here: by the schema, the constraints or a release's bounds, whole or not at all.
 */
import { canonicalJson } from "../../model/canonical.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { userType } from "../../model/scim/user.ts";
import { nodeOf } from "../../scim/attribute.ts";
import { isPathOfMembers } from "../../scim/members.ts";
import { patchDeactivates, patchIsOfActivity, patchOnlyRemoves } from "../../scim/taken.ts";
import type { BreakGlassRow } from "../directory/break-glass.ts";
import { Directory } from "../directory/directory.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { activate, deactivate, keptOf, type RefusedActivation } from "../releases/activation.ts";
import { returnTo } from "../releases/return.ts";
import type { Runtime } from "../releases/runtime.ts";
import { runtimeOf } from "../releases/serving.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { tentatively } from "../store/savepoint.ts";
import { decideAccount } from "./accounts.ts";
import { decideBreakGlass } from "./break-glass.ts";
import { acceptClock } from "./clock.ts";
import { groupWrites } from "./groups.ts";
import { mayGive, takenByLimited, wholeByLimited } from "./limited.ts";
import {
  type AccountOperation,
  type BreakGlassOperation,
  type ClockOperation,
  type ConnectorOperation,
  type HoldOperation,
  isResource,
  type Operation,
  type QuarantineOperation,
  type ReleaseOperation,
  type ResourceOperation,
} from "./operation.ts";
import {
  type Done,
  type Held,
  heldBy,
  type Outcome,
  type Refused,
  type Rejection,
  refused,
} from "./outcome.ts";
import { endQuarantine } from "./quarantine/end.ts";
import { decideConnector, type Renumbered } from "./renumber.ts";
import { userWrites } from "./users.ts";
import { unmetCondition } from "./versions.ts";
import type { Changing, Prepared, ResourceWrites, Writing } from "./writing.ts";

/** What is there when an operation is done: the release made ready, a row, or nothing more. */
export type Resulting<O extends Operation> = O extends
  | AccountOperation
  | HoldOperation
  | QuarantineOperation
  | { verb: "delete" | "deactivate" }
  ? null
  : O extends ConnectorOperation
    ? Renumbered
    : O extends ReleaseOperation
      ? Runtime
      : O extends ClockOperation
        ? Runtime | null
        : O extends BreakGlassOperation
          ? O extends { verb: "take" }
            ? BreakGlassRow
            : null
          : UserRow | GroupRow;

/** All but a word about what is held, which is about another operation. */
export type Performable = Exclude<Operation, HoldOperation>;

/**
 * Performs an operation in a transaction. What is refused or held has changed nothing in it.
 *
 * A change of a user or group that cannot be made whole is made as far as it takes something away: nobody stays in for what
 * stands beside it, since identity providers do not repeat what is refused.
 *
 * @param prepared what is done of it already
 * @param behind what a change has to wait for: no more of it is done than what it takes away
 * @throws {TransactionLost} when the transaction cannot go on
 */
export async function perform<O extends Performable>(
  operation: O,
  surroundings: Surroundings,
  prepared?: Prepared,
  behind?: Held,
): Promise<Outcome<Resulting<O>>> {
  const attempt = <T extends Outcome | undefined>(work: () => Promise<T>) =>
    tentatively(surroundings.store, work, (outcome) => outcome?.kind === "done");
  const program = isResource(operation) ? runtimeOf(surroundings, operation.connector)?.program : undefined;
  const held = onlyRemovals(operation, surroundings);
  const ifTaken = <T extends Outcome | undefined>(outcome: T) =>
    held &&
    isResource(operation) &&
    (mayGive(operation.connector, program, outcome) || (outcome && mayBeElsewhere(outcome, surroundings)))
      ? held
      : outcome;
  let asked: Outcome | undefined;
  const whole =
    prepared?.undone ??
    (await attempt(async (): Promise<Outcome> => {
      if (behind && isChanging(operation)) return (await unfit(operation, surroundings)) ?? behind;
      const outcome = await performWhole(operation, surroundings, prepared);
      asked = outcome;
      // nobody can say what it would give, but for what changes nothing
      const isElsewhere = mayBeElsewhere(outcome, surroundings);
      if (held && (operation.verb !== "delete" || isElsewhere))
        return changesNothing(outcome) && !isElsewhere ? outcome : held;
      return ifTaken(wholeByLimited(operation, program, outcome));
    }));
  // whoever has prepared a write makes another draft, of what it takes away
  const isOver = prepared && !(prepared.undone && prepared.draft);
  if (whole.kind === "done" || !isChanging(operation) || isOver)
    return (operation.verb === "delete" ? asRemoval(whole) : whole) as Outcome<Resulting<O>>;
  const taken = await attempt(
    async (): Promise<Outcome | undefined> =>
      ifTaken(
        takenByLimited(
          operation,
          program,
          operation.kind === "user"
            ? await takeAway(userWrites, operation, surroundings)
            : await takeAway(groupWrites, operation, surroundings, prepared),
        ),
      ),
  );
  // what was taken before is answered as it was then, where the rest only waits
  const isTaken = taken?.kind === "done" && (!changesNothing(taken) || waitsForLater(whole));
  // it is all that was asked for, and nothing of it waits
  const isBeside = waitsItsTurn(whole) || whole.code === "quarantined";
  if (taken?.kind === "done" && isBeside && takesAwayOnly(operation, surroundings))
    return taken as Outcome<Resulting<O>>;
  // what stops a removal is said before what is wrong beside it
  const stopped = taken?.kind === "done" ? undefined : taken;
  const isAllAsked =
    taken?.kind === "done" &&
    whole.kind === "refused" &&
    waitsForLater(whole) &&
    (takesAwayOnly(operation, surroundings) || isSameChange(asked, taken));
  return (
    isTaken
      ? { ...taken, undone: whole, ...(isAllAsked && { isAllAsked }) }
      : (stoppedBy(stopped, whole) ?? whole)
  ) as Outcome<Resulting<O>>;
}

/** Why a removal is not done, and all that holds whatever stands beside it. */
function stoppedBy(stopped: Rejection | undefined, whole: Rejection): Rejection | undefined {
  if (stopped?.kind !== "held" || whole.kind !== "held") return stopped && asRemoval(stopped);
  const beside = whole.verdicts.filter(({ constraint }) => !stopped.rules.includes(constraint));
  const verdicts = [...stopped.verdicts, ...beside].sort((a, b) => (a.constraint < b.constraint ? -1 : 1));
  const { joining } = whole;
  const { taking } = stopped;
  const both = heldBy(verdicts, whole.owner ?? stopped.owner);
  return asRemoval({ ...both, ...(joining && { joining }), ...(taking && { taking }) });
}

/** What is held of a removal takes access away once it is done. */
function asRemoval<T extends Outcome>(outcome: T): T {
  return outcome.kind === "held" ? { ...outcome, isRemoval: true } : outcome;
}

/** Whether nothing holds it but what is held before it. */
function waitsItsTurn(whole: Rejection): boolean {
  return whole.kind === "held" && whole.verdicts.length === 0;
}

/**
 * Whether nothing is done since somebody is not there by a copy of the store from before, who may be by the access file and by a
 * newer copy.
 */
function mayBeElsewhere(outcome: Outcome, { removals }: Surroundings): boolean {
  if (removals?.notRun?.why.restored === undefined) return false;
  return outcome.kind === "done"
    ? changesNothing(outcome) && outcome.ignored.some(isPathOfMembers)
    : outcome.code === "notFound";
}

/** Whether it is done, and nothing differs by it. */
function changesNothing(outcome: Outcome): boolean {
  return outcome.kind === "done" && outcome.effect.of === "nothing";
}

/** Whether as much is done as a request would have come to, if nothing had limited it. */
function isSameChange(asked: Outcome | undefined, taken: Done<unknown>): boolean {
  const changeOf = ({ difference: { before, after } }: Done<unknown>) => canonicalJson({ before, after });
  return asked?.kind === "done" && changeOf(asked) === changeOf(taken);
}

/** Whether a refusal is for a time, and says nothing of what was asked. */
export function waitsForLater({ code }: Rejection): boolean {
  return [
    "connectorUnknown",
    "noRelease",
    "onlyRemovals",
    "tokenInDoubt",
    "tokenWithdrawn",
    "secretMissing",
    "addressMoved",
    "diskFull",
    "quarantined",
    "tooManyHeld",
  ].includes(code);
}

/** Why no more of a write is done than what it takes away: no release runs that has its connector. */
function onlyRemovals(operation: Operation, surroundings: Surroundings): Refused<"onlyRemovals"> | undefined {
  const { active, removals } = surroundings;
  if (!isResource(operation) || !removals) return undefined;
  const { connector } = operation;
  if (runtimeOf(surroundings, connector) !== removals.runtime) return undefined;
  const until = "is, only what takes access away is done";
  if (removals.notRun)
    return refused(
      "onlyRemovals",
      "what is stored cannot be trusted, or not be run by this version, and until a release is activated only what takes access away is done",
    );
  return refused(
    "onlyRemovals",
    active
      ? `the active release has no connector ${connector}, and until one ${until}`
      : `no release is active, and until one ${until}`,
  );
}

function performWhole(
  operation: Performable,
  surroundings: Surroundings,
  prepared: Prepared | undefined,
): Promise<Outcome> {
  switch (operation.kind) {
    case "user":
      return write(userWrites, operation, surroundings);
    case "group":
      return write(groupWrites, operation, surroundings, prepared);
    case "release":
      return changeRelease(operation, surroundings);
    case "account":
      return decideAccount(operation, surroundings);
    case "connector":
      return decideConnector(operation, surroundings);
    case "clock":
      return acceptClock(operation, surroundings);
    case "break-glass":
      return decideBreakGlass(operation, surroundings);
    case "quarantine":
      return endQuarantine(operation, surroundings);
  }
}

function isChanging(operation: Operation): operation is Changing {
  return operation.verb === "replace" || operation.verb === "modify";
}

async function write<R extends UserRow | GroupRow>(
  writes: ResourceWrites<R>,
  operation: ResourceOperation,
  surroundings: Surroundings,
  prepared?: Prepared,
): Promise<Outcome<R | null>> {
  const writing = writingOf(operation, surroundings, prepared);
  if (!writing) return refused("connectorUnknown", "the release has just changed: try again");
  if (operation.verb === "create") return writes.create(writing, operation.body);
  const there = await presentOf(writes, operation, writing);
  if (!there.ok) return there.error;
  switch (operation.verb) {
    case "replace":
      return writes.replace(writing, there.value, operation.body);
    case "modify":
      return writes.modify(writing, there.value, operation.body);
    case "delete":
      return writing.active.program.release.connectors[operation.connector]?.deletions === "never"
        ? withoutResource(await writes.retire(writing, there.value))
        : writes.delete(writing, there.value);
  }
}

/** What a change takes away, alone; undefined where there is nothing of that. */
async function takeAway<R extends UserRow | GroupRow>(
  writes: ResourceWrites<R>,
  operation: Changing,
  surroundings: Surroundings,
  prepared?: Prepared,
): Promise<Outcome<R> | undefined> {
  const writing = writingOf(operation, surroundings, prepared);
  if (!writing) return undefined;
  const there = await presentOf(writes, operation, writing);
  return there.ok ? writes.takeAway(writing, there.value, operation) : undefined;
}

/** Undefined where the active release does not have the connector. */
function writingOf(
  { connector }: ResourceOperation,
  surroundings: Surroundings,
  prepared: Prepared | undefined,
): Writing | undefined {
  const { store, now, clock, leave } = surroundings;
  const active = runtimeOf(surroundings, connector);
  return active && { directory: new Directory(store), active, now, clock, connector, prepared, leave };
}

/** Why a change is refused whatever it says, without being done; undefined where it is not. */
async function unfit(operation: Changing, surroundings: Surroundings): Promise<Refused | undefined> {
  const writing = writingOf(operation, surroundings, undefined);
  if (!writing) return refused("connectorUnknown", "the release has just changed: try again");
  const there =
    operation.kind === "user"
      ? await presentOf(userWrites, operation, writing)
      : await presentOf(groupWrites, operation, writing);
  return there.ok ? undefined : there.error;
}

/** Whether a change says nothing but what it takes away. */
function takesAwayOnly({ kind, verb, connector, body }: Changing, surroundings: Surroundings): boolean {
  if (verb !== "modify") return false;
  if (kind === "group") return patchOnlyRemoves(body);
  const root = nodeOf(runtimeOf(surroundings, connector)?.types.get(connector)?.user ?? userType);
  return patchIsOfActivity(body, root) && patchDeactivates(body, root).deactivates;
}

/** What an operation is about, if it is there and of the version that is asked for. */
async function presentOf<R extends UserRow | GroupRow>(
  writes: ResourceWrites<R>,
  { kind, connector, id, condition }: Exclude<ResourceOperation, { readonly verb: "create" }>,
  { directory }: Writing,
): Promise<Result<R, Refused>> {
  const present = await writes.find(directory, connector, id);
  // what is not there is not found, with and without a condition (RFC 9110, section 13.2.1)
  if (!present) return fail(refused("notFound", `there is no ${kind} ${id}`));
  if (condition && unmetCondition(condition, present.version))
    return fail(
      refused(
        "otherVersion",
        `the ${kind} is not of the version that the request asks for: its version is ${present.version}`,
      ),
    );
  return ok(present);
}

/** What is deleted is answered by nothing, also where it stays. */
const withoutResource = (outcome: Outcome): Outcome<null> =>
  outcome.kind === "done" ? { ...outcome, resource: null } : outcome;

async function changeRelease(
  operation: ReleaseOperation,
  surroundings: Surroundings,
): Promise<Outcome<Runtime | null>> {
  const by = nameOf(operation.actor);
  const before = { release: surroundings.active?.active.digest ?? null };
  if (operation.verb === "deactivate") {
    const ended = await deactivate(surroundings, operation.condition, by);
    if (!ended.ok) return refusedRelease(ended.error);
    const { digest } = ended.value.active;
    return {
      ...everythingChanges,
      resource: null,
      target: digest,
      effect: { of: "ended release", digest },
      difference: { before, after: { release: null } },
    };
  }
  if (operation.verb === "return") {
    const { body, condition: failed, because } = operation;
    const returned = await returnTo(surroundings, body, failed);
    if (!returned.ok) return refusedRelease(returned.error);
    const digest = returned.value?.active.digest ?? null;
    return {
      ...everythingChanges,
      resource: returned.value,
      target: digest ?? failed,
      effect: { of: "returned release", digest, failed, because },
      difference: { before, after: { release: digest } },
    };
  }
  const activated = await activate(surroundings, operation.body, operation.condition, by);
  if (!activated.ok) return refusedRelease(activated.error);
  const { runtime, verdict } = activated.value;
  const { digest, policyDigest, origin } = runtime.active;
  return {
    ...everythingChanges,
    resource: runtime,
    target: digest,
    effect: {
      of: "release",
      digest,
      policyDigest,
      author: origin.author,
      revision: origin.revision,
      preflight: origin.preflight,
      lose: verdict.lose,
      gain: verdict.gain,
      accepted: verdict.acceptance === "enough",
      overUntrusted: surroundings.untrusted !== undefined,
      approval: operation.body.approval && keptOf(operation.body.approval),
    },
    difference: { before, after: { release: digest } },
  };
}

const everythingChanges = { kind: "done", changes: "everything", ignored: [], warnings: [] } as const;

function refusedRelease({ code, detail, problems, rules }: RefusedActivation): Outcome<never> {
  return refused(code, detail, problems, rules);
}

/** What the history calls an actor: `admin:ci` is the token `ci`. */
function nameOf(actor: string): string {
  return actor.replace(/^admin:/, "");
}
