/**
 * What an effect has named, and what of another one is beyond it. Rights are lost and gained one by one: who loses write and read
 * loses each of them, so that whoever had less by then loses no more than was named. A right in a repository is that at each place of
 * it. What was named for a moment is named for all that come after.
 */
import type { Right } from "../model/environment/right.ts";
import type { Time } from "../model/time.ts";
import { strength } from "./bounds.ts";
import { type EffectChange, type EffectGroup, effectOf, renamed } from "./effect.ts";
import { endsAfter } from "./ends.ts";
import type { Side } from "./impact.ts";
import { keyOfPlace, type Place } from "./places.ts";

/** What happens from a moment on, by those to whom the same happens. */
export interface TimedEffect {
  /** Null: at once. */
  readonly from: Time | null;
  readonly groups: readonly Changed[];
}

type Changed = Pick<EffectGroup, "accounts" | "changes">;

/** What is compared, where and when. */
interface Sides {
  readonly before: Side;
  readonly after: Side;
  readonly repositories: readonly string[];
  readonly now: Time;
}

const rights: readonly Right[] = ["read", "write"];

/** Effects that were named, and who has which of them. */
class NamedEffects {
  readonly #effects: { readonly from: Time; readonly steps: ReadonlySet<string> }[] = [];
  readonly #of = new Map<string, number[]>();

  add({ from, groups }: TimedEffect): void {
    for (const { accounts, changes } of groups) {
      const number = this.#effects.length;
      const steps = new Set(
        changes.flatMap((change) => stepsOf(change).map((step) => stepKey(step, change))),
      );
      this.#effects.push({ from: from ?? Number.NEGATIVE_INFINITY, steps });
      for (const account of accounts) {
        const there = this.#of.get(account);
        if (there) there.push(number);
        else this.#of.set(account, [number]);
      }
    }
  }

  /** What nobody has named for a moment. */
  beyond(groups: readonly Changed[], at: Time): Changed[] {
    return groups.flatMap(({ accounts, changes }) => {
      // those who are named alike are looked at once
      const alike = new Map<string, string[]>();
      for (const account of accounts) {
        const named = (this.#of.get(account) ?? []).filter((number) => this.#from(number) <= at).join();
        const others = alike.get(named);
        if (others) others.push(account);
        else alike.set(named, [account]);
      }
      return [...alike].flatMap(([named, accounts]) => {
        const effects = named === "" ? [] : named.split(",").map((number) => this.#effects[Number(number)]);
        const has = (key: string) => effects.some((effect) => effect?.steps.has(key));
        const unnamed = changes.filter((change) =>
          stepsOf(change).some((step) => !has(stepKey(step, change)) && !has(stepKey(step, whole(change)))),
        );
        return unnamed.length > 0 ? [{ accounts, changes: unnamed }] : [];
      });
    });
  }

  #from(number: number): Time {
    return this.#effects[number]?.from ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * All that a change does: at once, and at each moment at which rules of one of the releases end, what it did not do before.
 *
 * @param atOnce its effect now, with accounts as they are shown
 * @param shown how an account is shown
 */
export function effectOverTime(
  atOnce: readonly Changed[],
  { before, after, repositories, now }: Sides,
  shown: (account: string) => string,
): TimedEffect[] {
  const named = new NamedEffects();
  const all: TimedEffect[] = [];
  const add = (effect: TimedEffect) => {
    if (effect.groups.length === 0) return;
    named.add(effect);
    all.push(effect);
  };
  add({ from: null, groups: atOnce.map(({ accounts, changes }) => ({ accounts, changes })) });
  for (const { at, repositories: there } of endsAfter([before.release, after.release], repositories, now))
    add({ from: at, groups: named.beyond(renamed(effectOf(before, after, there, at), shown), at) });
  return all;
}

/** What of an effect was not named, by the moments from which on it happens; nothing where all of it was. */
export function beyondNamed(
  named: readonly TimedEffect[],
  effects: readonly TimedEffect[],
  now: Time,
): TimedEffect[] {
  const names = new NamedEffects();
  for (const effect of named) names.add(effect);
  return effects.flatMap(({ from, groups }) => {
    const unnamed = names.beyond(groups, from ?? now);
    return unnamed.length > 0 ? [{ from, groups: unnamed }] : [];
  });
}

/** Each right that a change takes or gives. */
function stepsOf({ before, after }: EffectChange): string[] {
  const [had, has] = [strength(before), strength(after)];
  return rights
    .filter((right) => strength(right) > Math.min(had, has) && strength(right) <= Math.max(had, has))
    .map((right) => `${has < had ? "lose" : "gain"} ${right}`);
}

function stepKey(step: string, { repository, before: _, after: __, ...place }: EffectChange): string {
  return `${step} ${keyOfPlace(place satisfies Place)} ${repository}`;
}

/** The same in the whole repository. */
function whole({ repository, before, after }: EffectChange): EffectChange {
  return { repository, before, after };
}
