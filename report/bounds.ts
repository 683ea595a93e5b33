/** Exceeded bounds in words: who, how many, which bound, and what to write into the environment file when it is meant. */

import type { Excess, Impact } from "../api/contract.ts";
import { canonicalJson } from "../model/canonical.ts";
import type { Accept, Bounds } from "../model/environment/bounds.ts";
import { digestOrNone } from "./release.ts";
import { capitalized, listed } from "./words.ts";

const whenMeant = "when that is meant, have it reviewed and";
const staysWithinBounds = "the release stays within the bounds: take accept out of the file";

/** What an agent says of a release and its bounds. */
export type Judged = Pick<Impact, "from" | "accounts" | "lose" | "gain" | "excesses" | "acceptance">;

/** Whether the agent refuses a release for its bounds. A stale `accept` is refused even where no bound is exceeded. */
export function exceedsBounds({ excesses, acceptance }: Pick<Judged, "excesses" | "acceptance">): boolean {
  return acceptance === "stale" || (excesses.length > 0 && acceptance !== "enough");
}

/**
 * One sentence for each reason why a release is refused for its bounds; none when it is not.
 *
 * @param accept what was accepted, as the agent was told
 */
export function boundsProblems(judged: Judged, accept: Accept | undefined): string[] {
  if (!exceedsBounds(judged)) return [];
  const { from, excesses } = judged;
  const problems = excesses.map((excess) => describeExcess(excess, judged));
  if (accept && judged.acceptance === "stale")
    problems.push(
      `accept.from is ${accept.from}, but ${from ? `${from} is active` : "no release is active"}`,
    );
  if (accept && judged.acceptance === "short") problems.push(...shortages(accept, judged));
  return problems;
}

/** In a few words why a release is refused for its bounds. */
export function boundsVerdict({ excesses }: Judged): string {
  return excesses.length > 0
    ? "more people would lose access than its bounds allow"
    : "accept is about another release";
}

/** What to do about a release that is refused for its bounds, in one sentence. */
export function boundsAdvice(judged: Judged): string {
  return judged.excesses.length > 0 ? `${whenMeant} write: accept: ${acceptText(judged)}` : staysWithinBounds;
}

/** The same for somebody who edits the environment file: what is to be pasted there stands on a line of its own. */
export function boundsAdviceForFile(judged: Judged): string[] {
  return judged.excesses.length > 0
    ? [`${capitalized(whenMeant)} write into the environment file:`, `  accept: ${acceptText(judged)}`]
    : [`${capitalized(staysWithinBounds)}.`];
}

/** The same for somebody at the command line, where `accept` is an option. */
export function boundsAdviceForCommand(judged: Judged): string {
  return `${capitalized(whenMeant)} add: --accept '${acceptText(judged)}'`;
}

/** Why an `accept` is not needed, and what to do about it. */
export const unneededAccept = {
  "within bounds": staysWithinBounds,
  "no change":
    "it counted once, and nothing changes now: take accept out of the file, where it would stop the next change",
} as const;

/** The value of `accept` that covers exactly this, YAML on one line. */
export function acceptText({ from, lose, gain, excesses }: Judged): string {
  const named = protectedAccounts(excesses);
  const names = named.length > 0 ? `, protected: [${named.map(yamlText).join(", ")}]` : "";
  return `{ from: ${yamlText(digestOrNone(from))}, lose: ${lose}, gain: ${gain}${names} }`;
}

/** How the bounds that are active would change, in the words of the environment file; undefined where they stay. */
export function describeBoundsChange(
  active: Bounds | undefined,
  next: Bounds | undefined,
): string | undefined {
  const words = (bounds: Bounds | undefined) => (bounds ? canonicalJson(bounds) : "the default ones");
  const [before, after] = [words(active), words(next)];
  return before === after ? undefined : `from ${before} to ${after}`;
}

function describeExcess(excess: Excess, judged: Judged): string {
  const { bound, accounts } = excess;
  const rule = describeRule(excess);
  if (bound === "lose")
    return `${accounts.length} of ${judged.accounts} accounts with access lose a right: ${listed(accounts)} (${rule})`;
  return `${listed(accounts)} ${accounts.length === 1 ? "loses" : "lose"} a right in spite of a protected group (${rule})`;
}

/** Which bound it is, and whose. */
function describeRule({ bound, of, limit, byDefault, at }: Excess): string {
  if (byDefault)
    return `${of === "proposed" ? "" : "the active release names no bounds: "}by default ${limit}`;
  if (of === "proposed") return `bounds.${bound} is ${limit}`;
  return `the active release ${bound === "lose" ? "allows" : "protects"} ${limit}${at ? `, ${at}` : ""}`;
}

function shortages(accept: Accept, { lose, gain, excesses }: Judged): string[] {
  const missing = protectedAccounts(excesses).filter((account) => !accept.protected.includes(account));
  return [
    ...(lose > accept.lose ? [`accept.lose is ${accept.lose}, and ${lose} lose a right`] : []),
    ...(accept.gain !== undefined && gain > accept.gain
      ? [`accept.gain is ${accept.gain}, and ${gain} gain a right`]
      : []),
    ...(missing.length > 0 ? [`accept.protected does not name ${listed(missing)}`] : []),
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
