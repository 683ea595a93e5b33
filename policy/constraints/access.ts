/** The kinds that judge what becomes of people's access: protect, separate, keep and limit. */

import { milliseconds } from "../../model/duration.ts";
import { isDerived } from "../../model/environment/connector/selection.ts";
import { limitedKinds } from "../../model/environment/constraint/kinds.ts";
import type { Constraint } from "../../model/environment/constraint.ts";
import type { EvaluationFailure } from "../../model/expression/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import { accessRules, type RepositoryRules, rightOf } from "../access.ts";
import { countsOf, type Holder, type JudgedWrite, lostGroups, type WriteFacts } from "./change.ts";

/** Why a change does not satisfy a constraint, or that telling takes too many steps; undefined when it does. */
export type AccessJudge = (
  write: JudgedWrite,
  facts: WriteFacts,
  now: Time,
) => string | EvaluationFailure | undefined | Promise<string | undefined>;

/** `protect`: what is taken from these accounts, and from anybody in these groups, is not taken. */
export function protectJudge({ users = [], groups = [] }: NonNullable<Constraint["protect"]>): AccessJudge {
  const [accounts, guarded] = [new Set(users), new Set(groups)];
  return ({ transitions, deletedGroup }) => {
    if (deletedGroup !== undefined && guarded.has(deletedGroup)) return `group ${deletedGroup} is protected`;
    for (const transition of transitions) {
      const { before, after } = transition;
      if (before && !after && accounts.has(before.account)) return `account ${before.account} is protected`;
      const lost = lostGroups(transition).find((group) => guarded.has(group));
      if (before && lost !== undefined) return `group ${lost} is protected: ${before.account} stays in it`;
    }
    return undefined;
  };
}

/** `separate`: nobody comes to be in two of the groups. Who is already is not kept from leaving one. */
export function separateJudge({ groups }: NonNullable<Constraint["separate"]>): AccessJudge {
  const both = (holder: Holder | null) => groups.filter((group) => holder?.groups.has(group));
  return ({ transitions }) => {
    for (const { before, after } of transitions) {
      const together = both(after);
      if (after && together.length > 1 && together.some((group) => !before?.groups.has(group)))
        return `${after.account} would be in ${together.join(" and ")}`;
    }
    return undefined;
  };
}

/** `keep`: a group, or a repository's writers, do not fall below a number by a change that takes some away. */
export function keepJudge(keep: NonNullable<Constraint["keep"]>, release: Release): AccessJudge {
  const { group, atLeast } = keep;
  const derived = derivedGroups(release);
  return async ({ transitions }, facts, now) => {
    const kept = group === undefined ? keptWriters(keep, release, now) : [keptGroup(group)];
    for (const { words, holds, subjects, isDenied, connector } of kept) {
      if (!transitions.some(({ before, after }) => before && holds(before) && !(after && holds(after))))
        continue;
      // a statement knows neither who is in a derived group nor to whom something is denied besides
      const isStored = !isDenied && !subjects.some((subject) => derived.has(subject));
      const left = isStored
        ? await facts.accountsAmong(subjects, atLeast)
        : await facts.holders(holds, atLeast, connector);
      if (left < atLeast) return `${left} would be left ${words}, and ${atLeast} must stay`;
    }
    return undefined;
  };
}

/** Those of whom some must stay. */
interface Kept {
  /** Behind how many are left of them. */
  readonly words: string;
  readonly holds: (holder: Holder) => boolean;
  /** Who they are, but for those to whom something is denied. */
  readonly subjects: readonly string[];
  readonly isDenied: boolean;
  /** Whose users alone they can be. */
  readonly connector?: string;
}

function keptGroup(group: string): Kept {
  const [connector = ""] = group.split("/");
  return {
    words: `in ${group}`,
    holds: ({ groups }) => groups.has(group),
    subjects: [group],
    isDenied: false,
    connector,
  };
}

function keptWriters(keep: NonNullable<Constraint["keep"]>, release: Release, now: Time): Kept[] {
  const rules = accessRules(release, now);
  return keptRepositories(keep, release).map(({ repository, of }) => {
    const here = rules.inRepository(repository);
    return {
      words: `with write on ${repository}${of === undefined ? "" : ` (permissions.${of})`}`,
      holds: ({ account, groups }) => rightOf([account, ...groups], here) === "write",
      subjects: writers(here),
      isDenied: here.denied.size > 0,
    };
  });
}

/**
 * The repositories whose writers a `keep` counts. A pattern of a permission set stands for each that it matches: what covers the whole
 * pattern matches its text too.
 */
export function keptRepositories(
  { writersOf, permissions = [] }: NonNullable<Constraint["keep"]>,
  release: Pick<Release, "permissions">,
): { readonly repository: string; readonly of?: string }[] {
  return [
    ...(writersOf === undefined ? [] : [{ repository: writersOf }]),
    ...permissions.flatMap((of) =>
      (release.permissions[of]?.repositories ?? [])
        .filter((pattern) => !pattern.startsWith("!"))
        .map((repository) => ({ repository, of })),
    ),
  ];
}

/** The subjects that are given write. */
function writers({ given }: RepositoryRules): string[] {
  return [...given].flatMap(([subject, right]) => (right === "write" ? subject : []));
}

/** The derived groups of a release, by key. */
function derivedGroups({ connectors }: Release): ReadonlySet<string> {
  return new Set(
    Object.entries(connectors).flatMap(([connector, { groups }]) =>
      groups.filter(isDerived).map(({ name }) => `${connector}/${name}`),
    ),
  );
}

/** `limit`: how much is taken away or changed in a time, this change included. */
export function limitJudge(
  limit: NonNullable<Constraint["limit"]>,
  connectors: readonly string[] | undefined,
): AccessJudge {
  const kind = limitedKinds.find((one) => limit[one] !== undefined) ?? "deactivations";
  const most = limit[kind] ?? 0;
  return async ({ transitions }, facts) => {
    const own = countsOf(transitions)[kind];
    if (own === 0) return undefined;
    const total = own + (await facts.countWithin(kind, milliseconds(limit.per), connectors));
    if (total <= limit.above) return undefined;
    const all = typeof most === "number" ? undefined : await before(transitions, facts);
    const allowed = typeof most === "number" ? most : share(most, all ?? 0);
    if (total <= allowed) return undefined;
    const said = all === undefined ? most : `${most} of ${all}`;
    return `${total} ${words[kind]} in ${limit.per} (at most ${said}, ${limit.above} always)`;
  };
}

function share(text: string, of: number): number {
  return (of * Number.parseInt(text, 10)) / 100;
}

/** How many accounts there were before the write. */
async function before(transitions: JudgedWrite["transitions"], facts: WriteFacts): Promise<number> {
  const gone = transitions.filter(({ before, after }) => before && !after).length;
  const come = transitions.filter(({ before, after }) => !before && after).length;
  return (await facts.accounts()) + gone - come;
}

const words = {
  deactivations: "accounts would lose all access",
  removals: "memberships would be taken away",
  accessChanges: "accounts would change",
};
