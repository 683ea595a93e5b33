/** Impact in words and numbers, for people who do not know Terraform. */
import type { Impact } from "../api/contract.ts";
import { changeKinds, placeName, placesOf } from "./changes.ts";
import { whyWithheld } from "./outcome.ts";
import { isoTime } from "./time.ts";
import { count, inSentence, listed } from "./words.ts";

type Change = Impact["changes"][number];

export interface DescribedImpact {
  /** One sentence with the numbers: `2 accounts lose push on 1 repository; 1 account gains read on 3 repositories`. */
  readonly summary: string;
  /** A line for each set of people and repositories that change alike. */
  readonly lines: readonly string[];
}

/** Words for an impact. */
export function describeImpact({
  changes,
  gone = [],
  later = [],
  unlisted,
}: Pick<Impact, "changes" | "unlisted"> & Partial<Pick<Impact, "gone" | "later">>): DescribedImpact {
  if (unlisted)
    return {
      summary: "nobody can say who gains or loses access, since repositories cannot be listed",
      lines: [],
    };
  const atTheEnd = describeLater(later);
  if (changes.length === 0)
    return {
      summary: ["nobody gains or loses access", ...atTheEnd.sentences].join(" now; "),
      lines: atTheEnd.lines,
    };
  const sentences: string[] = [];
  const lines: string[] = [];
  for (const { words, of } of changeKinds) {
    const alike = changes.filter(of);
    if (alike.length === 0) continue;
    const accounts = new Set(alike.map(({ account }) => account));
    const repositories = new Set(alike.map(({ repository }) => repository));
    const places = byPlace(alike);
    const verb = accounts.size === 1 ? words[0] : words[1];
    sentences.push(
      `${count(accounts.size, "account", "accounts")} ${verb} ${placesOf([...places.keys()])}${count(repositories.size, "repository", "repositories")}`,
    );
    for (const [place, there] of places)
      for (const [names, where] of byAccounts(there)) {
        const [who, which] = [names.split(" "), [...where].sort()];
        lines.push(
          `${listed(who)} ${who.length === 1 ? words[0] : words[1]} ${placesOf([place])}${listed(which.map(inSentence))}`,
        );
      }
  }
  return {
    summary: [...sentences, ...atTheEnd.sentences].join("; "),
    lines: [...lines, ...atTheEnd.lines, ...describeGone(gone)],
  };
}

/** What comes when rules end: at most one sentence with the number, and a line for each moment. */
export function describeLater(later: Impact["later"]): { sentences: string[]; lines: string[] } {
  const losing = later.flatMap(({ lose }) => lose).length;
  const gaining = later.reduce((sum, { gain }) => sum + gain, 0);
  const parts = [
    ...(losing > 0 ? [`${count(losing, "account loses", "accounts lose")} a right`] : []),
    ...(gaining > 0 ? [`${count(gaining, "account gains", "accounts gain")} one`] : []),
  ];
  return {
    sentences: parts.length > 0 ? [`${parts.join(" and ")} when a rule ends`] : [],
    lines: later.flatMap(({ at, lose, gain }) => [
      ...(lose.length > 0
        ? [`${listed(lose)} ${lose.length === 1 ? "loses" : "lose"} a right at ${isoTime(at)}`]
        : []),
      ...(gain > 0 ? [`${count(gain, "account gains", "accounts gain")} a right at ${isoTime(at)}`] : []),
    ]),
  };
}

/** A line about repositories that count though they are not there now; none where all are. */
function describeGone(gone: readonly string[]): string[] {
  if (gone.length === 0) return [];
  const words =
    gone.length === 1
      ? "is not there now, and counts as when it was"
      : "are not there now, and count as when they were";
  return [`${listed(gone.map(inSentence))} ${words}: is a volume not mounted?`];
}

/** How many people have access before the change, whose impact it is. */
export function describeBefore({ accounts }: Pick<Impact, "accounts">): string {
  return `Before it, ${count(accounts, "account has", "accounts have")} access.`;
}

/** A line for each user who does not get the account that the release makes of them, and the way out; none for nobody. */
export function describeWaiting({ withheld }: Pick<Impact, "withheld">, environment: string): string[] {
  if (withheld.length === 0) return [];
  return [
    ...withheld.map(
      ({ connector, user, account, because }) =>
        `user ${connector}/${user} does not get ${account === undefined ? "an account" : `account ${account}`}: ${whyWithheld[because]}`,
    ),
    `an approver says whose an account is, once the release is active: hgscim owners ${environment} --withheld`,
  ];
}

/** A line for each part of a release that has no effect on the host as it is; none where all of it has. */
export function describeIneffective({
  unmatched,
  unsent,
  ended,
  nearMisses,
}: Pick<Impact, "unmatched" | "unsent" | "ended" | "nearMisses">): string[] {
  return [
    ...unmatched.map((pattern) => `${pattern} matches no repository`),
    ...unsent,
    ...ended,
    ...nearMisses,
  ];
}

/** The lines of `describeIneffective` in a few words. */
export function summarizeIneffective(lines: readonly string[]): string {
  const parts =
    lines.length === 1 ? "a part of this release has" : `${lines.length} parts of this release have`;
  return `${parts} no effect here`;
}

/** Changes by place; those of whole repositories stand at undefined. */
function byPlace(changes: readonly Change[]): Map<string | undefined, Change[]> {
  const places = new Map<string | undefined, Change[]>();
  for (const change of changes) {
    const place = placeName(change);
    const there = places.get(place);
    if (there) there.push(change);
    else places.set(place, [change]);
  }
  return places;
}

/** Repositories by the accounts that change there, so that a team's change is one line and not a thousand. */
function byAccounts(changes: readonly Change[]): Map<string, string[]> {
  const accounts = new Map<string, string[]>();
  for (const { repository, account } of changes)
    accounts.set(repository, [...(accounts.get(repository) ?? []), account]);
  const groups = new Map<string, string[]>();
  for (const [repository, names] of accounts) {
    const key = names.sort().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), repository]);
  }
  return groups;
}
