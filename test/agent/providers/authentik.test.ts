/** authentik: the life of users and groups, and each of its quirks. */
import { expect, test } from "vitest";
import { members, newGroup, newUser } from "./authentik-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const authentik = provider("authentik");
const quirk = quirksOf("authentik");

const create = async (name: string) =>
  (await authentik.send(201, "POST", "/Users", newUser(`${name}@example.com`))).id;
const createGroup = async (name: string) => (await authentik.send(201, "POST", "/Groups", newGroup(name))).id;

test("a life: created, into a group, disabled, back, out of it, deleted", async () => {
  const team = await createGroup("core-team");
  const id = await create("ann");
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("add", id));
  expect(await authentik.rights("ann")).toMatchObject({ "core/api": "write" });
  await authentik.send(200, "PUT", `/Users/${id}`, { ...newUser("ann@example.com", false), id });
  expect(await authentik.rights("ann")).toBeUndefined();
  await authentik.send(200, "PUT", `/Users/${id}`, { ...newUser("ann@example.com"), id });
  expect(await authentik.rights("ann")).toMatchObject({ "core/api": "write" });
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("remove", id));
  expect(await authentik.rights("ann")).toBeUndefined();
  await authentik.send(204, "DELETE", `/Users/${id}`);
});

quirk("asks what is supported", async () => {
  expect(await authentik.send(200, "GET", "/ServiceProviderConfig")).toMatchObject({
    patch: { supported: true },
    // by this it cuts its PATCHes into parts: none, so that each is one request
    bulk: { supported: false, maxOperations: 0 },
    filter: { supported: true },
  });
});

quirk("puts whole users", async () => {
  const id = await create("ann");
  const present = await authentik.send(200, "PUT", `/Users/${id}`, {
    ...newUser("ann@example.com"),
    id,
    title: "Lead",
  });
  expect(present).toMatchObject({ id, externalId: newUser("ann@example.com").externalId, title: "Lead" });
});

quirk("writes an operation for each member", async () => {
  const team = await createGroup("core-team");
  const [ann, bob, cy] = [await create("ann"), await create("bob"), await create("cy")];
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("add", ann, bob, cy));
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("remove", ann, cy));
  expect((await authentik.send(200, "GET", `/Groups/${team}`)).members).toMatchObject([{ value: bob }]);
  expect(await authentik.rights("bob")).toMatchObject({ "core/api": "write" });
});

quirk("replaces a group without a path", async () => {
  const team = await createGroup("docs-team");
  const id = await create("ann");
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("add", id));
  const value = { ...newGroup("core-team"), id: team };
  await authentik.send(204, "PATCH", `/Groups/${team}`, patch({ op: "replace", value }));
  expect(await authentik.rights("ann")).toMatchObject({ "core/api": "write" });
});

quirk("goes through pages without a count", async () => {
  const ids = [await create("ann"), await create("bob"), await create("cy")];
  const seen: string[] = [];
  for (let total = Number.POSITIVE_INFINITY; seen.length < total; ) {
    const page = await authentik.send(
      200,
      "GET",
      seen.length === 0 ? "/Users" : `/Users?startIndex=${seen.length + 1}`,
    );
    total = page.totalResults;
    seen.push(...page.Resources.map((one: { id: string }) => one.id));
  }
  expect(seen).toEqual(ids);
});

quirk("deletes who is gone", async () => {
  const team = await createGroup("core-team");
  const id = await create("ann");
  await authentik.send(204, "PATCH", `/Groups/${team}`, members("add", id));
  await authentik.send(204, "DELETE", `/Users/${id}`);
  expect(await authentik.rights("ann")).toBeUndefined();
  expect((await authentik.send(200, "GET", `/Groups/${team}`)).members).toEqual([]);
});
