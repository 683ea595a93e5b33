/** Whose an account is: nobody gets one that was another's, unless an approver says so. */

import type { Directory } from "../directory/directory.ts";
import type { UserRow } from "../directory/rows.ts";
import { noDifference, type Outcome, type Refused, refused } from "./outcome.ts";
import type { Writing } from "./writing.ts";

/** Makes a user the owner of their account, if they are not; why they cannot have it, where it is another's. */
export async function ownerProblem(
  { directory, connector, now }: Writing,
  {
    id,
    before,
    account,
    externalId,
  }: {
    readonly id: string;
    readonly before: UserRow | undefined;
    readonly account: string | null;
    readonly externalId: string | null;
  },
): Promise<Refused | undefined> {
  const other = before && (await otherPerson(directory, before, externalId));
  if (other || account === null) return other;
  const owner = await directory.owners.take({ account, connector, user_id: id, since: now });
  if (owner === "own") return undefined;
  return owner === "gone"
    ? refused(
        "accountReserved",
        `account "${account}" belonged to a user who was deleted: ${releasing(account)}`,
      )
    : refused("accountTaken", `account "${account}" belongs to another user`);
}

/**
 * Why a user cannot change so: somebody without access, to whom an account is reserved, becomes another person by another
 * `externalId`. Okta never deletes users, so that the next one of that login would be let in as the one before.
 */
async function otherPerson(
  directory: Directory,
  before: UserRow,
  externalId: string | null,
): Promise<Refused | undefined> {
  if (before.account !== null || before.external_id === externalId) return undefined;
  if (before.external_id === null || externalId === null) return undefined;
  const account = await directory.owners.accountOf(before.connector, before.id);
  return account === undefined
    ? undefined
    : refused(
        "accountReserved",
        `account "${account}" belongs to the user with another externalId: ${releasing(account)}`,
      );
}

const releasing = (account: string) => `an approver has to release it (DELETE /v1/owners/${account})`;

/** Lets an account go, unless a user has it now. */
export async function releaseAccount({ owners, users }: Directory, account: string): Promise<Outcome<null>> {
  const owner = await owners.find(account);
  if (!owner) return refused("accountUnknown", `no account "${account}" belongs to anyone`);
  const user = await users.withThisAccount(account);
  if (user !== undefined) return refused("accountInUse", `account "${account}" is in use by user ${user}`);
  await owners.release(account);
  const { connector, user_id } = owner;
  return {
    kind: "done",
    resource: null,
    target: account,
    changes: [{ kind: "forget", account }],
    effect: { of: "released account", account, user: user_id, connector },
    ignored: [],
    warnings: [],
    difference: { ...noDifference, before: { account, connector, user: user_id } },
  };
}
