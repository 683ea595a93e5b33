/**
 * Which of several connectors counts where they speak of one account: the one with the lowest number, also of somebody who is inactive
 * or out of scope there, for who has left there has left. Only who is not known to be the account's owner has no say yet: an
 * approver says first that the two are one person.
 */

/** A user whose account, by the mapping of a connector with a precedence, is one of which others speak too. */
export interface Speaker {
  readonly precedence: number;
  /** Whether the release gives them the account: they are active and in scope. */
  readonly wants: boolean;
  /** Whether it is nobody's, theirs, or passes to them by an approver's word. */
  readonly may: boolean;
  /** Whether they may be another person than was known. */
  readonly isDoubted: boolean;
}

/** Whether one speaker overrules another one, who has no account by that. */
export function overrules(one: Speaker, other: Speaker): boolean {
  const onlyWaits = one.wants && !one.may && !one.isDoubted;
  return one.precedence < other.precedence && !onlyWaits;
}
