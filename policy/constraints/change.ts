/** What constraints judge: a write, by what it makes of users and of people's access. */
import type { JudgedOperation, LimitedKind } from "../../model/environment/constraint/kinds.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Account, User } from "../user.ts";

/** An account and the groups that it is in: `connector/group`. */
export interface Holder {
  readonly account: string;
  readonly groups: ReadonlySet<string>;
}

/** What becomes of one account; null where there is none, before or after. */
export interface Transition {
  readonly before: Holder | null;
  readonly after: Holder | null;
  /** Whose account it is, by SCIM id. */
  readonly user: string;
}

/** A user who would have an account, as it would become. */
export interface WrittenUser {
  /** An update that gives a stored user an account, or another one, is a creation too; and who comes into a group joins it. */
  readonly operations: readonly JudgedOperation[];
  /** As it was stored; nothing for a new one. */
  readonly before: User | undefined;
  /** Whether they had an account, by whatever name. */
  readonly hadAccount: boolean;
  readonly after: User;
  readonly account: Account;
  /** The groups that the account would be in. */
  readonly groups: ReadonlySet<string>;
}

/** One write. */
export interface JudgedWrite {
  readonly connector: string;
  /**
   * The user who is written, or those who join a group: only who has an account then. A write that only takes access away
   * names nobody here, so that no rule about users keeps a leaver in.
   */
  readonly users: readonly WrittenUser[];
  readonly transitions: readonly Transition[];
  /** The key of a group that would no longer be there. */
  readonly deletedGroup?: string | undefined;
}

/** What a write changes, as limits count it. */
export type Counts = Readonly<Record<LimitedKind, number>>;

/** What is true when the write is done; asked only where a constraint needs it. */
export interface WriteFacts {
  /** How many accounts there are. */
  accounts(): Promise<number>;
  /**
   * How many accounts are one of these subjects: accounts by name, or members of groups as `connector/group`. From
   * `enough` on it may answer any number that is not less.
   */
  accountsAmong(subjects: readonly string[], enough: number): Promise<number>;
  /**
   * How many accounts are such ones, by all groups that they are in, derived ones too: everybody is looked at, until there are
   * enough. As `accountsAmong` it may answer any number that is not less.
   *
   * @param connector whose users alone can be; of all where it is absent
   */
  holders(isOne: (holder: Holder) => boolean, enough: number, connector?: string): Promise<number>;
  /** How much the writes of so long before this one changed: those of these connectors, or of all. */
  countWithin(
    kind: LimitedKind,
    span: Milliseconds,
    connectors: readonly string[] | undefined,
  ): Promise<number>;
}

/** A constraint that does not hold, and why. */
export interface Verdict {
  readonly constraint: string;
  readonly otherwise: "reject" | "hold" | "warn";
  readonly reason: string;
  /** Who answers for the constraint, where it says so. */
  readonly owner?: string;
}

export interface Decision {
  /** `overBudget`: an expression takes too many steps, so that nobody knows whether the constraint holds. */
  readonly outcome: "done" | "rejected" | "held" | "overBudget";
  /** In the order of the constraints' names; with `done`, those that only warn. */
  readonly verdicts: readonly Verdict[];
}

/** What a change changes: accounts that lose everything, memberships taken away, accounts with any difference. */
export function countsOf(transitions: readonly Transition[]): Counts {
  let [deactivations, removals, accessChanges] = [0, 0, 0];
  // once for each: a write may move very many
  for (const transition of transitions) {
    const { before, after } = transition;
    const lost = lostGroups(transition).length;
    if (before && !after) deactivations++;
    removals += lost;
    if (lost > 0 || before?.account !== after?.account || before?.groups.size !== after?.groups.size)
      accessChanges++;
  }
  return { deactivations, removals, accessChanges };
}

/** The groups that somebody was in and is in no more, an account that is gone included. */
export function lostGroups({ before, after }: Transition): string[] {
  return [...(before?.groups ?? [])].filter((group) => !after?.groups.has(group));
}
