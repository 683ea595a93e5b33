/** What a reviewer of a release is told: its impact, with everybody in it, however many they are. */
import type { Review } from "../../api/contract.ts";
import { approvalLine } from "../../model/approval.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { groupIndex } from "../../model/groups.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok } from "../../model/result.ts";
import { directionsOf, effectOf, type ReleaseEffect, renamed } from "../../policy/effect.ts";
import { missingGroups } from "../../policy/ineffective.ts";
import { likelyGroup } from "../../policy/likely-groups.ts";
import type { Population } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { shownAccount } from "../../policy/shown.ts";
import { withoutTwins } from "../../policy/twin.ts";
import { lineageOf } from "../store/lineage.ts";
import { effectsOf, type Projected } from "./approved.ts";
import type { Compared } from "./bounds.ts";
import type { Reviewed } from "./evaluator.ts";
import { type Foretold, foretell } from "./impact.ts";
import { effectText } from "./reviewed-effects.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is asked about: a release against the active one, or against another. */
export interface ReviewedRelease {
  readonly release: Release;
  readonly accept?: Accept | undefined;
  readonly base?: Release | undefined;
}

/** What a release would do, for whoever approves it. */
export async function reviewedOf(surroundings: Surroundings, reviewed: ReviewedRelease): Promise<Reviewed> {
  const { release, accept, base } = reviewed;
  const foretold = await foretell(surroundings, release, accept, base && comparedWith(base));
  const review = reviewOf(surroundings, reviewed, foretold);
  return {
    review: JSON.stringify(review),
    approvable: await approvableOf(surroundings, review, { release, ...foretold }),
  };
}

function reviewOf(
  surroundings: Surroundings,
  { release }: ReviewedRelease,
  foretold: Foretold,
): Omit<Review, "approval" | "unapproved"> {
  const { now, active } = surroundings;
  const { before, after, repositories, exists, told } = foretold;
  const effect = effectOf(before, after, repositories, now);
  const changed = new Set(effect.flatMap(({ changes }) => changes.map(({ repository }) => repository)));
  return {
    ...told,
    digest: digestsOf(release as ReleaseData).release,
    active: active?.active.digest ?? null,
    gone: told.gone.filter((repository) => changed.has(repository)),
    effect: renamed(effect, (account) => shownAccount(account, after.population, exists)).map(
      ({ accounts, changes, moved }) => ({ accounts: [...accounts], moved, changes: [...changes] }),
    ),
    groups: countByGroup(effect, before.population, after.population),
    likely: likelyGroups(surroundings, foretold, release, effect),
  };
}

/** What can be approved of a review: what the release does to everybody who is here, in place of what is active. */
async function approvableOf(
  surroundings: Surroundings,
  {
    digest,
    from,
    active,
    failures,
    effect,
  }: Pick<Review, "digest" | "from" | "active" | "failures" | "effect">,
  proposed: Projected,
): Promise<Reviewed["approvable"]> {
  const { store, untrusted, host } = surroundings;
  if (failures.length > 0) return fail("the agent would refuse the release as it is");
  if (untrusted) return fail(untrusted.detail);
  if (from !== active) return fail("it is compared with another release than the active one");
  if (digest === active) return fail("it is active already");
  const lineage = await lineageOf(store);
  if (lineage === undefined) return fail("the agent's store does not say which one it is");
  const kept = { release: digest, base: from, ...effectText(effectsOf(surroundings, proposed, effect)) };
  const { environment } = host;
  const line = approvalLine({ environment, lineage, release: digest, base: from, effect: kept.digest });
  return ok({ line, kept });
}

function comparedWith(base: Release): Compared {
  const { release: digest } = digestsOf(base as ReleaseData);
  return { active: { digest, origin: { sources: {} } }, program: compileRelease(base) };
}

/** By group: how many people are in it, before or after, and how many of them lose and gain. */
function countByGroup(effect: ReleaseEffect, before: Population, after: Population): Review["groups"] {
  const groupsOf = (account: string): Iterable<string> => {
    const [was, will] = [before.accounts.get(account)?.groups, after.accounts.get(account)?.groups];
    return was && will && was !== will ? new Set([...was, ...will]) : (was ?? will ?? []);
  };
  const counts = new Map<string, { people: number; lose: number; gain: number }>();
  const count = (account: string, what: "people" | "lose" | "gain") => {
    for (const group of withoutTwins(groupsOf(account))) {
      const there = counts.get(group) ?? { people: 0, lose: 0, gain: 0 };
      there[what]++;
      counts.set(group, there);
    }
  };
  for (const account of before.accounts.keys()) count(account, "people");
  for (const account of after.accounts.keys()) if (!before.accounts.has(account)) count(account, "people");
  for (const group of effect) {
    const { lose, gain } = directionsOf(group);
    for (const account of group.accounts) {
      if (lose) count(account, "lose");
      if (gain) count(account, "gain");
    }
  }
  return [...counts]
    .filter(([, { lose, gain }]) => lose + gain > 0)
    .map(([group, of]) => ({ group, ...of }))
    .sort((a, b) => b.lose - a.lose || b.gain - a.gain || (a.group < b.group ? -1 : 1));
}

/** For each group that was never sent, the one that has those people, if there is one. */
function likelyGroups(
  { active }: Surroundings,
  { people, before, after }: Foretold,
  release: Release,
  effect: ReleaseEffect,
): Review["likely"] {
  const serves = (connector: string) => Object.hasOwn(active?.active.release.connectors ?? {}, connector);
  const missing = missingGroups(release, people.groups, serves);
  if (missing.length === 0) return [];
  const userOf = (account: string) =>
    (before.population.accounts.get(account) ?? after.population.accounts.get(account))?.user;
  const losing = new Set(
    effect.filter((group) => directionsOf(group).lose).flatMap(({ accounts }) => accounts.map(userOf)),
  );
  losing.delete(undefined);
  const index = groupIndex(release.connectors);
  const isMeantOtherwise = ({ connector, displayName }: { connector: string; displayName: string }) =>
    index.find(connector, displayName) !== undefined;
  return missing.flatMap(({ entry, connector, name }) => {
    const found = likelyGroup(connector, people.groups, losing as ReadonlySet<string>, isMeantOtherwise);
    return found
      ? [
          {
            entry,
            connector,
            group: name,
            sent: found.displayName,
            losing: found.losing,
            members: found.members,
          },
        ]
      : [];
  });
}
