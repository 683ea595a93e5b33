/** Users by the hundred thousand, put into the store of an agent that is stopped: over SCIM they would take minutes. */
import { randomUUID } from "node:crypto";
import Database from "libsql";

/** @returns their SCIM ids */
export function fillStore(file, users) {
  const database = new Database(file);
  const user = database.prepare(
    `INSERT INTO users (id, connector, user_name, external_id, identity, claimed, resource, account, created, modified, version)
     VALUES (?, 'okta', ?, ?, ?, ?, ?, ?, 0, 0, 1)`,
  );
  const owner = database.prepare(
    "INSERT INTO owners (account, connector, user_id, external_id, since) VALUES (?, 'okta', ?, ?, 0)",
  );
  const ids = [];
  database.exec("BEGIN");
  for (let i = 0; i < users; i++) {
    const [id, account, externalId] = [randomUUID(), `user-${i}`, `00u-${i}`];
    const userName = `${account}@example.com`;
    const resource = { active: true, externalId, userName, displayName: `User ${i}` };
    user.run(id, userName, externalId, externalId, externalId, JSON.stringify(resource), account);
    owner.run(account, id, externalId);
    ids.push(id);
  }
  database.exec("COMMIT");
  database.close();
  return ids;
}
