/**
 * When a connector is quarantined, tried and let in again, as a pure rule over its writes.
 *
 * The share of those that failed is taken over the last hour, by twelfths. Once it is reached, and more than `above` failed, the
 * connector only takes away for `first`. Then a few writes are let through: where fewer than the share of them fail, it is over; else it begins
 * again, for twice as long, and for `max` at most.
 */
import { milliseconds } from "../../../model/duration.ts";
import type { Connector } from "../../../model/environment/connector.ts";
import type { Milliseconds, Time } from "../../../model/time.ts";
import type { CountedWrite } from "./counted.ts";

const minute: Milliseconds = 60_000;
const window: Milliseconds = 60 * minute;
const bucket: Milliseconds = 5 * minute;

/** How many writes are let through to try a connector. */
export const trialSize = 10;

export interface QuarantineRule {
  /** From 0 to 1. */
  readonly share: number;
  readonly above: number;
  readonly first: Milliseconds;
  readonly max: Milliseconds;
}

/** That of a connector; undefined where it has none. */
export function ruleOf(connector: Connector | undefined): QuarantineRule | undefined {
  if (!connector?.quarantine) return undefined;
  const { failures, above, first, max } = connector.quarantine;
  return {
    share: Number.parseInt(failures, 10) / 100,
    above,
    first: milliseconds(first),
    max: milliseconds(max),
  };
}

interface Counts {
  readonly writes: number;
  readonly failed: number;
}

interface Bucket extends Counts {
  readonly since: Time;
  readonly codes: Readonly<Record<string, number>>;
}

export interface Quarantined extends Counts {
  readonly since: Time;
  /** When it is tried. */
  readonly until: Time;
  /** How often in a row, from 1. */
  readonly round: number;
  /** By what most of those failed. */
  readonly code: string;
}

export interface QuarantineState {
  readonly buckets: readonly Bucket[];
  readonly quarantined?: Quarantined;
  /** Of the writes that were let through to try it. */
  readonly trial: Counts;
}

const none: Counts = { writes: 0, failed: 0 };
export const orderly: QuarantineState = { buckets: [], trial: none };

/** What a write makes of how a connector stands. */
export function afterWrite(
  { buckets, quarantined, trial }: QuarantineState,
  rule: QuarantineRule,
  { failed, code }: CountedWrite,
  at: Time,
): QuarantineState {
  const codes = failed ? { [code]: 1 } : {};
  if (!quarantined) {
    const counted = added(
      buckets.filter(({ since }) => since > at - window),
      { writes: 1, failed: Number(failed), codes },
      at,
    );
    const all = summed(counted);
    const isTooMuch = all.failed > rule.above && all.failed >= all.writes * rule.share;
    if (!failed || !isTooMuch) return { buckets: counted, trial: none };
    const { first } = rule;
    return {
      ...orderly,
      quarantined: { ...all, since: at, until: at + first, round: 1, code: mostly(counted) },
    };
  }
  // it was let in before it was quarantined, and came to its end after
  if (at < quarantined.until) return { buckets, quarantined, trial };
  const tried = { writes: trial.writes + 1, failed: trial.failed + Number(failed) };
  // as many as would be too much of a whole trial
  if (failed && tried.failed >= trialSize * rule.share) {
    const span = Math.min(rule.first * 2 ** quarantined.round, rule.max);
    const round = quarantined.round + 1;
    return { ...orderly, quarantined: { ...tried, since: quarantined.since, until: at + span, round, code } };
  }
  const isTried = tried.writes >= trialSize || (!failed && at - quarantined.until >= rule.first);
  return isTried ? orderly : { buckets, quarantined, trial: tried };
}

/** How a connector stands when the clock goes back: all of it is as old as before. */
export function setBack(
  { buckets, quarantined, trial }: QuarantineState,
  back: Milliseconds,
): QuarantineState {
  return {
    buckets: buckets.map((one) => ({ ...one, since: one.since - back })),
    ...(quarantined && {
      quarantined: { ...quarantined, since: quarantined.since - back, until: quarantined.until - back },
    }),
    trial,
  };
}

function added(buckets: readonly Bucket[], write: Omit<Bucket, "since">, at: Time): readonly Bucket[] {
  const since = Math.floor(at / bucket) * bucket;
  const last = buckets.at(-1);
  if (last?.since !== since) return [...buckets, { since, ...write }];
  const codes = { ...last.codes };
  for (const [code, count] of Object.entries(write.codes)) codes[code] = (codes[code] ?? 0) + count;
  const [writes, failed] = [last.writes + write.writes, last.failed + write.failed];
  return [...buckets.slice(0, -1), { since, writes, failed, codes }];
}

function summed(buckets: readonly Bucket[]): Counts {
  return buckets.reduce<Counts>(
    (sum, { writes, failed }) => ({ writes: sum.writes + writes, failed: sum.failed + failed }),
    none,
  );
}

function mostly(buckets: readonly Bucket[]): string {
  const codes = new Map<string, number>();
  for (const bucket of buckets)
    for (const [code, count] of Object.entries(bucket.codes)) codes.set(code, (codes.get(code) ?? 0) + count);
  return [...codes].sort(([, one], [, other]) => other - one)[0]?.[0] ?? "";
}
