/**
 * A write before its constraints: judged when it is made and can still be taken back, so that what they ask of the store is
 * what it would hold.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { usuallyOn } from "../../model/environment/constraint/kinds.ts";
import { kindOf } from "../../model/environment/constraint.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import {
  countsOf,
  type Holder,
  type JudgedWrite,
  type Verdict,
  type WriteFacts,
} from "../../policy/constraints/change.ts";
import type { Program } from "../../policy/program.ts";
import { subjectOfGroup } from "../../policy/twin.ts";
import type { Account, User } from "../../policy/user.ts";
import { removalsIn } from "../directory/awaited.ts";
import type { Directory } from "../directory/directory.ts";
import { chunks, type GroupRow, type UserRow } from "../directory/rows.ts";
import { derivedOf } from "../releases/access-snapshot.ts";
import { evaluated } from "./entitled.ts";
import { held, type Rejection, refusedFor } from "./outcome.ts";
import type { Writing } from "./writing.ts";

/** From how many transitions on judging them takes a turn of its own. */
const manyTransitions = 500;

/**
 * Judges a write that the transaction holds.
 *
 * @returns the constraints that warn; or why the write is not done, and must be taken back
 */
export async function judgeWrite(
  { directory, active, now, clock, connector, leave }: Writing,
  change: Omit<JudgedWrite, "connector">,
): Promise<Result<readonly Verdict[], Rejection>> {
  const { constraints, release } = active.program;
  const lifted = leave?.lifted ?? new Set();
  // it was judged when it was done
  if (lifted === "all") return ok([]);
  const { users, ...whole } = { ...change, connector };
  const facts: WriteFacts = {
    ...directory.activity.facts(clock.measured),
    holders: (isOne, enough, of) => holdersAmong(directory, active.program, { isOne, enough, connector: of }),
  };
  const found = new Map<string, Verdict>();
  const taking = constraints.window > 0 ? removalsIn(whole.transitions) : [];
  const standing = await directory.awaited.limitsOn(taking);
  const judge = async (part: JudgedWrite) => {
    const { outcome, verdicts } = await constraints.judge(part, facts, now, standing);
    for (const verdict of verdicts)
      if (!found.has(verdict.constraint)) found.set(verdict.constraint, verdict);
    return outcome === "overBudget" ? fail(refusedFor(outcome, verdicts)) : ok(undefined);
  };
  // what is asked of users is asked of each alone, and others have their turn meanwhile
  for (const some of chunks(users)) {
    const judged = await judge({ connector, users: some, transitions: [] });
    if (!judged.ok) return judged;
    if (users.length > some.length) await nextTurn();
  }
  const judged = await judge({ ...whole, users: [] });
  if (!judged.ok) return judged;
  if (whole.transitions.length > manyTransitions) await nextTurn();
  const verdicts = [...found.values()].sort((a, b) => (a.constraint < b.constraint ? -1 : 1));
  const told = (kind: Verdict["otherwise"]) => verdicts.filter(({ otherwise }) => otherwise === kind);
  if (told("reject").length > 0)
    return fail(refusedFor(codeOf(active.program, told("reject")), told("reject")));
  const holding = told("hold").filter(({ constraint }) => !lifted.has(constraint));
  if (holding.length > 0) {
    const isLimited = holding.some(({ constraint }) => release.constraints[constraint]?.limit !== undefined);
    return fail({ ...held(holding, release), ...(isLimited && { taking }) });
  }
  // what a person has let through leaves no less room for everybody else
  const isCounted = ![...lifted].some((name) => release.constraints[name]?.limit !== undefined);
  if (constraints.window > 0 && isCounted)
    await directory.activity.record(
      connector,
      countsOf(change.transitions),
      clock.measured,
      constraints.window,
    );
  return ok(told("warn"));
}

function codeOf({ release }: Program, verdicts: readonly Verdict[]) {
  const isAboutUser = verdicts.some(({ constraint }) => {
    const declared = release.constraints[constraint];
    return declared !== undefined && usuallyOn[kindOf(declared)] !== undefined;
  });
  return isAboutUser ? "constraintOnValue" : "constraintOnAccess";
}

/** How many users are looked at before others have their turn. */
const pageSize = 500;

/** Counts who is one of those that a constraint asks for, until there are enough. */
async function holdersAmong(
  directory: Directory,
  program: Program,
  {
    isOne,
    enough,
    connector,
  }: {
    readonly isOne: (holder: Holder) => boolean;
    readonly enough: number;
    readonly connector: string | undefined;
  },
): Promise<number> {
  let count = 0;
  for (let last: string | undefined = ""; last !== undefined && count < enough; ) {
    const users: UserRow[] = await directory.users.holdersBehind(last, pageSize, connector);
    const groups = await groupsOfUsers(directory, program, users);
    for (const { id, account } of users)
      if (account !== null && isOne({ account, groups: groups.get(id) ?? new Set() })) count++;
    last = users.length < pageSize ? undefined : users.at(-1)?.id;
    await nextTurn();
  }
  return count;
}

/** A stored user who has an account. */
interface Known {
  readonly user: User;
  readonly account: Account;
  readonly holder: Holder;
}

/** The accounts of stored users and the groups that they are in, by the user's id. Asked only where constraints need it. */
export async function holdersOf(
  { directory, active: { program }, prepared }: Writing,
  ids: readonly string[],
): Promise<Map<string, Known>> {
  const holders = new Map<string, Known>();
  if (ids.length === 0) return holders;
  const groups = new Map<string, string[]>();
  for (const { user_id, ...group } of await directory.memberships.groupsOf(ids)) {
    const key = subjectOf(program, group);
    if (key !== undefined) groups.set(user_id, [...(groups.get(user_id) ?? []), key]);
  }
  for (const { id, connector, account: name, resource } of await directory.users.withAccount(ids)) {
    const { user, entitlement } =
      prepared?.entitled?.of(program, connector, resource) ?? evaluated(program, connector, resource);
    const { account, derived } =
      entitlement.kind === "account" ? entitlement : { account: { name }, derived: [] };
    const holder = { account: name, groups: new Set([...(groups.get(id) ?? []), ...derived]) };
    holders.set(id, { user, account, holder });
  }
  return holders;
}

/** The subject that the members of a stored group are; undefined for one that is not selected. */
export function subjectOf(
  { groups }: Program,
  { connector, display_name: name, twin }: Pick<GroupRow, "connector" | "display_name" | "twin">,
): string | undefined {
  return subjectOfGroup(groups, { connector, name, isTwin: twin !== 0 });
}

/** The groups that a stored user is in by a program, by key: as a member, and by what derives them. */
export async function groupsOfUser(
  directory: Directory,
  program: Program,
  user: UserRow,
): Promise<ReadonlySet<string>> {
  return (await groupsOfUsers(directory, program, [user])).get(user.id) ?? new Set();
}

/** The same for several, by their SCIM ids. */
export async function groupsOfUsers(
  { memberships }: Directory,
  program: Program,
  users: readonly UserRow[],
): Promise<Map<string, Set<string>>> {
  const groups = new Map(users.map((user) => [user.id, new Set(derivedOf(program, user))]));
  for (const { user_id, ...group } of await memberships.groupsOf([...groups.keys()])) {
    const key = subjectOf(program, group);
    if (key !== undefined) groups.get(user_id)?.add(key);
  }
  return groups;
}

/** A holder who is, or is no longer, in a group. */
export function withGroup(holder: Holder, group: string, member: boolean): Holder {
  const groups = new Set(holder.groups);
  if (member) groups.add(group);
  else groups.delete(group);
  return { ...holder, groups };
}
