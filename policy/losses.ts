/** What a change leaves without anybody: repositories without writers, rules for nobody, constraints that stop nothing. */
import { type Constraint, kindOf } from "../model/environment/constraint.ts";
import { keyOfPlaces, type PermissionSet, placeKinds } from "../model/environment/permission-set.ts";
import { endOf, type Subject, subjectName } from "../model/environment/subject.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";
import { accessRules, rightOf } from "./access.ts";
import { alike } from "./alike.ts";
import { keptRepositories } from "./constraints/access.ts";
import type { Side } from "./impact.ts";

/** A repository that nobody can write after a change, and somebody could before. */
export interface Writerless {
  readonly repository: string;
  /** How many could. */
  readonly writers: number;
}

/** One side with its constraints. */
export interface WholeSide extends Side {
  readonly release: Pick<Release, "permissions"> & Partial<Pick<Release, "constraints">>;
}

/** The repositories whose last writers go; by name. */
export function writerless(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): Writerless[] {
  const [old, next] = [accessRules(before.release, now), accessRules(after.release, now)];
  const people = alike(
    [before.population, after.population],
    new Set([...old.subjects, ...next.subjects]),
  ).map(({ accounts, subjects: [was = [], will = []] }) => ({ count: accounts.length, was, will }));
  return [...repositories].sort().flatMap((repository) => {
    const [could, can] = [old.inRepository(repository), next.inRepository(repository)];
    if (people.some(({ will }) => rightOf(will, can) === "write")) return [];
    const writers = people
      .filter(({ was }) => rightOf(was, could) === "write")
      .reduce((sum, { count }) => sum + count, 0);
    return writers > 0 ? [{ repository, writers }] : [];
  });
}

/**
 * Every rule of permission sets that is about nobody after a change, and was about somebody before:
 * `permissions.core: branches: stable`. What is taken out of the file is none of them, nor what never had anybody.
 */
export function emptiedRules(before: Side, after: Side, now: Time): string[] {
  const [were, are] = [presentIn(before), presentIn(after)];
  return Object.entries(after.release.permissions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, set]) => {
      const former = before.release.permissions[name];
      if (!former) return [];
      const had = new Map(rulesOf(former, now));
      return rulesOf(set, now)
        .filter(
          ([rule, subjects]) =>
            !subjects.some((one) => are.has(one)) && had.get(rule)?.some((one) => were.has(one)),
        )
        .map(([rule]) => `permissions.${name}: ${rule}`);
    });
}

/** Every constraint that can stop nothing after a change, since nobody is whom it is about, and could before: `constraints.critical`. */
export function idleConstraints(before: WholeSide, after: WholeSide, now: Time): string[] {
  const former = before.release.constraints ?? {};
  const [were, are] = [surveyOf(before, now), surveyOf(after, now)];
  return Object.entries(after.release.constraints ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name, constraint]) => {
      const was = former[name];
      return (
        was &&
        kindOf(was) === kindOf(constraint) &&
        isAboutSomebody(was, were) &&
        !isAboutSomebody(constraint, are)
      );
    })
    .map(([name]) => `constraints.${name}`);
}

/** Every account, and every group that somebody is in. */
function presentIn({ population: { accounts } }: Side): Pick<ReadonlySet<string>, "has"> {
  const sets = new Set<ReadonlySet<string>>();
  for (const { groups } of accounts.values()) sets.add(groups);
  const groups = new Set([...sets].flatMap((some) => [...some]));
  return { has: (subject) => accounts.has(subject) || groups.has(subject) };
}

/** The rules of a permission set, and whom each of them names at a time. */
function rulesOf(set: PermissionSet, now: Time): [rule: string, subjects: string[]][] {
  const living = (subjects: readonly Subject[]) =>
    subjects.filter((subject) => endOf(subject) > now).map(subjectName);
  return [
    ...[
      { rule: "read", of: set.read },
      { rule: "write", of: set.write },
      { rule: "deny.read", of: set.deny.read },
      { rule: "deny.write", of: set.deny.write },
    ].flatMap(({ rule, of }): [string, string[]][] => (of.length > 0 ? [[rule, living(of)]] : [])),
    ...placeKinds.flatMap((kind) =>
      Object.entries(set[keyOfPlaces[kind]]).map(([pattern, groups]): [string, string[]] => [
        `${keyOfPlaces[kind]}: ${pattern}`,
        groups,
      ]),
    ),
    ["breakGlass", set.breakGlass?.who ?? []],
  ];
}

/** What constraints are asked about on one side. */
interface Survey {
  readonly present: Pick<ReadonlySet<string>, "has">;
  readonly release: Side["release"];
  /** Whether anybody may write a repository. */
  hasWriters(repository: string): boolean;
}

function surveyOf(side: Side, now: Time): Survey {
  const rules = accessRules(side.release, now);
  let people: ReturnType<typeof alike> | undefined;
  return {
    present: presentIn(side),
    release: side.release,
    hasWriters(repository) {
      // few constraints ask
      people ??= alike([side.population], rules.subjects);
      const here = rules.inRepository(repository);
      return people.some(({ subjects: [subjects = []] }) => rightOf(subjects, here) === "write");
    },
  };
}

/** Whether some account or group is there that a constraint names; of one that names none, it always is. */
function isAboutSomebody(
  { protect, separate, trigger, keep }: Constraint,
  { present, release, hasWriters }: Survey,
): boolean {
  const there = (names: readonly string[] = []) => names.filter((name) => present.has(name)).length;
  if (protect) return there(protect.users) + there(protect.groups) > 0;
  if (separate) return there(separate.groups) > 1;
  if (trigger) return there(trigger.groups) > 0;
  if (keep?.group !== undefined) return there([keep.group]) > 0;
  return !keep || keptRepositories(keep, release).some(({ repository }) => hasWriters(repository));
}
