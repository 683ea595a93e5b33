/**
 * What an approver says about a connector: its users may have other externalIds until a time, since its provider's mapping
 * changed for everybody. Who waits for their account is confirmed a page at a time, and others have their turn in between.
 */
import type { Milliseconds } from "../../model/time.ts";
import { isDoubted } from "../../policy/identity.ts";
import { describeDoubt } from "../../report/clock.ts";
import { latestOf } from "../clock/rule.ts";
import { Directory } from "../directory/directory.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { tentatively } from "../store/savepoint.ts";
import { give } from "./accounts.ts";
import type { ConnectorOperation, Operation, RenumberOperation } from "./operation.ts";
import { noDifference, type Outcome, refused } from "./outcome.ts";

/** The longest time for which a connector may be allowed to renumber: a door that nobody forgets. */
const longestRenumbering: Milliseconds = 7 * 24 * 60 * 60 * 1_000;

/** How many users are looked at in one commit, some 3 ms each. */
const pageSize = 32;

/** What comes of it for those of a connector who wait for their account. */
export interface Renumbered {
  /** The accounts that are their users' again. */
  readonly confirmed: readonly string[];
  /** Who still waits, by SCIM id, and why. */
  readonly waiting: readonly { readonly user: string; readonly reason: string }[];
  /** The place of the last user who was looked at; absent where nobody is behind them. */
  readonly last?: number;
}

/**
 * Lets the users of a connector renumber, and confirms those who wait, in as many operations as that takes.
 *
 * @param submit performs one of them when its turn comes
 * @returns who was confirmed and who still waits; why it was refused, where who was confirmed by then stays so
 */
export async function renumberAll(
  operation: RenumberOperation,
  submit: (operation: ConnectorOperation) => Promise<Outcome<Renumbered>>,
): Promise<Outcome<Renumbered>> {
  const { actor, kind, id } = operation;
  const confirmed: string[] = [];
  const waiting: Renumbered["waiting"][number][] = [];
  let done = await submit(operation);
  while (done.kind === "done") {
    confirmed.push(...done.resource.confirmed);
    waiting.push(...done.resource.waiting);
    const { last } = done.resource;
    if (last === undefined) return { ...done, resource: { confirmed, waiting } };
    done = await submit({ actor, kind, verb: "confirm", id, after: last });
  }
  return done;
}

/** Performs one of them. */
export async function decideConnector(
  operation: ConnectorOperation,
  surroundings: Surroundings,
): Promise<Outcome<Renumbered>> {
  const { id: connector } = operation;
  if (!surroundings.active || !Object.hasOwn(surroundings.active.program.release.connectors, connector))
    return refused("noRelease", `no release is active that has the connector ${connector}`);
  return operation.verb === "renumber" ? allow(operation, surroundings) : confirm(operation, surroundings);
}

async function allow(
  { id: connector, until }: RenumberOperation,
  { store, now, clock }: Surroundings,
): Promise<Outcome<Renumbered>> {
  if (until !== null && clock.inDoubt) return refused("clockInDoubt", describeDoubt(now, clock.system));
  if (until !== null && (until <= now || until > now + longestRenumbering))
    return refused("untilUnfit", "until is not within the next 7 days");
  await new Directory(store).renumberings.allow(connector, until);
  return {
    kind: "done",
    resource: { confirmed: [], waiting: [], ...(until !== null && { last: 0 }) },
    target: connector,
    changes: [],
    effect: { of: "renumbering", connector, until },
    ignored: [],
    warnings: [],
    difference: noDifference,
  };
}

/**
 * Confirms those of the next who are the same person. Who was without the account meanwhile may be somebody else, and is
 * confirmed one by one.
 */
async function confirm(
  { id: connector, after }: Extract<Operation, { kind: "connector"; verb: "confirm" }>,
  surroundings: Surroundings,
): Promise<Outcome<Renumbered>> {
  const { users, renumberings } = new Directory(surroundings.store);
  if (!(await renumberings.allows(connector, latestOf(surroundings))))
    return refused("untilUnfit", `the time is over for which connector ${connector} may renumber`);
  const confirmed: string[] = [];
  const waiting: { user: string; reason: string }[] = [];
  const changes: AccessEdit[] = [];
  const page = await users.withheldAfter(connector, after, pageSize);
  for (const user of page) {
    const reason = await whyNot(surroundings, user, changes);
    if (reason === undefined) confirmed.push(user.withheld);
    else waiting.push({ user: user.id, reason });
  }
  const last = page.length === pageSize ? page.at(-1)?.sequence : undefined;
  return {
    kind: "done",
    resource: { confirmed, waiting, ...(last !== undefined && { last }) },
    target: connector,
    changes,
    effect: { of: "renumbered", connector, confirmed: confirmed.length, waiting: waiting.length },
    ignored: [],
    warnings: [],
    difference: { ...noDifference, after: { accounts: confirmed } },
  };
}

/** Confirms one user of a connector that renumbers; why that is not done. */
async function whyNot(
  surroundings: Surroundings,
  user: UserRow & { readonly withheld: string },
  changes: AccessEdit[],
): Promise<string | undefined> {
  const directory = new Directory(surroundings.store);
  const { withheld: account } = user;
  if (user.lapsed) return "was without the account before, and may be somebody else";
  if (!isDoubted(user)) return "the account is another's";
  const owner = await directory.owners.find(account);
  if (owner && owner.user_id !== user.id) return "the account is another's";
  if ((await directory.users.withThisAccount(account)) !== undefined) return "the account is in use";
  const outcome = await tentatively(
    surroundings.store,
    () => give(surroundings, account, user, "keep", "same"),
    ({ kind }) => kind === "done",
  );
  if (outcome.kind !== "done") return outcome.detail;
  if (outcome.changes !== "everything") changes.push(...outcome.changes);
  return undefined;
}
