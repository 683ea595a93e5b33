/** Who gains and loses what, where, and because of which entries: what an agent answers, as a report tells it. */
import type { Review } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";
import type { EffectChange } from "../../policy/effect.ts";
import { keyOfPlace, type Place } from "../../policy/places.ts";
import { describeWaiting } from "../impact.ts";
import { type ComparedReleases, causesOf } from "./causes.ts";

export interface AskedPeople {
  /** How many have access before. */
  readonly accounts: number;
  readonly lose: number;
  readonly gain: number;
  /** Those to whom the same happens, in one. */
  readonly effect: readonly PeopleAlike[];
  readonly groups: Review["groups"];
  readonly likely: Review["likely"];
  /** What comes when rules end. */
  readonly later: readonly {
    readonly at: Time;
    readonly lose: number;
    readonly gain: number;
    /** Who loses; none where the machine does not tell names. */
    readonly accounts: readonly string[];
  }[];
  /** Repositories that count though they are not there now. */
  readonly gone: readonly string[];
  /** Who does not get the account that the release makes of them, a line each. */
  readonly withheld: readonly string[];
}

/** To all of whom the same happens. */
export interface PeopleAlike {
  readonly people: number;
  /** Their names; none where the machine does not tell names. */
  readonly accounts: readonly string[];
  /** Whether some of them are in other groups, come or go. */
  readonly moved: boolean;
  readonly parts: readonly EffectPart[];
}

/** A right that becomes another one in several repositories, because of the same entries. */
export interface EffectPart extends Place, Pick<EffectChange, "before" | "after"> {
  readonly repositories: readonly string[];
  /** By their names, as in `entries` of the report. */
  readonly because: readonly string[];
}

/**
 * What an agent's answer says of people.
 *
 * @param named whether they have names
 */
export function peopleOf(review: Review, compared: ComparedReleases, named: boolean): AskedPeople {
  const { accounts, lose, gain, effect, groups, likely, later, gone } = review;
  const causes = causesOf(compared);
  return {
    accounts,
    lose,
    gain,
    effect: effect.map(({ accounts, moved, changes }) => ({
      people: accounts.length,
      accounts: named ? accounts : [],
      moved,
      parts: partsOf(changes, (repository) => causes(repository, moved)),
    })),
    groups,
    likely,
    later: later.map(({ at, lose, gain }) => ({ at, lose: lose.length, gain, accounts: named ? lose : [] })),
    gone,
    withheld: named ? describeWaiting(review, compared.after.environment) : [],
  };
}

function partsOf(
  changes: readonly EffectChange[],
  becauseOf: (repository: string) => readonly string[],
): EffectPart[] {
  const parts = new Map<string, EffectPart & { readonly repositories: string[] }>();
  for (const { repository, before, after, ...place } of changes) {
    const because = becauseOf(repository);
    const key = JSON.stringify([keyOfPlace(place), before, after, because]);
    const part = parts.get(key);
    if (part) part.repositories.push(repository);
    else parts.set(key, { ...place, before, after, repositories: [repository], because });
  }
  return [...parts.values()];
}
