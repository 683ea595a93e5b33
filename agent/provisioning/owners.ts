/** Accounts whose user is gone stay reserved, until somebody says that another user may have the name. */
import type { Store } from "../store/schema.ts";
import type { RefusedWrite, WriteEffect, WriteResult } from "./write.ts";

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
