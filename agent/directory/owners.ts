/**
 * Whose an account is. That of a user who is gone stays reserved, until somebody says that another one may have the name: a
 * name alone is no proof of being the same person.
 */
import type { Insertable } from "kysely";
import { type ScimError, scimError } from "../../scim/error.ts";
import type { RefusedWrite, WriteEffect, WriteResult } from "../operations/writer.ts";
import type { Store, Tables } from "../store/schema.ts";
import type { Row } from "./read.ts";

/** Makes a user the owner of an account, if they are not; why they cannot be, where it is another's. */
export async function takeAccount(
  store: Store,
  wanted: Insertable<Tables["owners"]>,
): Promise<ScimError | undefined> {
  const { account, connector, user_id } = wanted;
  const owner = await store
    .selectFrom("owners")
    .leftJoin("users", "users.id", "owners.user_id")
    .select(["owners.connector", "owners.user_id", "users.id as present"])
    .where("owners.account", "=", account)
    .executeTakeFirst();
  if (!owner) {
    await store.insertInto("owners").values(wanted).execute();
    return undefined;
  }
  if (owner.connector === connector && owner.user_id === user_id) return undefined;
  return scimError(
    "uniqueness",
    owner.present === null
      ? `account "${account}" belonged to a user who was deleted: ${releasing(account)}`
      : `account "${account}" belongs to another user`,
  );
}

/**
 * Why a user cannot change so: somebody without access, to whom an account is reserved, becomes another person by another
 * `externalId`. Okta never deletes users, so that the next one of that login would be let in as the one before.
 */
export async function otherPerson(
  store: Store,
  before: Row<Tables["users"]>,
  externalId: string | null,
): Promise<ScimError | undefined> {
  if (before.account !== null || before.external_id === externalId) return undefined;
  if (before.external_id === null || externalId === null) return undefined;
  const owned = await store
    .selectFrom("owners")
    .select("account")
    .where("connector", "=", before.connector)
    .where("user_id", "=", before.id)
    .executeTakeFirst();
  return (
    owned &&
    scimError(
      "uniqueness",
      `account "${owned.account}" belongs to the user with another externalId: ${releasing(owned.account)}`,
    )
  );
}

const releasing = (account: string) => `an approver has to release it (DELETE /v1/owners/${account})`;

/** Lets an account go, unless a user has it now. */
export async function releaseOwner(
  store: Store,
  account: string,
): Promise<WriteResult<WriteEffect<null>, RefusedWrite>> {
  const owner = await store
    .selectFrom("owners")
    .selectAll()
    .where("account", "=", account)
    .executeTakeFirst();
  if (!owner)
    return { ok: false, error: { status: 404, detail: `no account "${account}" belongs to anyone` } };
  const user = await store.selectFrom("users").select("id").where("account", "=", account).executeTakeFirst();
  if (user)
    return { ok: false, error: { status: 409, detail: `account "${account}" is in use by user ${user.id}` } };
  await store.deleteFrom("owners").where("account", "=", account).execute();
  return {
    ok: true,
    value: {
      value: null,
      status: 204,
      detail: `account ${account} no longer belongs to user ${owner.user_id} of connector ${owner.connector}`,
      access: [{ kind: "forget", account }],
    },
  };
}
