/** The users and groups that both servers are filled with, by number, and how they come there: over SCIM. */
import { Connection } from "./connection.mjs";

const core = "urn:ietf:params:scim:schemas:core:2.0";
// as many as a large import of Okta's or Entra's has under way
const connections = 8;
// members in one PATCH
const chunk = 1_000;

export const userName = (i) => `user-${i}@example.com`;

/** A user as Okta sends one. */
export function userBody(name, title = "Engineer") {
  const [account] = name.split("@");
  return {
    schemas: [`${core}:User`],
    userName: name,
    externalId: `00u-${account}`,
    name: { givenName: account, familyName: "Bench" },
    displayName: `${account} Bench`,
    title,
    emails: [{ primary: true, type: "work", value: name }],
    locale: "en-US",
    active: true,
  };
}

export function patch(...operations) {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}

export const addMembers = (ids) =>
  patch({ op: "add", path: "members", value: ids.map((value) => ({ value })) });
export const removeMember = (id) => patch({ op: "remove", path: `members[value eq "${id}"]` });

/** How many of so many users may be members: the others, last by number, are in no group. */
const pool = (users) => users - Math.min(100, users / 5);

/** Groups of a size, one after the other over the users; as many of the sizes as there are users for. */
export function groupsOf(sizes, users, name) {
  let first = 0;
  return sizes
    .filter((size) => size <= pool(users))
    .map((size, i) => {
      const group = { name: `bench-${name}-${i}`, size, first: first % pool(users) };
      first += size;
      return group;
    });
}

/** Whether the user is in the group from the start. */
export function isMember({ first, size }, user, users) {
  const all = pool(users);
  return user < all && (user - first + all) % all < size;
}

/** One of the users that are in no group; both servers answer the same of it. */
export const outsider = (i, users) => users - 1 - (i % (users - pool(users)));

/** Creates users, in order of their numbers; answers their ids. */
export async function fillUsers(server, users) {
  const ids = [];
  await inParallel(server, users, async (connection, i) => {
    const { json } = await connection.expect(201, "POST", "/Users", userBody(userName(i)));
    ids[i] = json.id;
  });
  return ids;
}

/** Creates groups without members and then adds these in chunks, as Okta's group push does; answers them with their ids. */
export async function fillGroups(server, groups, ids) {
  const made = [];
  await inParallel(server, groups.length, async (connection, i) => {
    const group = groups[i];
    const body = { schemas: [`${core}:Group`], displayName: group.name, members: [] };
    const { json } = await connection.expect(201, "POST", "/Groups", body);
    const members = Array.from({ length: group.size }, (_, m) => ids[(group.first + m) % pool(ids.length)]);
    for (let at = 0; at < members.length; at += chunk) {
      const some = addMembers(members.slice(at, at + chunk));
      const { status, body } = await connection.request("PATCH", `/Groups/${json.id}`, some);
      if (status >= 300) throw new Error(`PATCH of ${group.name}: ${status} ${body}`);
    }
    made[i] = { ...group, id: json.id };
  });
  return made;
}

async function inParallel(server, count, work) {
  let next = 0;
  const run = async () => {
    const connection = await Connection.open(server);
    while (next < count) await work(connection, next++);
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, run));
}
