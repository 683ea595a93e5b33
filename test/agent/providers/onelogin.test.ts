/** OneLogin: the life of users whose body is a template, and each of its quirks. */
import { expect, test } from "vitest";
import { newUser, oldUser } from "./onelogin-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const onelogin = provider("onelogin");
const quirk = quirksOf("onelogin");

const member = (value: string) => patch({ op: "add", path: "members", value: [{ value }] });
const group = async (displayName: string) =>
  onelogin.send(201, "POST", "/Groups", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    displayName,
  });

test.each([oldUser, newUser])("a life: created, into a group, changed, out of it", async (template) => {
  const { id: team } = await group("core-team");
  const { id } = await onelogin.send(201, "POST", "/Users", template("ona@example.com"));
  await onelogin.send(204, "PATCH", `/Groups/${team}`, member(id));
  expect(await onelogin.rights("ona")).toMatchObject({ "core/api": "write" });
  await onelogin.send(200, "PUT", `/Users/${id}`, { ...template("ona@example.com"), title: "Lead" });
  expect(await onelogin.rights("ona")).toMatchObject({ "core/api": "write" });
  await onelogin.send(
    204,
    "PATCH",
    `/Groups/${team}`,
    patch({ op: "remove", path: `members[value eq "${id}"]` }),
  );
  expect(await onelogin.rights("ona")).toBeUndefined();
});

quirk("names the schema of SCIM 1.1", async () => {
  const user = await onelogin.send(201, "POST", "/Users", oldUser("ona@example.com"));
  expect(user.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:User"]);
  await onelogin.send(200, "PUT", `/Users/${user.id}`, { ...oldUser("ona@example.com"), title: "Lead" });
  await onelogin.send(201, "POST", "/Groups", {
    schemas: ["urn:scim:schemas:core:1.0"],
    displayName: "engineering",
    members: [{ value: user.id }],
  });
  expect(await onelogin.rights("ona")).toMatchObject({ "core/api": "read" });
});

quirk("suspends or deletes", async () => {
  const { id: team } = await group("core-team");
  const { id } = await onelogin.send(201, "POST", "/Users", newUser("ona@example.com"));
  await onelogin.send(204, "PATCH", `/Groups/${team}`, member(id));
  await onelogin.send(200, "PUT", `/Users/${id}`, { ...newUser("ona@example.com"), active: false });
  expect(await onelogin.rights("ona")).toBeUndefined();
  await onelogin.send(200, "PATCH", `/Users/${id}`, patch({ op: "replace", path: "active", value: true }));
  expect(await onelogin.rights("ona")).toMatchObject({ "core/api": "write" });
  await onelogin.send(204, "DELETE", `/Users/${id}`);
  expect(await onelogin.rights("ona")).toBeUndefined();
});

quirk("reads the groups that are here", async () => {
  expect((await onelogin.send(200, "GET", "/Groups")).totalResults).toBe(0);
  const { id } = await group("hg-writers");
  expect((await onelogin.send(200, "GET", "/Groups")).Resources).toMatchObject([
    { id, displayName: "hg-writers" },
  ]);
});
