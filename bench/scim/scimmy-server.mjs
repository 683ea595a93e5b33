/**
 * What the agent is measured beside: scimmy and its express routers over a store in memory, with an index for each thing
 * that is looked up. Takes the token as its argument, and prints its base address when it is ready.
 */
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMYRouters, { SCIMMY } from "scimmy-routers";

const [token] = process.argv.slice(2);
const users = new Map();
const idOfUserName = new Map();
const groups = new Map();
/** The ids of each user's groups, by the user's id. */
const groupsOf = new Map();

const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);

/** What a list answers: one user where the filter names one, as nearly every request of a provider does. */
function found(filter, all) {
  if (filter === undefined) return all();
  const [comparator, value] = (filter.length === 1 && filter[0].userName) || [];
  if (comparator !== "eq") return filter.match(all());
  const id = idOfUserName.get(String(value).toLowerCase());
  return id === undefined ? [] : [shownUser(id)];
}

function stamped(id, old, { groups: _, ...data }) {
  const now = new Date().toISOString();
  return { ...data, id, meta: { created: old?.meta.created ?? now, lastModified: now } };
}

function shownUser(id) {
  const own = [...(groupsOf.get(id) ?? [])];
  return {
    ...users.get(id),
    groups: own.map((group) => ({ value: group, display: groups.get(group).displayName })),
  };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .ingress(({ id = randomUUID(), ...resource }, data) => {
    const old = users.get(id);
    if (resource.id !== undefined && !old) throw missing(id);
    const name = data.userName.toLowerCase();
    if ((idOfUserName.get(name) ?? id) !== id)
      throw new SCIMMY.Types.Error(409, "uniqueness", `${data.userName} is taken`);
    if (old) idOfUserName.delete(old.userName.toLowerCase());
    idOfUserName.set(name, id);
    users.set(id, stamped(id, old, data));
    return shownUser(id);
  })
  .egress(({ id, filter }) => {
    if (id === undefined) return found(filter, () => [...users.keys()].map(shownUser));
    if (!users.has(id)) throw missing(id);
    return shownUser(id);
  })
  .degress(({ id }) => {
    if (!users.has(id)) throw missing(id);
    idOfUserName.delete(users.get(id).userName.toLowerCase());
    users.delete(id);
    for (const group of groupsOf.get(id) ?? []) groups.get(group).members.delete(id);
    groupsOf.delete(id);
  });

function shownGroup(id) {
  const group = groups.get(id);
  return { ...group, members: [...group.members.values()] };
}

SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress(({ id = randomUUID(), ...resource }, data) => {
    const old = groups.get(id);
    if (resource.id !== undefined && !old) throw missing(id);
    const members = new Map();
    for (const { value } of data.members ?? []) {
      const user = users.get(value);
      if (!user) throw new SCIMMY.Types.Error(400, "invalidValue", `there is no user ${value}`);
      members.set(value, { value, display: user.displayName });
    }
    for (const user of old?.members.keys() ?? []) if (!members.has(user)) groupsOf.get(user).delete(id);
    for (const user of members.keys()) {
      if (!groupsOf.has(user)) groupsOf.set(user, new Set());
      groupsOf.get(user).add(id);
    }
    groups.set(id, { ...stamped(id, old, data), members });
    return shownGroup(id);
  })
  .egress(({ id, filter }) => {
    const all = () => [...groups.keys()].map(shownGroup);
    if (id === undefined) return filter ? filter.match(all()) : all();
    if (!groups.has(id)) throw missing(id);
    return shownGroup(id);
  })
  .degress(({ id }) => {
    if (!groups.has(id)) throw missing(id);
    for (const user of groups.get(id).members.keys()) groupsOf.get(user).delete(id);
    groups.delete(id);
  });

const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("the token is not valid");
  return "provider";
};
const app = express();
app.use("/scim", new SCIMMYRouters({ type: "bearer", handler }));
const server = app.listen(0, "127.0.0.1", () => {
  // the run leaves a connection alone while it measures something else
  server.keepAliveTimeout = 0;
  process.stdout.write(`http://127.0.0.1:${server.address().port}/scim\n`);
});
