/** How far the switch from one admin token to the other is, by when each came last. */
import type { TokenList } from "../../api/contract.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";

type Admin = NonNullable<TokenList["admin"]>;

export interface TokenProgress {
  /** Whether the old one can be withdrawn. */
  readonly isOver: boolean;
  readonly text: string;
  /** Why not. */
  readonly reason: string;
  /** For machines. */
  readonly shown: { readonly old: object; readonly new: object; readonly reason: string | null };
}

/** Whether the agent takes these hashes of a name, in this order, and no others. */
export function areTaken(admin: Admin, name: string, hashes: readonly string[]): boolean {
  const theirs = admin.filter((one) => one.name === name);
  return (
    theirs.length === hashes.length &&
    theirs.every(({ hash }, index) => hash !== undefined && hashes[index]?.startsWith(hash))
  );
}

/** Of the two, at this time of the agent's. */
export function tokenProgress(
  admin: Admin,
  name: string,
  hashes: readonly string[],
  quiet: Milliseconds,
  now: Time,
): TokenProgress {
  const [old, young] = hashes.map((hash) =>
    admin.find((one) => one.name === name && one.hash !== undefined && hash.startsWith(one.hash)),
  );
  const last = Math.max(old?.used?.at ?? old?.since ?? now, young?.since ?? now);
  const left = quiet - (now - last);
  const reason =
    young?.used == null
      ? "nobody has come with the new token"
      : left > 0
        ? `the old one has to be quiet for another ${describeDuration(left)} (of ${describeDuration(quiet)})`
        : "";
  return {
    isOver: reason === "",
    text: `old one ${lastUse(old, now)}; new one ${lastUse(young, now)}${reason && `; ${reason}`}`,
    reason,
    shown: { old: shownOf(old), new: shownOf(young), reason: reason || null },
  };
}

/** When and from where it came last. */
export function lastUse(one: Admin[number] | undefined, now: Time): string {
  if (!one) return "not known to the agent";
  return one.used
    ? `last used ${describeDuration(now - one.used.at)} ago from ${one.used.from}`
    : `not used since ${isoTime(one.since)}`;
}

function shownOf(one: Admin[number] | undefined): object {
  return {
    since: one ? isoTime(one.since) : null,
    used: one?.used ? { at: isoTime(one.used.at), from: one.used.from } : null,
  };
}
