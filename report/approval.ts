/** What is beyond an approval, in words. */
import type { TimedEffect } from "../policy/named-effect.ts";
import { describeImpact } from "./impact.ts";
import { isoTime } from "./time.ts";
import { count } from "./words.ts";

/** Of how many accounts it is told what would happen to them; the others are counted. */
const mostAccounts = 10;

export interface DescribedBeyond {
  readonly summary: string;
  /** Who would lose or gain what, at once and from later moments on. */
  readonly lines: readonly string[];
}

/** Words for what would happen and was not approved. */
export function describeBeyond(beyond: readonly TimedEffect[]): DescribedBeyond {
  const accounts = new Set(beyond.flatMap(({ groups }) => groups.flatMap(({ accounts }) => accounts)));
  const shown = new Set([...accounts].slice(0, mostAccounts));
  const lines = beyond.flatMap(({ from, groups }) => {
    const changes = groups.flatMap(({ accounts, changes }) =>
      accounts
        .filter((account) => shown.has(account))
        .flatMap((account) => changes.map((change) => ({ account, ...change }))),
    );
    if (changes.length === 0) return [];
    const when = from === null ? "" : `from ${isoTime(from)} on: `;
    return describeImpact({ changes }).lines.map((line) => `${when}${line}`);
  });
  const others = accounts.size - shown.size;
  return {
    summary: `${count(accounts.size, "account", "accounts")} would lose or gain what was not approved`,
    lines: others > 0 ? [...lines, `and ${count(others, "account", "accounts")} more`] : lines,
  };
}
