/** Whose each account is, for people: since when, by what it is known again, and what waits for an approver's word. */
import type { OwnerList } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";
import { isDoubted } from "../../policy/identity.ts";
import type { Store } from "../store/schema.ts";
import { Directory } from "./directory.ts";
import { displayNameOf } from "./groups.ts";

/** All of it, at a time. */
export async function ownerList(store: Store, now: Time): Promise<OwnerList> {
  const { owners, users, memberships, renumberings } = new Directory(store);
  const rows = await owners.all();
  const accounts = await users.presentAccounts([...new Set(rows.map(({ user_id }) => user_id))]);
  const waiting = await users.withheld();
  const groups = new Map<string, string[]>();
  for (const { user_id, resource } of await memberships.groupsOf(waiting.map(({ id }) => id)))
    groups.set(user_id, [...(groups.get(user_id) ?? []), displayNameOf(resource)]);
  return {
    owners: rows.map(({ account, connector, user_id, external_id, since }) => ({
      account,
      connector,
      user: user_id,
      since,
      by: external_id === null ? "resource" : "externalId",
      state: stateOf(account, accounts.get(user_id)),
    })),
    withheld: waiting.flatMap((row) => {
      const { id, connector, withheld, withheld_since } = row;
      return withheld === null
        ? []
        : {
            account: withheld,
            connector,
            user: id,
            since: withheld_since ?? now,
            because: isDoubted(row) ? "identity" : "owner",
            groups: groups.get(id) ?? [],
          };
    }),
    renumbering: await renumberings.all(now),
  };
}

/** What an account is to its owner, who has `present` now: null for none, undefined where the owner is gone. */
function stateOf(account: string, present: string | null | undefined): OwnerList["owners"][number]["state"] {
  if (present === undefined) return "gone";
  if (present === null) return "unused";
  return present === account ? "in use" : "former name";
}
