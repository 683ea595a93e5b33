/** A side table of what users are looked for by, beside their own columns: kept with every write of a user. */
import { foldText } from "../../model/name.ts";
import { enterpriseUserSchema } from "../../model/scim/enterprise-user.ts";
import type { Store } from "../store/schema.ts";

/** The attributes that are kept, by their path; all of them are text that is compared without case. */
export const keyedAttributes = ["displayName", "emails.value", `${enterpriseUserSchema.id}:employeeNumber`];

interface Key {
  readonly attribute: string;
  /** Folded. */
  readonly value: string;
}

interface KeyedUser {
  readonly displayName?: string;
  readonly emails?: readonly { readonly value?: string }[];
  readonly [extension: string]: unknown;
}

/** How values are folded: with another one, all of them are made anew. */
const form = "NFKC_Casefold";

/** Users are read in portions of this many where all of them are. */
const portion = 500;

/**
 * Keeps the keys of a user that is written.
 *
 * @param before the resource as it was, JSON; undefined for a new user
 * @param after the resource as it is now, JSON; undefined where the user is deleted
 */
export async function writeUserKeys(
  store: Store,
  user: string,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  const old = before === undefined ? [] : keysOf(before);
  const keys = after === undefined ? [] : keysOf(after);
  if (JSON.stringify(old) === JSON.stringify(keys)) return;
  if (old.length > 0) await store.deleteFrom("user_keys").where("user_id", "=", user).execute();
  await insert(store, user, keys);
}

/** Fills the table where the store was made before it, with other attributes or in another form: whoever opens a store begins with it. */
export async function fillUserKeys(store: Store): Promise<void> {
  const kept = { key: "user_keys", value: [...keyedAttributes, form].join(" ") };
  const found = await store.selectFrom("meta").select("value").where("key", "=", kept.key).executeTakeFirst();
  if (found?.value === kept.value) return;
  await store.transaction().execute(async (trx) => {
    await trx.deleteFrom("user_keys").execute();
    for (let last = 0; ; ) {
      const users = await trx
        .selectFrom("users")
        .select(["sequence", "id", "resource"])
        .where("sequence", ">", last)
        .orderBy("sequence")
        .limit(portion)
        .execute();
      for (const { id, resource } of users) await insert(trx, id, keysOf(resource));
      const end = users.at(-1);
      if (!end) break;
      last = end.sequence;
    }
    await trx.deleteFrom("meta").where("key", "=", kept.key).execute();
    await trx.insertInto("meta").values(kept).execute();
  });
}

async function insert(store: Store, user_id: string, keys: readonly Key[]): Promise<void> {
  for (let i = 0; i < keys.length; i += portion)
    await store
      .insertInto("user_keys")
      .values(keys.slice(i, i + portion).map((key) => ({ user_id, ...key })))
      .execute();
}

/** What is kept of a resource, each key once. */
function keysOf(resource: string): Key[] {
  const user = JSON.parse(resource) as KeyedUser;
  const enterprise = user[enterpriseUserSchema.id] as { readonly employeeNumber?: string } | undefined;
  const [displayName, email, employeeNumber] = keyedAttributes as [string, string, string];
  const values: readonly (readonly [attribute: string, value: string | undefined])[] = [
    [displayName, user.displayName],
    ...(user.emails ?? []).map(({ value }) => [email, value] as const),
    [employeeNumber, enterprise?.employeeNumber],
  ];
  const keys = new Map<string, Key>();
  for (const [attribute, given] of values) {
    const value = given === undefined ? undefined : foldText(given);
    if (value !== undefined) keys.set(`${attribute} ${value}`, { attribute, value });
  }
  return [...keys.values()];
}
