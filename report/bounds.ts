/** Exceeded bounds in words: who, how many, which bound, and what to write into the environment file when it is meant. */

import type { Excess, Impact } from "../api/contract.ts";
import type { Accept } from "../model/environment/bounds.ts";

export type Judged = Pick<Impact, "from" | "accounts" | "lose" | "gain" | "excesses" | "acceptance">;

/** Whether the agent refuses a release for its bounds. A stale `accept` is refused even where no bound is exceeded. */
export function exceedsBounds({ excesses, acceptance }: Pick<Judged, "excesses" | "acceptance">): boolean {
  return acceptance === "stale" || (excesses.length > 0 && acceptance !== "enough");
}

/**
 * One sentence for each reason why a release is refused for its bounds; none when it is not.
 *
 * @param accept what was accepted, as the agent was told
 * @param most how many names a sentence lists before it only counts the rest
 */
export function boundsProblems(judged: Judged, accept: Accept | undefined, most = 10): string[] {
  if (!exceedsBounds(judged)) return [];
  const { from, excesses } = judged;
  const problems = excesses.map((excess) => describeExcess(excess, judged, most));
  if (accept && judged.acceptance === "stale")
    problems.push(
      `accept.from is ${accept.from}, but ${from ? `${from} is active` : "no release is active"}`,
    );
  if (accept && judged.acceptance === "short") problems.push(...shortages(accept, judged, most));
  return problems;
}

/** What to do about a release that is refused for its bounds. */
export function boundsAdvice(judged: Judged): string {
  return judged.excesses.length > 0
    ? `when that is meant, have it reviewed and write: accept: ${acceptText(judged)}`
    : "the release stays within the bounds: take accept out of the file";
}

/** The value of `accept` that covers exactly this, YAML on one line. */
export function acceptText({ from, lose, gain, excesses }: Judged): string {
  const named = protectedAccounts(excesses);
  const names = named.length > 0 ? `, protected: [${named.map(yamlText).join(", ")}]` : "";
  return `{ from: ${yamlText(from ?? "none")}, lose: ${lose}, gain: ${gain}${names} }`;
}

function describeExcess({ bound, of, limit, accounts, at }: Excess, judged: Judged, most: number): string {
  const theirs = `the active release ${bound === "lose" ? "allows" : "protects"} ${limit}${at ? `, ${at}` : ""}`;
  const rule = of === "proposed" ? `bounds.${bound} is ${limit}` : theirs;
  if (bound === "lose")
    return `${accounts.length} of ${judged.accounts} accounts with access lose a right: ${list(accounts, most)} (${rule})`;
  return `${list(accounts, most)} ${accounts.length === 1 ? "loses" : "lose"} a right in spite of a protected group (${rule})`;
}

function shortages(accept: Accept, { lose, gain, excesses }: Judged, most: number): string[] {
  const missing = protectedAccounts(excesses).filter((account) => !accept.protected.includes(account));
  return [
    ...(lose > accept.lose ? [`accept.lose is ${accept.lose}, and ${lose} lose a right`] : []),
    ...(accept.gain !== undefined && gain > accept.gain
      ? [`accept.gain is ${accept.gain}, and ${gain} gain a right`]
      : []),
    ...(missing.length > 0 ? [`accept.protected does not name ${list(missing, most)}`] : []),
  ];
}

const protectedAccounts = (excesses: readonly Excess[]): string[] =>
  [...new Set(excesses.flatMap(({ bound, accounts }) => (bound === "protected" ? accounts : [])))].sort();

/** A scalar that YAML reads as this text: plain where that is certain, else in quotes. */
function yamlText(text: string): string {
  return /^(?!(true|false|null|yes|no|on|off)$)[a-z][a-z0-9._@+-]*(:[0-9a-f]+)?$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function list(items: readonly string[], most: number): string {
  const shown = items.slice(0, most).join(", ");
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
