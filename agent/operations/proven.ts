/** By what a stored user would be known again as the owner of an account. */
import { type Owner, provenIdentity } from "../../policy/identity.ts";
import type { User } from "../../policy/user.ts";
import type { Directory } from "../directory/directory.ts";
import type { UserRow } from "../directory/rows.ts";

/**
 * The identity by which a user would be an account's owner; null where it proves nothing. What several have at once, as where a
 * provider sends one value for everybody, brings nobody back.
 */
export async function provenFor(
  { users }: Directory,
  { connector, id, user, identity }: Pick<UserRow, "connector" | "id" | "identity"> & { readonly user: User },
  account: string,
  owner: Owner | undefined,
): Promise<string | null> {
  const shown = provenIdentity(user, identity, account);
  if (shown === null || owner === undefined || owner.user === id) return shown;
  return (await users.areMoreKnownBy(connector, shown, [id, owner.user])) ? null : shown;
}
