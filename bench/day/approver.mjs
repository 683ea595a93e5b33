/** Whoever decides about what is held: reads the list, approves a part of it and discards another. */
import { Connection } from "../scim/connection.mjs";

/** All that is held, as the list of the admin API has it, page by page. */
export async function listHeld(connection) {
  const found = [];
  for (let after = 0; after !== null; ) {
    const { json } = await connection.expect(200, "GET", `/held?limit=500&after=${after}`);
    found.push(...json.held);
    after = json.next;
  }
  return found;
}

/**
 * Decides about so many of each rule: one half is approved, the other discarded.
 *
 * @returns how many were approved and discarded
 */
export async function decide(admin, company, most) {
  const connection = await Connection.open(admin);
  const waiting = await listHeld(connection);
  const decided = { approved: 0, discarded: 0 };
  for (const rule of new Set(waiting.flatMap(({ rules }) => rules))) {
    const some = waiting.filter(({ rules }) => rules.includes(rule)).slice(0, most);
    const half = Math.ceil(some.length / 2);
    for (const [decision, holds] of [
      ["approve", some.slice(0, half)],
      ["discard", some.slice(half)],
    ]) {
      if (holds.length === 0) continue;
      const words = holds.map(({ id, fingerprint }) => ({ id, fingerprint }));
      const word = { decision, reason: "a day is played", holds: words };
      const { json } = await connection.expect(200, "POST", "/held", word);
      for (const { id, error } of json.results) {
        if (error) throw new Error(`${decision} of ${id}: ${JSON.stringify(error)}`);
        if (decision === "approve") company.approved(id);
        company.held.delete(id);
        decided[decision === "approve" ? "approved" : "discarded"]++;
      }
    }
  }
  connection.close();
  return decided;
}
