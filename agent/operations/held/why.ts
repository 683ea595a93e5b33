/** Why something is held, as a row has it and as an outcome says it. */
import { milliseconds } from "../../../model/duration.ts";
import { type Constraint, usualExpiry, waitsForPerson } from "../../../model/environment/constraint.ts";
import type { Release } from "../../../model/release.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { Verdict } from "../../../policy/constraints/change.ts";
import { describeHeld, describeHeldEvent } from "../../../report/held.ts";
import type { AlertEvent } from "../../alerts/event.ts";
import { heldSubject } from "../../alerts/held-subject.ts";
import { Directory } from "../../directory/directory.ts";
import { runtimeOf } from "../../releases/serving.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { isResource } from "../operation.ts";
import { type Held, rulesOf } from "../outcome.ts";
import { type HoldRow, verdictsOf } from "./holds.ts";
import type { Holdable } from "./stored.ts";
import { meanwhileOf } from "./suspensions.ts";

/** What a row says of why it waits, by the release that holds it. */
export function columnsOf(
  { verdicts, owner, isRemoval }: Held,
  {
    release,
    digest,
    now,
  }: { readonly release: Release | undefined; readonly digest: string | null; readonly now: Time },
) {
  const constraints = verdicts.flatMap(({ constraint }) => release?.constraints[constraint] ?? []);
  const isWorded = constraints.some(waitsForPerson);
  return {
    verdicts: JSON.stringify(verdicts),
    rule: verdicts.length > 0 ? rulesOf(verdicts).join(" ") : null,
    owner,
    waits: verdicts.length === 0 ? ("turn" as const) : isWorded ? ("person" as const) : ("cause" as const),
    removal: isRemoval ? 1 : 0,
    meanwhile: meanwhileOf(constraints),
    // what only waits for its turn is there for as long as what is before it
    expires: verdicts.length === 0 ? null : now + expiryOf(constraints),
    release: digest,
  };
}

/** Whether a release runs whose constraints judge it: nothing else keeps anybody in, and that there is none decides about nothing. */
export async function isJudged(operation: Holdable, here: Surroundings): Promise<boolean> {
  const { active, store } = here;
  if (!active) return false;
  const isOfActive = ({ connector }: { readonly connector: string }) => runtimeOf(here, connector) === active;
  if (isResource(operation)) return isOfActive(operation);
  const { users } = new Directory(store);
  if (operation.verb === "confirm") {
    const user = await users.byId(operation.user);
    return !user || isOfActive(user);
  }
  // where nobody would get the account any more, the word would be about something else than was held
  const waiting = await users.withheld(operation.id);
  return waiting.length > 0 && waiting.every(isOfActive);
}

/** After how long somebody is told again: the shortest time that one of the constraints says. */
export function expiryOf(constraints: readonly Constraint[]): Milliseconds {
  const spans = constraints.map(({ expires = usualExpiry }) => milliseconds(expires));
  return spans.length > 0 ? Math.min(...spans) : milliseconds(usualExpiry);
}

/** The outcome of an operation that waits as a row. */
export function heldAs(row: Pick<HoldRow, "id" | "verdicts" | "owner" | "removal" | "meanwhile">): Held {
  const verdicts = verdictsOf(row);
  const { id, owner, removal, meanwhile } = row;
  return {
    kind: "held",
    code: "held",
    detail: describeHeld({ id, verdicts, owner, meanwhile }),
    problems: [],
    rules: rulesOf(verdicts),
    verdicts,
    owner,
    id,
    ...(removal === 1 && { isRemoval: true as const }),
  };
}

/** Why a change waits for what is held of the same resource. */
export function heldBehind({ id }: Pick<HoldRow, "id">): Held {
  const detail = `held: it waits for what is held of the same resource before it, as ${id}`;
  return { kind: "held", code: "held", detail, problems: [], rules: [], verdicts: [], owner: null };
}

/** What somebody has to be told when something is held, or has been for long. Events of one constraint are one matter. */
export function heldEvent(
  row: Pick<HoldRow, "id" | "connector" | "rule" | "owner" | "removal" | "verdicts" | "meanwhile">,
  { what, target, isOver }: { readonly what: string; readonly target: string; readonly isOver: boolean },
): AlertEvent {
  const { id, connector, owner, meanwhile } = row;
  const rule = row.rule ?? "";
  const verdicts: readonly Verdict[] = verdictsOf(row);
  return {
    kind: "held",
    ...(connector !== "" && { connector }),
    ...(rule !== "" && { rule }),
    ...(owner !== null && { owner }),
    subject: heldSubject({ isOver, isRemoval: row.removal === 1, rule }),
    summary: describeHeldEvent({ ...row, isOver }),
    detail: `${what} of ${target} ${isOver ? "has waited its time" : "is held"}: ${describeHeld({ id, verdicts, owner, meanwhile })}`,
  };
}
