/** JumpCloud: the connection test, the life of users and groups, and each of its quirks. */
import { expect, test } from "vitest";
import { newGroup, newUser } from "./jumpcloud-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const jumpcloud = provider("jumpcloud");
const quirk = quirksOf("jumpcloud");

const create = async (name: string) =>
  (await jumpcloud.send(201, "POST", "/Users", newUser(`${name}@example.com`))).id;

test("a life: looked up, created, in a group, changed, out of it, back", async () => {
  expect(await jumpcloud.find("/Users", 'userName eq "jun@example.com"')).toEqual([]);
  const id = await create("jun");
  expect(await jumpcloud.find("/Groups", 'displayName eq "core-team"')).toEqual([]);
  const { id: team } = await jumpcloud.send(201, "POST", "/Groups", newGroup("core-team", id));
  expect(await jumpcloud.rights("jun")).toMatchObject({ "core/api": "write" });
  await jumpcloud.send(200, "PUT", `/Users/${id}`, { ...newUser("jun@example.com"), title: "Lead" });
  // both ways in which members are told
  await jumpcloud.send(200, "PUT", `/Groups/${team}`, newGroup("core-team"));
  expect(await jumpcloud.rights("jun")).toBeUndefined();
  const value = [{ value: id }];
  await jumpcloud.send(204, "PATCH", `/Groups/${team}`, patch({ op: "add", path: "members", value }));
  expect(await jumpcloud.rights("jun")).toMatchObject({ "core/api": "write" });
  await jumpcloud.send(204, "PATCH", `/Groups/${team}`, patch({ op: "remove", path: "members", value }));
  expect(await jumpcloud.rights("jun")).toBeUndefined();
});

quirk("tests with a user and a group of its own", async () => {
  const id = await create("test-user");
  await jumpcloud.send(200, "PUT", `/Users/${id}`, newUser("test-user@example.com"));
  const { id: group } = await jumpcloud.send(201, "POST", "/Groups", newGroup("test group", id));
  await jumpcloud.send(204, "DELETE", `/Groups/${group}`);
  await jumpcloud.send(204, "DELETE", `/Users/${id}`);
  await jumpcloud.send(404, "GET", `/Users/${id}`);
  expect(await jumpcloud.rights("test-user")).toBeUndefined();
});

quirk("takes over a group of the same name", async () => {
  const id = await create("jun");
  const { id: team } = await jumpcloud.send(201, "POST", "/Groups", newGroup("Core-Team"));
  const [found] = await jumpcloud.find("/Groups", 'displayName eq "core-team"');
  expect(found.id).toBe(team);
  await jumpcloud.send(200, "PUT", `/Groups/${team}`, newGroup("core-team", id));
  expect(await jumpcloud.rights("jun")).toMatchObject({ "core/api": "write" });
});

quirk("deactivates who is in no assigned group", async () => {
  const id = await create("jun");
  await jumpcloud.send(201, "POST", "/Groups", newGroup("core-team", id));
  await jumpcloud.send(200, "PUT", `/Users/${id}`, { ...newUser("jun@example.com"), active: false });
  expect(await jumpcloud.rights("jun")).toBeUndefined();
  await jumpcloud.send(200, "PUT", `/Users/${id}`, newUser("jun@example.com"));
  expect(await jumpcloud.rights("jun")).toMatchObject({ "core/api": "write" });
});

quirk("deletes a group that it manages", async () => {
  const id = await create("jun");
  const { id: team } = await jumpcloud.send(201, "POST", "/Groups", newGroup("core-team", id));
  await jumpcloud.send(204, "DELETE", `/Groups/${team}`);
  expect(await jumpcloud.rights("jun")).toBeUndefined();
});
