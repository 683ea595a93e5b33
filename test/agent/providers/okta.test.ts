/** Okta, as its documentation has it: the whole life of users and groups, and each of its quirks. */
import { expect, test } from "vitest";
import * as payload from "./okta-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const okta = provider("okta");
const quirk = quirksOf("okta");

const create = async (userName: string): Promise<string> =>
  (await okta.send(201, "POST", "/Users", payload.newUser(userName))).id;
const createGroup = async (name: string): Promise<string> =>
  (await okta.send(201, "POST", "/Groups", payload.newGroup(name))).id;
const lookUp = (userName: string) => okta.find("/Users", `userName eq "${userName}"`, `&${payload.page()}`);

test("a life: tested, assigned, pushed with a group, renamed, unassigned, assigned again, unlinked", async () => {
  // "Test Connector Configuration" lists what is there
  for (const endpoint of ["/Users", "/Groups"])
    expect(await okta.send(200, "GET", `${endpoint}?${payload.page()}`)).toMatchObject({ totalResults: 0 });

  expect(await lookUp("Test.User@example.com")).toEqual([]);
  const id = await create("Test.User@example.com");
  expect(await okta.rights("test.user")).toBeUndefined();

  const group = await createGroup("core-team");
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.nameGroup(group, "core-team"));
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([], [id]));
  const rights = { "core/api": "write", "core/api#stable": "read" };
  expect(await okta.rights("test.user")).toEqual(rights);

  const present = await okta.send(200, "GET", `/Users/${id}`);
  const married = {
    ...present,
    name: { givenName: "Test", familyName: "Married" },
    displayName: "Test Married",
  };
  expect(await okta.send(200, "PUT", `/Users/${id}`, married)).toMatchObject({ displayName: "Test Married" });
  expect(await okta.rights("test.user")).toEqual(rights);

  // a group that is renamed is another one to the release
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.nameGroup(group, "docs-team"));
  expect(await okta.rights("test.user")).toEqual({ docs: "write" });
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.nameGroup(group, "core-team"));

  const off = await okta.send(200, "PATCH", `/Users/${id}`, payload.activate(false));
  expect(off).toMatchObject({ active: false, displayName: "Test Married" });
  expect(await okta.rights("test.user")).toBeUndefined();

  // assigned again: Okta finds the user by the name, and activates what it finds
  const [found] = await lookUp("test.user@EXAMPLE.com");
  expect(found).toMatchObject({ id, active: false });
  await okta.send(200, "PATCH", `/Users/${id}`, payload.activate(true));
  expect(await okta.rights("test.user")).toEqual(rights);

  await okta.send(204, "DELETE", `/Groups/${group}`);
  expect(await okta.rights("test.user")).toBeUndefined();
  expect(await okta.send(200, "GET", `/Users/${id}`)).toMatchObject({ active: true, groups: [] });
});

quirk("asks for the userName before it creates", async () => {
  const path = `/Users?filter=userName%20eq%20%22test.user%40example.com%22&${payload.page()}`;
  expect(await okta.send(200, "GET", path)).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
  const id = await create("test.user@example.com");
  expect(await okta.send(200, "GET", path)).toMatchObject({ totalResults: 1, Resources: [{ id }] });
  const twin = await okta.send(409, "POST", "/Users", payload.newUser("Test.User@example.com"));
  expect(twin).toMatchObject({ status: "409", scimType: "uniqueness" });
});

quirk("sends a password", async () => {
  const user = payload.newUser("test.user@example.com");
  const created = await okta.send(201, "POST", "/Users", user);
  // "Sync Password" is a write of its own
  const synced = await okta.send(
    200,
    "PATCH",
    `/Users/${created.id}`,
    patch({ op: "replace", value: { password: user.password } }),
  );
  const audit = (await okta.harness.admin("GET", "/audit")).body;
  const everything = JSON.stringify([created, synced, audit, okta.harness.logs]);
  expect(everything).not.toContain(user.password);
  expect(created).not.toHaveProperty("password");
});

quirk("sends back the whole user", async () => {
  const id = await create("test.user@example.com");
  const group = await createGroup("engineering");
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([], [id]));
  const present = await okta.send(200, "GET", `/Users/${id}`);
  expect(present.groups).toMatchObject([{ value: group }]);
  const name = { ...present.name, middleName: "Excited" };
  // what it read is old by the time at which it writes
  const stale = { ...present, name, groups: [], password: "x".repeat(20), meta: { resourceType: "User" } };
  const replaced = await okta.send(200, "PUT", `/Users/${id}`, stale);
  expect(replaced).toEqual({ ...present, name, meta: replaced.meta });
  expect(replaced.meta.created).toBe(present.meta.created);
  expect(await okta.rights("test.user")).toEqual({ "core/api": "read", docs: "read" });
});

quirk("deactivates without a path", async () => {
  const id = await create("test.user@example.com");
  await okta.send(201, "POST", "/Groups", { displayName: "docs-team", members: [{ value: id }] });
  expect(await okta.rights("test.user")).toEqual({ docs: "write" });
  expect(await okta.send(200, "PATCH", `/Users/${id}`, payload.activate(false))).toMatchObject({
    active: false,
  });
  expect(await okta.rights("test.user")).toBeUndefined();
});

quirk("deactivates by PUT", async () => {
  const id = await create("test.user@example.com");
  await okta.send(201, "POST", "/Groups", { displayName: "docs-team", members: [{ value: id }] });
  const present = await okta.send(200, "GET", `/Users/${id}`);
  await okta.send(200, "PUT", `/Users/${id}`, { ...present, active: false });
  expect(await okta.rights("test.user")).toBeUndefined();
  // an update of who is inactive lets nobody in, whether it speaks of it or not
  const { active: _, ...silent } = present;
  await okta.send(200, "PUT", `/Users/${id}`, { ...silent, displayName: "Gone" });
  expect(await okta.rights("test.user")).toBeUndefined();
  await okta.send(200, "PUT", `/Users/${id}`, present);
  expect(await okta.rights("test.user")).toEqual({ docs: "write" });
});

quirk("never deletes a user", async () => {
  const id = await create("test.user@example.com");
  await okta.send(201, "POST", "/Groups", { displayName: "docs-team", members: [{ value: id }] });
  await okta.send(200, "PATCH", `/Users/${id}`, payload.activate(false));
  expect(await okta.send(200, "GET", `/Users/${id}`)).toMatchObject({ active: false });
  expect(await lookUp("test.user@example.com")).toHaveLength(1);
  // the name stays the leaver's: nobody inherits the account
  await okta.send(409, "POST", "/Users", payload.newUser("test.user@example.com"));
  await okta.send(200, "PATCH", `/Users/${id}`, payload.activate(true));
  expect(await okta.rights("test.user")).toEqual({ docs: "write" });
});

quirk("imports page by page", async () => {
  const count = 103;
  for (let i = 0; i < count; i++) await create(`u${i}@example.com`);
  for (const name of ["a", "b"]) await createGroup(name);
  const names: string[] = [];
  for (let start = 1, total = 1; start <= total; start += 100) {
    const list = await okta.send(200, "GET", `/Users?${payload.page(start)}`);
    expect(list).toMatchObject({
      startIndex: start,
      itemsPerPage: list.Resources.length,
      totalResults: count,
    });
    total = list.totalResults;
    names.push(...list.Resources.map(({ userName }: { userName: string }) => userName));
  }
  expect(names).toEqual(Array.from({ length: count }, (_, i) => `u${i}@example.com`));
  const groups = await okta.send(200, "GET", `/Groups?${payload.page()}`);
  expect(groups).toMatchObject({ totalResults: 2, itemsPerPage: 2, startIndex: 1 });
});

quirk("pushes members in parts", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 30; i++) ids.push(await create(`u${i}@example.com`));
  const group = await createGroup("docs-team");
  for (let at = 0; at < ids.length; at += 10)
    await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([], ids.slice(at, at + 10)));
  for (const account of ["u0", "u10", "u29"]) expect(await okta.rights(account)).toEqual({ docs: "write" });

  // one request takes some away and brings others; the first part again does no harm
  const [first = "", second = ""] = ids;
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([first, second], [first]));
  expect(await okta.rights("u0")).toEqual({ docs: "write" });
  expect(await okta.rights("u1")).toBeUndefined();
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([second], ids.slice(2, 12)));
  expect((await okta.send(200, "GET", `/Groups/${group}`)).members).toHaveLength(29);
});

quirk("pushes all members at once", async () => {
  const [a, b, c] = [
    await create("a@example.com"),
    await create("b@example.com"),
    await create("c@example.com"),
  ];
  const group = await createGroup("docs-team");
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.replaceMembers(a, b));
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.replaceMembers(b, c));
  const rights = await Promise.all(["a", "b", "c"].map((account) => okta.rights(account)));
  expect(rights).toEqual([undefined, { docs: "write" }, { docs: "write" }]);
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.replaceMembers());
  expect(await okta.rights("b")).toBeUndefined();
});

quirk("repeats the name of a group", async () => {
  const id = await create("a@example.com");
  const group = await createGroup("docs-team");
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([], [id]));
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.nameGroup(group, "Docs-Team"));
  const read = await okta.send(200, "GET", `/Groups/${group}`);
  expect(read).toMatchObject({ id: group, displayName: "Docs-Team", members: [{ value: id }] });
  expect(await okta.rights("a")).toEqual({ docs: "write" });
});

quirk("puts whole groups", async () => {
  const [a, b] = [await create("a@example.com"), await create("b@example.com")];
  const group = await createGroup("docs-team");
  await okta.send(200, "PUT", `/Groups/${group}`, payload.wholeGroup(group, "docs-team", a, b));
  expect(await okta.rights("a")).toEqual({ docs: "write" });
  await okta.send(200, "PUT", `/Groups/${group}`, payload.wholeGroup(group, "docs-team", b));
  expect(await okta.rights("a")).toBeUndefined();
  expect(await okta.rights("b")).toEqual({ docs: "write" });
  await okta.send(200, "PUT", `/Groups/${group}`, payload.wholeGroup(group, "lunch", a, b));
  expect(await okta.rights("b")).toBeUndefined();
});

quirk("deletes a group that is unlinked", async () => {
  const id = await create("a@example.com");
  const group = await createGroup("docs-team");
  await okta.send(204, "PATCH", `/Groups/${group}`, payload.changeMembers([], [id]));
  expect(await okta.rights("a")).toEqual({ docs: "write" });
  await okta.send(204, "DELETE", `/Groups/${group}`);
  expect(await okta.rights("a")).toBeUndefined();
  await okta.send(404, "DELETE", `/Groups/${group}`);
  // linked anew, under the same name
  const again = await createGroup("docs-team");
  await okta.send(204, "PATCH", `/Groups/${again}`, payload.changeMembers([], [id]));
  expect(await okta.rights("a")).toEqual({ docs: "write" });
});
