/**
 * What comes of an operation, as a value: done, refused or held. The answer to the client, the audit row, the access file's
 * change and a policy test's decision are each made from it; nobody reads a sentence to learn what happened.
 */
import type { RefusalCode } from "../../api/codes.ts";
import type { Release } from "../../model/release.ts";
import type { Verdict } from "../../policy/constraints/change.ts";
import { type DoneFacts, describeVerdicts } from "../../report/outcome.ts";
import type { ScimError } from "../../scim/error.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { AwaitedRemoval } from "../directory/awaited.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";

export type Outcome<T = unknown> = Done<T> | Rejection;

/** It is stored, and from the commit on enforced. */
export interface Done<T> extends DoneFacts {
  readonly kind: "done";
  /** What is there now: the row of a user or group, a release made ready; null for what is gone. */
  readonly resource: T;
  /** Its name: a SCIM id, a digest, an account. */
  readonly target: string;
  /** What changes in the access file: everything, when another release is active from now on. */
  readonly changes: readonly AccessEdit[] | "everything";
  /** What changes in it besides, and is too much for one commit. */
  readonly moves?: RosterMove;
  /** What was, and what is instead: the attributes that differ, the account, and memberships that came or went. */
  readonly difference: WrittenDifference;
  readonly undone?: Rejection;
  /** Whether it is all that was asked for: nothing is left by what `undone` says, and only it was let through. */
  readonly isAllAsked?: true;
}

/** The groups of the access file that a write of very many members has changed. */
export interface RosterMove {
  readonly connector: string;
  readonly groups: readonly MovedGroup[];
}

/** A group of the access file, and which stored ones it is: another one may have the name by the time that is looked at. */
export interface MovedGroup {
  readonly key: string;
  readonly name: string;
  readonly isTwin: boolean;
}

export interface WrittenDifference {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** Nothing has changed. `detail` is for people: what is wrong and what was expected, never a secret. */
export type Rejection<C extends RefusalCode = RefusalCode> = Refused<C> | Held;

export interface Refused<C extends RefusalCode = RefusalCode> {
  readonly kind: "refused";
  readonly code: C;
  readonly detail: string;
  /** What is wrong in particular, where there is more than one thing. */
  readonly problems: readonly string[];
  /** The constraints or bounds that are the reason. */
  readonly rules: readonly string[];
  /** The attribute that is wrong, or the expression that cannot be evaluated; absent where it is no one's. */
  readonly attribute?: string;
}

/** A constraint wants somebody to approve it first. */
export interface Held {
  readonly kind: "held";
  readonly code: "held";
  readonly detail: string;
  readonly problems: readonly string[];
  readonly rules: readonly string[];
  /** None where it only waits for what is held before it. */
  readonly verdicts: readonly Verdict[];
  /** Who decides. */
  readonly owner: string | null;
  /** Whether what it takes away is held too. */
  readonly isRemoval?: true;
  /** Whether it was asked for before, and waits already. */
  readonly isRepeated?: true;
  /** Who would come into a group by it, by SCIM id. */
  readonly joining?: readonly string[];
  /** What it would take away, where a limit holds it. */
  readonly taking?: readonly AwaitedRemoval[];
  /** The row where it waits, by its id; absent before it is stored, and where nothing is, as in a rehearsal. */
  readonly id?: string;
}

/** Nothing differs. */
export const noDifference: WrittenDifference = { before: {}, after: {} };

/** A row is asked to become what it is; what is ignored is told all the same. */
export function nothingChanged<R extends { readonly id: string }>(
  row: R,
  ignored: readonly string[],
): Done<R> {
  return {
    kind: "done",
    resource: row,
    target: row.id,
    changes: [],
    effect: { of: "nothing" },
    ignored,
    warnings: [],
    difference: noDifference,
  };
}

/** A refusal. */
export function refused<C extends RefusalCode>(
  code: C,
  detail: string,
  problems: readonly string[] = [],
  rules: readonly string[] = [],
): Refused<C> {
  return { kind: "refused", code, detail, problems, rules };
}

/** What SCIM's language says is wrong, as a refusal of the operation. */
export function refusedBy({ code, detail, attribute }: ScimError): Refused<ScimError["code"]> {
  return { ...refused(code, detail), ...(attribute !== undefined && { attribute }) };
}

/** A refusal for constraints that do not hold. */
export function refusedFor<C extends RefusalCode>(code: C, verdicts: readonly Verdict[]): Refused<C> {
  return refused(code, describeVerdicts(verdicts), [], rulesOf(verdicts));
}

/** A hold for constraints of a release that do not hold. */
export function held(verdicts: readonly Verdict[], { constraints }: Pick<Release, "constraints">): Held {
  const owners = new Set(verdicts.flatMap(({ constraint }) => constraints[constraint]?.owner ?? []));
  return heldBy(verdicts, owners.size > 0 ? [...owners].join(", ") : null);
}

/** The same where its owner is known. */
export function heldBy(verdicts: readonly Verdict[], owner: string | null): Held {
  const detail = `held: ${describeVerdicts(verdicts)}`;
  return { kind: "held", code: "held", detail, problems: [], rules: rulesOf(verdicts), verdicts, owner };
}

/** The names of the constraints of verdicts. */
export function rulesOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ constraint }) => constraint);
}
