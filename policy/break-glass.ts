/**
 * Rights that people take for themselves, for a while, since a permission set lets them: who may take what, and how the rights that
 * were taken stand beside those that a release gives. What restricts branches, bookmarks and paths restricts them too, and what is
 * denied is denied to them: a right that was taken is one that is given, and no more.
 */
import { coverage } from "../model/coverage.ts";
import { type Duration, milliseconds } from "../model/duration.ts";
import type { PermissionSet } from "../model/environment/permission-set.ts";
import type { Right } from "../model/environment/right.ts";
import type { Release } from "../model/release.ts";
import type { Milliseconds, Time } from "../model/time.ts";
import { accessRules, rightOf } from "./access.ts";

/** A right that somebody has taken. */
export interface TakenRight {
  readonly id: string;
  /** The permission set that lets them. */
  readonly permission: string;
  readonly account: string;
  readonly repository: string;
  readonly right: Right;
  readonly until: Time;
}

/** Who takes a right where. */
export interface Taker {
  readonly account: string;
  /** The groups that the account is in, `connector/group`. */
  readonly groups: ReadonlySet<string>;
  readonly repository: string;
}

/** What a permission set lets somebody take. */
export interface Takeable {
  readonly permission: string;
  readonly owner: string | undefined;
  readonly right: Right;
  readonly longest: Duration;
}

/** Why somebody does not take a right, or what they take. */
export type TakingVerdict =
  | { readonly kind: "takes"; readonly takes: Takeable }
  /** No set that covers the repository lets them take anything there. */
  | { readonly kind: "not allowed" }
  | { readonly kind: "too long"; readonly longest: Duration }
  | { readonly kind: "denied"; readonly right: Right }
  /** They have it by the release. */
  | { readonly kind: "has it"; readonly right: Right };

type Permissions = Pick<Release, "permissions">;

/** Judges a taking for so long, at a time: of several sets that allow it, one with the strongest right counts. */
export function judgeTaking(
  release: Permissions,
  taker: Taker,
  span: Milliseconds,
  now: Time,
): TakingVerdict {
  const allowed = takeable(release, taker);
  const longest = allowed.toSorted((a, b) => milliseconds(b.longest) - milliseconds(a.longest))[0];
  if (!longest) return { kind: "not allowed" };
  const [takes] = allowed.filter((one) => milliseconds(one.longest) >= span);
  if (!takes) return { kind: "too long", longest: longest.longest };
  const rules = accessRules(release, now).inRepository(taker.repository);
  const subjects = [taker.account, ...taker.groups];
  const has = rightOf(subjects, rules);
  if (isEnough(has, takes.right)) return { kind: "has it", right: takes.right };
  const given = new Map([...rules.given, [taker.account, takes.right] as const]);
  return isEnough(rightOf(subjects, { ...rules, given }), takes.right)
    ? { kind: "takes", takes }
    : { kind: "denied", right: takes.right };
}

/** Whether a release still lets somebody have what they took. */
export function mayKeep(release: Permissions, taken: TakenRight, groups: ReadonlySet<string>): boolean {
  return takeable(release, { ...taken, groups }).some(
    ({ permission, right }) => permission === taken.permission && right === taken.right,
  );
}

/** What sets let somebody take in a repository: the strongest right first, and then by the sets' names. */
function takeable({ permissions }: Permissions, { groups, repository }: Taker): Takeable[] {
  const sets = Object.entries(permissions).flatMap(([permission, { repositories, breakGlass, owner }]) =>
    breakGlass ? [{ permission, repositories, breakGlass, owner }] : [],
  );
  return coverage(sets)(repository)
    .filter(({ breakGlass }) => breakGlass.who.some((group) => groups.has(group)))
    .map(({ permission, breakGlass, owner }) => ({
      ...{ permission, owner, right: breakGlass.right, longest: breakGlass.for },
    }))
    .sort((a, b) =>
      a.right === b.right ? (a.permission < b.permission ? -1 : 1) : a.right === "write" ? -1 : 1,
    );
}

function isEnough(has: Right | null, wanted: Right): boolean {
  return has === wanted || has === "write";
}

/** What begins the name of a permission set that nobody wrote. None that is declared has a slash. */
const mark = "break-glass/";

/** The name of the permission set that a right stands for once it is taken. */
export function nameOfTaken({ permission, id }: Pick<TakenRight, "permission" | "id">): string {
  return `${mark}${permission}/${id}`;
}

/** What such a name says; undefined for any other. */
export function takenByName(name: string): Pick<TakenRight, "permission" | "id"> | undefined {
  const [permission, id, ...more] = name.startsWith(mark) ? name.slice(mark.length).split("/") : [];
  return permission && id && more.length === 0 ? { permission, id } : undefined;
}

/** The permission sets of a release with those that rights stand for that were taken: each ends by itself. */
export function withTaken(
  permissions: Release["permissions"],
  taken: readonly TakenRight[],
): Release["permissions"] {
  return { ...permissions, ...Object.fromEntries(taken.map((one) => [nameOfTaken(one), setOf(one)])) };
}

function setOf({ account, repository, right, until, permission }: TakenRight): PermissionSet {
  const subject = {
    account,
    ...{ until: new Date(until).toISOString(), reason: "break-glass", approver: `permissions.${permission}` },
  };
  return {
    repositories: [repository],
    ...{ read: [], write: [], deny: { read: [], write: [] }, branches: {}, bookmarks: {}, paths: {} },
    [right]: [subject],
  };
}
