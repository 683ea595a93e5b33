/**
 * What time it is for the agent, as a pure rule over two clocks: the system's, which anybody may set, and the time that the
 * system has been up, which only goes on. The agent's time follows the first as far as the second bears it out, and never goes
 * back; what is beyond that is in doubt until an approver says so, or the system's clock is right again.
 */
import type { Milliseconds, Time } from "../../model/time.ts";

const minute: Milliseconds = 60_000;

/** How far the system's clock may be from what is measured: it is corrected by steps when a host starts. */
export const clockSlack: Milliseconds = 5 * minute;

/** Of what is measured, how much the measure may be wrong: quartz is ten times as good. */
const drift = 1 / 1_000;

/**
 * How far the system's clock may go ahead at once: a host that sleeps, or an agent that is stopped, measures nothing. What
 * goes ahead only ends lifetimes, and counts for no soak.
 */
export const longestGap: Milliseconds = 7 * 24 * 60 * minute;

/** How much of what went ahead is forgiven for what is measured since: a host that runs 42 hours of a week may sleep the rest. */
const forgiven = 3;

/** What the two clocks say at a moment. */
export interface ClockLook {
  readonly system: Time;
  /** Since any moment; it goes on evenly while the host is awake. */
  readonly uptime: Milliseconds;
}

export interface ClockState {
  /** The agent's time: never before what it was. */
  readonly time: Time;
  /** What the time is by what was measured, drawn to the system's clock as slowly as that may drift; with fractions. */
  readonly reference: Time;
  /** That of the last look. */
  readonly uptime: Milliseconds;
  /** For how long an agent has run on this store, as it was measured. */
  readonly measured: Milliseconds;
  /** How much it went ahead by gaps, but for what is forgiven: many are no more than the longest one. */
  readonly gaps: Milliseconds;
}

/** How the system's clock stands to what is measured: it agrees; it went ahead by a gap; or it cannot be right. */
export type ClockVerdict =
  | { readonly kind: "agrees" }
  | { readonly kind: "gap"; readonly span: Milliseconds }
  | { readonly kind: "doubt" };

interface Judged {
  readonly state: ClockState;
  readonly verdict: ClockVerdict;
}

const agrees: ClockVerdict = { kind: "agrees" };
const doubt: ClockVerdict = { kind: "doubt" };

/** Looks at the clocks again: several times for each request, so that each part is named once and nothing is spread. */
export function readClock(state: ClockState, { system, uptime: up }: ClockLook): Judged {
  const elapsed = Math.max(0, up - state.uptime);
  const expected = state.reference + elapsed;
  const ahead = system - expected;
  const left = Math.max(0, state.gaps - elapsed * forgiven);
  const uptime = Math.max(up, state.uptime);
  const measured = state.measured + elapsed;
  if (ahead < -clockSlack || ahead > Math.max(clockSlack, longestGap - left)) {
    const time = Math.max(state.time, Math.floor(expected));
    return { state: { time, reference: expected, uptime, measured, gaps: left }, verdict: doubt };
  }
  const isGap = ahead > clockSlack;
  const pull = isGap ? ahead : Math.min(Math.max(ahead, -elapsed * drift), elapsed * drift);
  const time = Math.max(state.time, system);
  const gaps = isGap ? left + ahead : left;
  return {
    state: { time, reference: expected + pull, uptime, measured, gaps },
    verdict: isGap ? { kind: "gap", span: ahead } : agrees,
  };
}

/**
 * What outlives a process. The time that a host is up does not: another one, or the next start, counts from elsewhere. What the
 * time is by what was measured does, or each start would begin the slack anew.
 */
export type KeptClock = Omit<ClockState, "uptime">;

/** What is known at a time of which nobody knows more. */
export function clockAt(time: Time, measured: Milliseconds): KeptClock {
  return { time, reference: time, measured, gaps: 0 };
}

/** The first look of a process. What passed since the last one ended is a gap. */
export function startClock(kept: KeptClock | undefined, look: ClockLook): Judged {
  return readClock({ ...(kept ?? clockAt(look.system, 0)), uptime: look.uptime }, look);
}

/** The agent's time is another one from now on, by an approver's word: the one way in which it goes back. */
export function setClock<State extends KeptClock>(state: State, time: Time): State {
  return { ...state, ...clockAt(time, state.measured) };
}

/** What those who judge by time are told. */
export interface ClockReading {
  /** The agent's time. */
  readonly now: Time;
  readonly clock: {
    /** What the system's clock says. */
    readonly system: Time;
    /** For how long an agent has run on this store, in whole milliseconds. */
    readonly measured: Milliseconds;
    /** Whether the system's clock cannot be right, or the agent's own time is not. */
    readonly inDoubt: boolean;
  };
}

/** The later of the two clocks, where they are in doubt: what has ended by it may have ended. */
export function latestOf({ now, clock: { system, inDoubt } }: ClockReading): Time {
  return inDoubt ? Math.max(now, system) : now;
}

/**
 * The times that it may be for others: the system's; in doubt first the agent's own, since it is mostly the system's clock that jumped
 * and nobody else's.
 */
export function timesOf({ now, clock: { system, inDoubt } }: ClockReading): readonly [Time, ...Time[]] {
  return inDoubt ? [now, system] : [system];
}

/** A time that nobody doubts, as in a rehearsal. */
export function undoubted(now: Time): ClockReading {
  return { now, clock: { system: now, measured: 0, inDoubt: false } };
}
