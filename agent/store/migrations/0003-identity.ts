/** Who a user is, and an account's owner: an identity that outlives the row, and an account that is withheld from another. */
import { type Kysely, sql } from "kysely";
import { provenIdentity } from "../../../policy/identity.ts";
import type { User } from "../../../policy/user.ts";

const columns = [
  // the externalId that the user was known by first, or was confirmed to have
  `ALTER TABLE users ADD COLUMN identity TEXT`,
  `ALTER TABLE users ADD COLUMN claimed TEXT`,
  `ALTER TABLE users ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE users ADD COLUMN withheld TEXT`,
  `ALTER TABLE users ADD COLUMN withheld_since INTEGER`,
  `CREATE INDEX users_withheld ON users (withheld) WHERE withheld IS NOT NULL`,
  `ALTER TABLE owners ADD COLUMN external_id TEXT`,
  `CREATE INDEX owners_user ON owners (user_id)`,
  `CREATE TABLE renumberings (connector TEXT PRIMARY KEY, until INTEGER NOT NULL)`,
  // what a user is called now is all that is known of those before
  `UPDATE users SET identity = external_id, claimed = external_id, lapsed = account IS NULL AND id IN (SELECT user_id FROM owners)`,
];

/** The step. Of users who are gone nothing but the SCIM id is known. */
export async function identity(db: Kysely<unknown>): Promise<void> {
  for (const text of columns) await sql.raw(text).execute(db);
  const { rows } = await sql<{ account: string; identity: string; resource: string }>`
    SELECT owners.account, users.identity, users.resource FROM owners
    JOIN users ON users.id = owners.user_id WHERE users.identity IS NOT NULL`.execute(db);
  for (const { account, identity, resource } of rows) {
    const proven = provenIdentity(JSON.parse(resource) as User, identity, account);
    if (proven !== null)
      await sql`UPDATE owners SET external_id = ${proven} WHERE account = ${account}`.execute(db);
  }
}
