/** A store from before names compared as they do now, in which several users or groups have one name. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { sqliteMigrations } from "../../../agent/store/migrations.ts";
import type { Tables } from "../../../agent/store/schema.ts";
import { openStore } from "../../../agent/store/sqlite.ts";

/** Who is there: users by their userName, active where they have an account; groups with the users' numbers. */
export interface Before {
  readonly users: readonly (readonly [userName: string, account: string | null])[];
  readonly groups: readonly (readonly [displayName: string, members: readonly number[]])[];
}

/** Puts it in the place of an agent's store, whose release stays. Ids are `u0`, `u1`, …, and `g0`. */
export async function writeStoreBefore(data: string, { users, groups }: Before): Promise<void> {
  const present = new Database(join(data, "store.db"), { readonly: true });
  const release = present
    .prepare("SELECT digest, policy_digest, bindings_digest, release FROM releases")
    .get();
  present.close();
  const { digest, policy_digest, bindings_digest, release: text } = release as Tables["releases"];
  for (const suffix of ["", "-wal", "-shm"]) rmSync(join(data, `store.db${suffix}`), { force: true });
  const steps = Object.entries(sqliteMigrations).filter(([name]) => name < "0004");
  const { store, close } = await openStore(data, "local", { migrations: Object.fromEntries(steps) });
  await sql`INSERT INTO releases (digest, policy_digest, bindings_digest, release)
    VALUES (${digest}, ${policy_digest}, ${bindings_digest}, ${text})`.execute(store);
  await sql`INSERT INTO activations VALUES (1, ${digest}, 1, 'ci', '{"sources":{}}')`.execute(store);
  for (const [i, [userName, account]] of users.entries()) {
    const resource = JSON.stringify({ active: account !== null, userName });
    await sql`INSERT INTO users (id, connector, user_name, resource, account, created, modified, version)
      VALUES (${`u${i}`}, 'okta', ${userName.toLowerCase()}, ${resource}, ${account}, 1, 1, 1)`.execute(
      store,
    );
    if (account !== null)
      await sql`INSERT INTO owners (account, connector, user_id, since) VALUES (${account}, 'okta', ${`u${i}`}, 1)`.execute(
        store,
      );
  }
  for (const [i, [displayName, members]] of groups.entries()) {
    await sql`INSERT INTO groups (id, connector, display_name, resource, created, modified, version)
      VALUES (${`g${i}`}, 'okta', ${displayName.toLowerCase()}, ${JSON.stringify({ displayName })}, 1, 1, 1)`.execute(
      store,
    );
    for (const member of members)
      await sql`INSERT INTO members VALUES (${`g${i}`}, ${`u${member}`})`.execute(store);
  }
  await close();
}
