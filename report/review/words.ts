/** What the comment and the page say alike. */
import { placeName } from "../changes.ts";
import { count } from "../words.ts";
import { everybodyElse, percent } from "./effect.ts";
import type { AskedPeople, EffectPart } from "./people.ts";
import type { ReviewReport, RuleChange } from "./report.ts";

/** The first line: of which environment, and whether anything is known against it. */
export function titleOf({ environment }: ReviewReport): string {
  return `Review of ${environment}`;
}

/** How many of those with access lose, and how many people gain. */
export function describeShare({ accounts, lose, gain }: AskedPeople): string {
  const of =
    accounts > 0 && lose > 0 ? `, ${percent(lose, accounts)} of the ${number(accounts)} with access` : "";
  const losing =
    lose === 0 ? "Nobody loses a right" : `${count(lose, "account loses", "accounts lose")} a right${of}`;
  return `${losing}; ${gain === 0 ? "nobody gains" : count(gain, "gains", "gain")} one.`;
}

/** With what it is compared. */
export function describeBase({ digests }: ReviewReport): string {
  const { base, comparedWith, revision, absentAt, merged, active } = digests;
  const what =
    comparedWith === "active" ? "the active release" : `the files at revision ${revision ?? comparedWith}`;
  const none = base === null ? ", where there is no such environment" : "";
  const absent = absentAt === null ? "" : `, for there is no such environment at revision ${absentAt}`;
  const other = active === null ? "" : ". Another release is active, which a deploy would replace";
  const ofMerge = merged === null ? "" : `Of the merge of ${merged.replace("+", " and ")}. `;
  return `${ofMerge}Compared with ${comparedWith === "active" && base === null ? "no release: none is active" : `${what}${none}`}${absent}${other}.`;
}

/** A right at a place or in a whole repository, for a table. */
export function describeRight(right: EffectPart["before"], part: EffectPart): string {
  if (placeName(part) !== undefined) return right === "write" ? "push" : "no push";
  return right === null ? "nothing" : right === "write" ? "read and push" : "read";
}

/** The part of the repositories that a change is about, with what it belongs to. */
export function describePlace(place: Parameters<typeof placeName>[0]): string {
  const at = placeName(place);
  return at === undefined ? "" : `${at} of `;
}

/** Whom a rule is about. */
export function describeSubject({ subject }: RuleChange): string {
  return subject ?? everybodyElse;
}

/** What a group is most likely called. */
export function describeLikely({
  entry,
  connector,
  group,
  sent,
  losing,
  members,
}: AskedPeople["likely"][number]): {
  readonly named: string;
  readonly sentence: string;
} {
  return {
    named: `${connector}/${group}`,
    sentence: `${entry} names a group that ${connector} has not sent. It has sent ${sent}, and ${losing} of its ${members} members lose access: is that one meant?`,
  };
}

/** What comes when rules end, a line for each time and direction. */
export function laterLines(later: AskedPeople["later"]): string[] {
  return later.flatMap(({ at, lose, gain, accounts }) => {
    const when = new Date(at).toISOString();
    const names = accounts.length > 0 ? `: ${accounts.join(", ")}` : "";
    return [
      ...(lose > 0 ? [`${when}: ${count(lose, "account loses", "accounts lose")} a right${names}`] : []),
      ...(gain > 0 ? [`${when}: ${count(gain, "account gains", "accounts gain")} a right`] : []),
    ];
  });
}

/** That policy tests fail, or cannot be played: what a pipeline stops at as at a refusal. Null where all pass. */
export function describeFailing({ tests: { failed, broken } }: ReviewReport): string | null {
  if (broken.length > 0) return "Policy tests are broken, so that none was played";
  return failed.length > 0 ? count(failed.length, "policy test fails", "policy tests fail") : null;
}

/** Thousands with a comma between. */
export const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** What stands before the reason why a review has no line for an approval. */
export const noApproval = "There is no line for an approval";

/** What stands before what a change leaves without anybody. */
export const leftWithoutAnybody = "What this leaves without anybody, and what becomes of what is held";
