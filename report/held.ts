/** What is held, in words. */
import type { HeldDetail, HeldMoves, HeldSummary } from "../api/contract.ts";
import type { Verdict } from "../policy/constraints/change.ts";
import { describeVerdicts } from "./outcome.ts";
import { isoTime } from "./time.ts";
import { count, indented, paragraphs, printable } from "./words.ts";

/** What whoever asked for it is told: where it waits, why, and who decides. */
export function describeHeld({
  id,
  verdicts,
  owner,
  meanwhile,
}: {
  readonly id: string;
  readonly verdicts: readonly Verdict[];
  readonly owner: string | null;
  readonly meanwhile: "keep" | "suspend";
}): string {
  if (verdicts.length === 0) return `held as ${id}: it waits for what is held of the same resource before it`;
  const until = meanwhile === "suspend" ? "; until then whom it is about has no access" : "";
  if (owner === null) return `held as ${id}: ${describeVerdicts(verdicts)}${until}`;
  const why = describeVerdicts(verdicts.map(({ owner: _, ...verdict }) => verdict));
  return `held as ${id}, owner ${owner} decides: ${why}${until}`;
}

/** What somebody has to be told of it: names no person, and says first whether somebody stays in who may have left. */
export function describeHeldEvent({
  id,
  connector,
  rule,
  owner,
  removal,
  meanwhile,
  isOver,
}: {
  readonly id: string;
  readonly connector: string;
  readonly rule: string | null;
  readonly owner: string | null;
  readonly removal: number;
  readonly meanwhile: "keep" | "suspend";
  readonly isOver: boolean;
}): string {
  const what = `${removal ? "a removal" : "an addition or change"} by connector ${connector}`;
  const by = rule === null ? "what was held before it" : `constraint ${rule}`;
  const decides = owner === null ? "" : `, and ${owner} decides`;
  const told = isOver ? `has waited its time, held by ${by}${decides}` : `is held by ${by}${decides}`;
  if (isOver && !removal) return `${what} ${told}: it has lapsed, and nothing of it is done (${id})`;
  const access =
    meanwhile === "suspend"
      ? "whom it is about has no access meanwhile"
      : removal
        ? "whom it is about keeps access meanwhile"
        : "nothing of it is done meanwhile";
  return `${what} ${told}: it waits as ${id}, and ${access} (see hgscim held show)`;
}

/** Why a word about it counts for nothing: what is there instead of what was shown. */
export function describeChangedHold(
  id: string,
  { version, verdicts }: { readonly version: number | null; readonly verdicts: readonly Verdict[] },
): string {
  const resource =
    version === null ? "there is no resource yet, or none any more" : `the resource is of version ${version}`;
  const held = verdicts.length === 0 ? "it only waits for its turn" : describeVerdicts(verdicts);
  return `hold ${id} is not as it was shown: ${resource}; ${held} (expected the fingerprint that hgscim held show prints now)`;
}

/** What was decided. */
export function describeEnded(id: string, state: "approved" | "discarded"): string {
  return state === "approved"
    ? `hold ${id} is approved, and done`
    : `hold ${id} is discarded: nothing of it is done`;
}

/** The names of the columns of a list. */
export const heldRow = ["id", "operation", "whom", "constraint", "owner", "since", "waits for"];

/** A hold in the first of those columns: all but times. */
export function heldWhat(hold: HeldSummary): string[] {
  const { id, name, target, rules, owner } = hold;
  return [id, operationOf(hold), name ?? target ?? "", rules.join(", ") || "–", owner ?? "–"];
}

/** The operation, and whether it takes access away: a deactivation is a user.update as any other change is. */
function operationOf({ operation, removal }: HeldSummary): string {
  return removal ? `${operation}, removal` : operation;
}

/** For what a hold waits. */
export function describeWait({ waits, removal, expires }: HeldSummary): string {
  const what = {
    person: "a person",
    cause: "a person, or that its cause goes",
    turn: "what is held before it",
  }[waits];
  if (expires === null) return what;
  return `${what}; ${removal ? "told again" : "lapses"} ${isoTime(expires)}`;
}

/** One hold in full. */
export function heldText(hold: HeldDetail): string {
  const { id, state, connector, target, name, since, attempts, owner, fingerprint } = hold;
  const ending =
    hold.ended === null ? [] : [`ended        ${isoTime(hold.ended)} by ${hold.endedBy}: ${hold.reason}`];
  return paragraphs(
    [
      `hold         ${id} (${state})`,
      `asked for    ${operationOf(hold)} of connector ${connector}, ${count(attempts, "time", "times")} since ${isoTime(since)}`,
      `about        ${[name, target].filter((one) => one !== null).join(", ") || "a new resource"}`,
      ...(hold.state === "pending" ? [`waits for    ${describeWait(hold)}`] : []),
      ...(hold.state === "pending" && hold.suspends
        ? ["meanwhile    whom it is about has no access until it ends"]
        : []),
      ...(owner === null ? [] : [`owner        ${owner}`]),
      ...ending,
      `fingerprint  ${fingerprint}`,
    ].map(printable),
    hold.rules.map((rule, index) => printable(`constraint ${rule}: ${hold.reasons[index]}`)),
    hold.before.length > 0 ? ["comes after", ...indented(hold.before)] : [],
    movedText("would leave", hold.moves?.leave),
    movedText("would come in", hold.moves?.join),
    ["request", ...json(hold.request)],
    ["present", ...json(hold.present)],
  );
}

/** Who would move, each by name as far as there is one. */
function movedText(how: string, moved: HeldMoves["leave"] | undefined): string[] {
  if (!moved || moved.count === 0) return [];
  const names = moved.users.map(({ id, name }) => printable(name === null ? id : `${name}, ${id}`));
  const others = moved.count - names.length;
  return [`${how} (${moved.count})`, ...indented(others > 0 ? [...names, `and ${others} more`] : names)];
}

function json(value: unknown): string[] {
  if (value === null) return ["  nothing"];
  return indented(JSON.stringify(value, null, 2).split("\n").map(printable));
}
