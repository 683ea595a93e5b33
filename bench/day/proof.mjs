/** What is to be so when the day is over: each is read from the agent, and compared with what the provider was answered. */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { Connection } from "../scim/connection.mjs";
import { listHeld } from "./approver.mjs";
import { accountOf } from "./company.mjs";

/**
 * Compares two collections of texts; says how many are the same.
 *
 * @throws where there are others, naming some
 */
function same(what, found, expected) {
  const [a, b] = [new Set(found), new Set(expected)];
  const some = (one, other) => [...one].filter((text) => !other.has(text)).slice(0, 5);
  const [surplus, missing] = [some(a, b), some(b, a)];
  if (surplus.length + missing.length > 0)
    throw new Error(`${what}: not to be there ${surplus.join("; ")}, missing ${missing.join("; ")}`);
  return a.size;
}

async function scim({ base, token }, path) {
  const response = await fetch(`${base}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return response.json();
}

/** Everybody and every group, by SCIM. @returns how many of each */
export async function proveDirectory(server, { people, groups }) {
  const users = [];
  for (let total = 1; users.length < total; ) {
    const page = await scim(server, `/Users?startIndex=${users.length + 1}&count=1000`);
    total = page.totalResults;
    users.push(...page.Resources);
    if (page.Resources.length === 0) break;
  }
  const ids = new Map(users.map(({ id, userName }) => [id, userName]));
  const count = same(
    "people",
    users.map(({ userName, title, active, externalId }) => [userName, title, active, externalId].join()),
    [...people.values()].map(({ name, title, active, externalId }) =>
      [name, title, active, externalId].join(),
    ),
  );
  let memberships = 0;
  for (const { id, name, members } of groups) {
    const group = await scim(server, `/Groups/${id}`);
    memberships += same(
      name,
      (group.members ?? []).map(({ value }) => ids.get(value) ?? value),
      [...members].map((person) => person.name),
    );
  }
  return { people: count, groups: groups.length, memberships };
}

/** Who gets in and in which groups, by the file that Mercurial is answered from. @returns how many of each */
export function proveAccess(server, { people, groups }) {
  const file = new Database(server.accessFile, { readonly: true });
  const rows = (query) =>
    file
      .prepare(query)
      .raw()
      .all()
      .map((row) => row.join());
  const accounts = same(
    "accounts",
    rows("SELECT account FROM accounts WHERE active = 1"),
    [...people.values()].filter(({ active }) => active).map(accountOf),
  );
  const memberships = same(
    "memberships that are enforced",
    rows('SELECT account, "group" FROM memberships JOIN accounts USING (account) WHERE active = 1'),
    groups.flatMap(({ name, members }) =>
      [...members].filter(({ active }) => active).map((person) => `${accountOf(person)},okta/${name}`),
    ),
  );
  file.close();
  return { accounts, memberships };
}

/** Every id that was answered is in the list of what is held, and no other. @returns how many */
export async function proveHeld(server, { held }) {
  const connection = await Connection.open(server.admin);
  const found = await listHeld(connection);
  connection.close();
  const told = ({ id, rules }) => `${id} by ${rules.join()}`;
  return same(
    "held",
    found.map(told),
    [...held].map(([id, { rules }]) => told({ id, rules })),
  );
}

/** What each rule refused is in the list of failures, as often. @returns how many */
export async function proveFailures(server, { refusedBy }) {
  const connection = await Connection.open(server.admin);
  const { json } = await connection.expect(200, "GET", "/failures?all=true&limit=500");
  connection.close();
  same(
    "failures",
    json.failures
      .filter(({ what }) => what === "refused")
      .map(({ rule, code, times }) => `${rule ?? code} ${times}`),
    [...refusedBy].map(([rule, times]) => `${rule} ${times}`),
  );
  return [...refusedBy.values()].reduce((sum, times) => sum + times, 0);
}

/** Each write that was answered is counted by its outcome, and no other. */
export function proveMetrics(values, { answered, held }) {
  const counted = { done: 0, refused: 0, held: 0 };
  for (const [name, value] of values) {
    const outcome = /^hgscim_operations_total\{connector="okta",.*outcome="(\w+)"/.exec(name)?.[1];
    if (outcome !== undefined) counted[outcome] = (counted[outcome] ?? 0) + value;
  }
  const text = (counts) => Object.entries(counts).map(([outcome, count]) => `${outcome} ${count}`);
  same("operations", text(counted), text(answered));
  same("held", [`${values.get('hgscim_held{connector="okta"}') ?? 0}`], [`${held.size}`]);
}

/**
 * Every matter was told, as often as it happened, and nothing else was; a digest may still be under way.
 *
 * @param {Map<string, number>} expected how many events of each matter there were, `held mass`; 0 where one or more are as they should be
 * @returns how many alerts told how many events
 */
export async function proveAlerts({ taken, refused }, expected, waitSeconds) {
  const told = () => {
    const counts = new Map();
    for (const { type, data } of taken.values()) {
      // where no rule is to blame, the sentence names the code
      const rule = data.rule ?? /^code (\w+) /.exec(data.summary)?.[1];
      const matter = [type.replace("hgscim.", ""), rule].filter(Boolean).join(" ");
      counts.set(matter, (counts.get(matter) ?? 0) + data.count);
    }
    return counts;
  };
  const texts = (counts) =>
    [...counts].map(([matter, count]) => (expected.get(matter) === 0 ? matter : `${matter} ${count}`));
  const isWhole = () => texts(told()).sort().join() === texts(expected).sort().join();
  for (const end = performance.now() + waitSeconds * 1_000; !isWhole() && performance.now() < end; )
    await sleep(500);
  same("alerts", texts(told()), texts(expected));
  if (refused.length > 0) throw new Error(`the receiver could not verify ${refused[0]}`);
  return { alerts: taken.size, events: [...told().values()].reduce((sum, count) => sum + count, 0) };
}
