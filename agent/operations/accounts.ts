/**
 * What an approver says about an account: whose it is. Whoever gets it by that passes what every write of a user passes.
 */
import { fail, ok, type Result } from "../../model/result.ts";
import type { User } from "../../policy/user.ts";
import { Directory } from "../directory/directory.ts";
import { type OwnerRow, ownerOf } from "../directory/owners.ts";
import type { UserRow } from "../directory/rows.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import type { AccountOperation } from "./operation.ts";
import { type Done, noDifference, type Outcome, type Refused, refused } from "./outcome.ts";
import { settleUser } from "./users.ts";

/**
 * Confirms that an account is a user's from whom it is withheld, or releases it: to the one user who waits for it, who is
 * another person then, or to whoever comes.
 */
export async function decideAccount(
  { id: account, ...operation }: AccountOperation,
  surroundings: Surroundings,
): Promise<Outcome<null>> {
  const { owners, users, sshKeys, pairs } = new Directory(surroundings.store);
  const owner = await owners.find(account);
  const waiting = await users.withheld(account);
  if (!owner && waiting.length === 0)
    return refused("accountUnknown", `no account "${account}" belongs to anyone`);
  const confirmed =
    operation.verb === "confirm" ? waiting.find(({ id }) => id === operation.user) : undefined;
  const present = await users.withThisAccount(account);
  if (present !== undefined && !(await passesFrom(surroundings, present, confirmed)))
    return refused("accountInUse", `account "${account}" is in use by user ${present}`);
  if (operation.verb === "confirm") {
    const user = waiting.find(({ id }) => id === operation.user);
    return user
      ? give(surroundings, account, user, operation.memberships ?? "keep", "same")
      : refused("accountNotWithheld", notWithheld(account, operation.user, waiting));
  }
  const [only, ...others] = waiting;
  if (others.length > 0)
    return refused(
      "accountContested",
      `account "${account}" is withheld from ${waiting.length} users (expected confirm with one of ${waiting.map(({ id }) => id).join(", ")})`,
    );
  if (only) return give(surroundings, account, only, operation.memberships ?? "drop", "another");
  await owners.release(account);
  await pairs.forget(account);
  await sshKeys.release(account);
  const groups = owner && operation.memberships !== "keep" ? await leftOf(surroundings, owner) : ok([]);
  return groups.ok
    ? released(account, owner?.user_id ?? "", owner?.connector ?? "", groups.value)
    : groups.error;
}

/**
 * Whether the account of a user who has it passes to the one who is confirmed: their connector counts, by its precedence, and the two
 * are one person from now on.
 */
async function passesFrom(
  { store, active }: Surroundings,
  present: string,
  confirmed: UserRow | undefined,
): Promise<boolean> {
  const { connectors = {} } = active?.program.release ?? {};
  const rank = (user: UserRow | undefined) => user && connectors[user.connector]?.precedence;
  const theirs = rank(await new Directory(store).users.byId(present));
  const own = rank(confirmed);
  return own !== undefined && theirs !== undefined && own < theirs;
}

/**
 * Ends the memberships of a leaver whose account becomes anybody's: whoever is that resource next gets it without them. Who goes
 * by another name now keeps what they have by that; refused where nobody can say whether they do.
 */
async function leftOf(
  { store, active }: Surroundings,
  { account, connector, user_id }: OwnerRow,
): Promise<Result<string[], Refused>> {
  const { users, memberships, owners } = new Directory(store);
  const user = await users.find(connector, user_id);
  if (!user || (await memberships.groupsOf([user.id])).length === 0) return ok([]);
  if (active && Object.hasOwn(active.program.release.connectors, connector)) {
    const called = active.program.accountName(connector, JSON.parse(user.resource) as User);
    if (!called.ok) return fail(refused("overBudget", called.error.reason));
    return ok(called.value === account ? await memberships.endOfUser(user.id) : []);
  }
  const others = (await owners.all()).filter((one) => one.user_id === user.id && one.account !== account);
  if (others.length === 0) return ok(await memberships.endOfUser(user.id));
  return fail(
    refused(
      "noRelease",
      `user ${user.id} also owns ${others.map((one) => one.account).join(", ")}, and no release runs that has the connector ${connector} and says by which name they are in their groups (expected one that does, or memberships=keep)`,
    ),
  );
}

function notWithheld(account: string, user: string, waiting: readonly UserRow[]): string {
  const expected =
    waiting.length > 0 ? `one of ${waiting.map(({ id }) => id).join(", ")}` : "nobody waits for it";
  return `account "${account}" is not withheld from user ${user} (${expected})`;
}

function released(account: string, user: string, connector: string, groups: readonly string[]): Done<null> {
  return {
    kind: "done",
    resource: null,
    target: account,
    changes: [{ kind: "forget", account }],
    effect: { of: "released account", account, user, connector, dropped: groups.length },
    ignored: [],
    warnings: [],
    difference: {
      ...noDifference,
      before: { account, connector, user, ...(groups.length > 0 && { groups: [...groups] }) },
    },
  };
}

/** Notes that the owner of an account and the user who gets it are one person, where it passes between connectors that have a precedence. */
async function notePair(
  { owners, pairs }: Directory,
  { program: { release } }: Runtime,
  account: string,
  { id, connector, identity: former }: UserRow,
  identity: string | null,
): Promise<void> {
  await pairs.identify(id, former, identity);
  const owner = await owners.find(account);
  const isRanked = (name: string) => release.connectors[name]?.precedence !== undefined;
  if (!owner || owner.connector === connector || owner.user_id === "") return;
  if (isRanked(owner.connector) && isRanked(connector))
    await pairs.add({ account, one: ownerOf(owner), other: { connector, user: id, externalId: identity } });
}

/** Gives an account to the user from whom it is withheld: the same person as its owner, or another one. */
export async function give(
  { store, active, now, clock, leave }: Surroundings,
  account: string,
  before: UserRow,
  memberships: "keep" | "drop",
  person: "same" | "another",
): Promise<Outcome<null>> {
  const { id, connector } = before;
  if (!active || !Object.hasOwn(active.program.release.connectors, connector))
    return refused("noRelease", `no release is active that has the connector ${connector}`);
  const directory = new Directory(store);
  const identity = before.claimed ?? before.identity;
  const dropped = memberships === "drop" ? await directory.memberships.endOfUser(id) : [];
  // former names of the same person stay known as they were: others may wait for them
  if (person === "another") {
    await directory.owners.detach(id, account);
    await directory.sshKeys.release(account);
    await directory.pairs.forget(account);
    await directory.pairs.detach(id);
  } else await notePair(directory, active, account, before, identity);
  await directory.owners.put({
    account,
    connector,
    user_id: id,
    // known for good by what they are called now, also by a name, which brings nobody back
    external_id: identity,
    since: now,
  });
  const writing = { directory, active, now, clock, connector, leave };
  const outcome = await settleUser(writing, { ...before, identity, lapsed: 0 });
  if (outcome.kind !== "done") return outcome;
  return {
    ...outcome,
    resource: null,
    target: account,
    effect: { of: "given account", account, user: id, connector, person, dropped: dropped.length },
    difference: {
      before: { identity: before.identity, ...(dropped.length > 0 && { groups: dropped }) },
      after: { identity, account },
    },
  };
}
