/** Google Workspace: the whole life of users, who get access by their attributes, and each of its quirks. */
import { expect, test } from "vitest";
import { newUser, setActive } from "./google-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const google = provider("google", (release) => {
  const isWriter = 'user.?enterprise.?department.orValue("") == "Documentation"';
  release.connectors.okta.auth.allow = ["users"];
  release.connectors.okta.groups = [{ name: "writers", when: isWriter }];
  release.permissions = { docs: { repositories: ["docs"], read: [], write: ["okta/writers"] } };
});
const quirk = quirksOf("google");

const create = async (name: string, department = "Documentation") =>
  google.send(201, "POST", "/Users", newUser(`${name}@example.com`, department));

test.each(Object.entries(setActive))(
  "a life, by %s: found, created, moved, suspended, back, deleted",
  async (_, change) => {
    expect(await google.send(200, "GET", "/Users?count=1")).toMatchObject({ totalResults: 0 });
    expect(await google.find("/Users", 'userName eq "gil@example.com"')).toEqual([]);
    const { id } = await create("gil", "Sales");
    expect(await google.rights("gil")).toBeUndefined();

    const [found] = await google.find("/Users", 'userName eq "Gil@example.com"');
    expect(found.id).toBe(id);
    const moved = { ...found, [enterprise]: { department: "Documentation" } };
    const present = await google.send(200, "PUT", `/Users/${id}`, moved);
    expect(await google.rights("gil")).toEqual({ docs: "write" });

    const [method, suspended] = change(false, present);
    expect(await google.send(200, method, `/Users/${id}`, suspended)).toMatchObject({ active: false });
    expect(await google.rights("gil")).toBeUndefined();

    const [, back] = change(true, present);
    await google.send(200, method, `/Users/${id}`, back);
    expect(await google.rights("gil")).toEqual({ docs: "write" });

    await google.send(204, "DELETE", `/Users/${id}`);
    expect(await google.rights("gil")).toBeUndefined();
    await google.send(404, "GET", `/Users/${id}`);
  },
);

quirk("sends users and no groups", async () => {
  const { id } = await create("gil");
  expect(await google.rights("gil")).toEqual({ docs: "write" });
  const path = `${enterprise}:department`;
  await google.send(200, "PATCH", `/Users/${id}`, patch({ op: "replace", path, value: "Sales" }));
  expect(await google.rights("gil")).toBeUndefined();
  // a token that may bring users alone brings nobody into a group
  const group = { displayName: "writers", members: [{ value: id }] };
  await google.send(403, "POST", "/Groups", group);
  expect(await google.rights("gil")).toBeUndefined();
});

quirk("suspends in place of deleting", async () => {
  for (const [index, change] of Object.values(setActive).entries()) {
    const account = `gil${index}`;
    const present = await create(account);
    expect(await google.rights(account)).toEqual({ docs: "write" });
    const [method, suspended] = change(false, present);
    await google.send(200, method, `/Users/${present.id}`, suspended);
    expect(await google.rights(account)).toBeUndefined();
    expect(await google.send(200, "GET", `/Users/${present.id}`)).toMatchObject({ active: false });
  }
});

quirk("deletes after a time of its own", async () => {
  const { id } = await create("gil");
  await google.send(200, "PATCH", `/Users/${id}`, patch({ op: "replace", path: "active", value: false }));
  expect(await google.rights("gil")).toBeUndefined();
  await google.send(204, "DELETE", `/Users/${id}`);
  // a request that is repeated, and one for whoever has the address next
  await google.send(404, "DELETE", `/Users/${id}`);
  await google.send(201, "POST", "/Users", newUser("gil@example.com", "Documentation"));
  expect(await google.rights("gil")).toBeUndefined();
  // an approver lets the account go
  await google.approve("DELETE", "/owners/gil");
  expect(await google.rights("gil")).toEqual({ docs: "write" });
});
