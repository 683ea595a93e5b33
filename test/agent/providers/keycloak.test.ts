/** Keycloak with its SCIM extension: the life of users and groups, and each quirk. */
import { expect, test } from "vitest";
import { group, user } from "./keycloak-payloads.ts";
import { provider, quirksOf } from "./provider.ts";

const keycloak = provider("keycloak");
const quirk = quirksOf("keycloak");

const create = async (name: string) =>
  (await keycloak.send(201, "POST", "/Users", user(`${name}@example.com`))).id;

test("a life: created, in a group, renamed, disabled, back, out of it", async () => {
  const id = await create("kim");
  const { id: team } = await keycloak.send(201, "POST", "/Groups", group("core-team", [id]));
  expect(await keycloak.rights("kim")).toMatchObject({ "core/api": "write" });
  await keycloak.send(200, "PUT", `/Users/${id}`, user("kim@example.com", { id, active: false }));
  expect(await keycloak.rights("kim")).toBeUndefined();
  await keycloak.send(200, "PUT", `/Users/${id}`, user("kim@example.com", { id }));
  expect(await keycloak.rights("kim")).toMatchObject({ "core/api": "write" });
  await keycloak.send(200, "PUT", `/Groups/${team}`, group("core-team", [], team));
  expect(await keycloak.rights("kim")).toBeUndefined();
});

quirk("puts whole users", async () => {
  const id = await create("kim");
  const present = await keycloak.send(200, "PUT", `/Users/${id}`, user("kim@example.com", { id }));
  expect(present).toMatchObject({ id, externalId: "kc-kim@example.com" });
  expect(present.meta.location).toMatch(/^https?:/);
  expect(present).not.toHaveProperty("roles");
});

quirk("refers to members by a part of an address", async () => {
  const [kim, lee] = [await create("kim"), await create("lee")];
  const { id } = await keycloak.send(201, "POST", "/Groups", group("core-team", [kim]));
  await keycloak.send(200, "PUT", `/Groups/${id}`, group("core-team", [lee], id));
  expect(await keycloak.rights("kim")).toBeUndefined();
  expect(await keycloak.rights("lee")).toMatchObject({ "core/api": "write" });
});

quirk("leaves out the members of an empty group", async () => {
  const id = await create("kim");
  const { id: team } = await keycloak.send(201, "POST", "/Groups", group("core-team", [id]));
  await keycloak.send(200, "PUT", `/Groups/${team}`, group("core-team", [], team));
  expect((await keycloak.send(200, "GET", `/Groups/${team}`)).members).toEqual([]);
  expect(await keycloak.rights("kim")).toBeUndefined();
});

quirk("deletes who is deleted", async () => {
  const id = await create("kim");
  const { id: team } = await keycloak.send(201, "POST", "/Groups", group("core-team", [id]));
  await keycloak.send(204, "DELETE", `/Groups/${team}`);
  expect(await keycloak.rights("kim")).toBeUndefined();
  await keycloak.send(204, "DELETE", `/Users/${id}`);
  await keycloak.send(404, "GET", `/Users/${id}`);
});
