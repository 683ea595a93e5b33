/** Microsoft Entra ID, as its documentation has it: the whole life of users and groups, and each of its quirks. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import * as payload from "./entra-payloads.ts";
import { enterprise } from "./entra-payloads.ts";
import { patch, provider, quirksOf } from "./provider.ts";

const entra = provider("entra", (release) => {
  // app roles give access by a derived group
  const isEditor = 'user.?roles.orValue([]).exists(r, has(r.value) && r.value == "Editor")';
  release.connectors.okta.groups.push({ name: "editors", when: isEditor });
  release.permissions.docs.write.push("okta/editors");
});
const quirk = quirksOf("entra");

const create = async (userName: string, parts?: object): Promise<string> =>
  (await entra.send(201, "POST", "/Users", payload.newUser(userName, parts))).id;
const createGroup = async (name: string): Promise<string> =>
  (await entra.send(201, "POST", "/Groups", payload.newGroup(name))).id;
const changeUser = (id: string, body: object) => entra.send(200, "PATCH", `/Users/${id}`, body);
const changeGroup = (id: string, body: object) => entra.send(204, "PATCH", `/Groups/${id}`, body);

test.each(["withoutFlag", "withFlag"] as const)(
  "a life, %s: tested, created, updated, in a group, disabled, restored, deleted",
  async (flag) => {
    expect(await entra.find("/Users", `userName eq "${randomUUID()}"`)).toEqual([]);
    expect(await entra.find("/Users", 'userName eq "Test_User@example.com"')).toEqual([]);
    const id = await create("Test_User@example.com");
    expect(await entra.rights("test_user")).toBeUndefined();

    const without = "&excludedAttributes=members";
    expect(await entra.find("/Groups", 'displayName eq "core-team"', without)).toEqual([]);
    const group = await createGroup("core-team");
    await changeGroup(group, payload.addMembers(id));
    const rights = { "core/api": "write", "core/api#stable": "read" };
    expect(await entra.rights("test_user")).toEqual(rights);

    const read = await entra.send(200, "GET", `/Users/${id}`);
    const updated = await changeUser(id, payload.replaceSeveral[flag]);
    expect(updated.name.familyName).not.toBe(read.name.familyName);
    expect(updated.userName).toBe("Test_User@example.com");
    if (flag === "withoutFlag") {
      // Microsoft's sample gives another externalId, too
      expect(await entra.rights("test_user")).toBeUndefined();
      await entra.approve("POST", "/owners/test_user", { user: id });
    }
    expect(await entra.rights("test_user")).toEqual(rights);

    await changeGroup(group, payload.nameGroup("docs-team"));
    expect(await entra.rights("test_user")).toEqual({ docs: "write" });

    expect(await changeUser(id, payload.setActive[flag](false))).toMatchObject({ active: false });
    expect(await entra.rights("test_user")).toBeUndefined();
    expect(await changeUser(id, payload.setActive[flag](true))).toMatchObject({ active: true });
    expect(await entra.rights("test_user")).toEqual({ docs: "write" });

    await changeGroup(group, payload.removeMembers[flag](id));
    expect(await entra.rights("test_user")).toBeUndefined();
    await changeGroup(group, payload.addMembers(id));
    expect(await entra.rights("test_user")).toEqual({ docs: "write" });

    await changeUser(id, payload.setActive[flag](false));
    await entra.send(204, "DELETE", `/Users/${id}`);
    expect(await entra.rights("test_user")).toBeUndefined();
    await entra.send(404, "GET", `/Users/${id}`);
    await entra.send(204, "DELETE", `/Groups/${group}`);
    expect(await entra.find("/Groups", 'displayName eq "docs-team"', without)).toEqual([]);
  },
);

quirk("asks for a user that is not there", async () => {
  const filter = encodeURIComponent(`userName eq "${randomUUID()}"`);
  const list = await entra.send(200, "GET", `/Users?filter=${filter}`);
  expect(list).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
  const groups = await entra.find(
    "/Groups",
    `displayName eq "${randomUUID()}"`,
    "&excludedAttributes=members",
  );
  expect(groups).toEqual([]);
  // with the flag of the Tenant URL, if it is sent along
  await entra.send(200, "GET", `/Users?aadOptscim062020&filter=${filter}`);
  // one resource by an id that nobody has is something else
  await entra.send(404, "GET", `/Users/${randomUUID()}`);
});

quirk("writes operations with a capital letter", async () => {
  const id = await create("a@example.com");
  expect(await changeUser(id, payload.addNickName)).toMatchObject({ nickName: "Babs" });
  const replaced = await changeUser(id, patch({ op: "Replace", path: "nickName", value: "Bab" }));
  expect(replaced).toMatchObject({ nickName: "Bab" });
  expect(await changeUser(id, patch({ op: "Remove", path: "nickName" }))).not.toHaveProperty("nickName");
});

quirk("writes false as text", async () => {
  const id = await create("a@example.com", { roles: [payload.postedRole("Editor")] });
  expect(await entra.rights("a")).toEqual({ docs: "write" });
  expect(await changeUser(id, payload.setActive.withoutFlag(false))).toMatchObject({ active: false });
  expect(await entra.rights("a")).toBeUndefined();
  expect(await entra.send(200, "GET", `/Users/${id}`)).toHaveProperty("active", false);
  expect(await changeUser(id, payload.setActive.withoutFlag(true))).toMatchObject({ active: true });
  expect(await entra.rights("a")).toEqual({ docs: "write" });
});

quirk("names sub-attributes in a value", async () => {
  const id = await create("a@example.com");
  expect(await changeUser(id, payload.replaceSeveral.withFlag)).toMatchObject({
    displayName: "Bjfe",
    name: { formatted: "givenName familyName", givenName: "Kkom", familyName: "Unua" },
    emails: [{ primary: true, type: "work", value: "Mhvaes@example.com" }],
    [enterprise]: { employeeNumber: "Aklq" },
  });
  const more = {
    'emails[type eq "work"].value': "new@example.com",
    'phoneNumbers[type eq "mobile"].value': "555-555-5555",
    [`${enterprise}:department`]: "Research",
    active: "False",
  };
  expect(await changeUser(id, patch({ op: "Replace", value: more }))).toMatchObject({
    active: false,
    emails: [{ primary: true, type: "work", value: "new@example.com" }],
    phoneNumbers: [{ type: "mobile", value: "555-555-5555" }],
    [enterprise]: { employeeNumber: "Aklq", department: "Research" },
  });
});

quirk("lists the members to remove", async () => {
  const [a, b, c] = [
    await create("a@example.com"),
    await create("b@example.com"),
    await create("c@example.com"),
  ];
  const group = await createGroup("docs-team");
  await changeGroup(group, payload.addMembers(a, b, c));
  await changeGroup(group, payload.removeMembers.withoutFlag(a, b));
  const rights = await Promise.all(["a", "b", "c"].map((account) => entra.rights(account)));
  expect(rights).toEqual([undefined, undefined, { docs: "write" }]);
  // what the documentation has without the reference, again, and of nobody: the others stay
  await changeGroup(group, patch({ op: "Remove", path: "members", value: [{ value: a }] }));
  await changeGroup(group, patch({ op: "Remove", path: "members", value: [{ value: "u1091" }] }));
  expect(await entra.rights("c")).toEqual({ docs: "write" });
  await changeGroup(group, payload.removeMembers.withFlag(c));
  expect(await entra.rights("c")).toBeUndefined();
});

quirk("refers to null", async () => {
  const id = await create("a@example.com");
  const group = await createGroup("docs-team");
  await changeGroup(group, patch({ op: "Add", path: "members", value: [{ $ref: null, value: id }] }));
  expect(await entra.rights("a")).toEqual({ docs: "write" });
  const { members } = await entra.send(200, "GET", `/Groups/${group}`);
  expect(members).toMatchObject([{ value: id, $ref: expect.stringContaining(`/Users/${id}`) }]);
});

quirk("replaces an e-mail that is not there", async () => {
  const id = await create("a@example.com", { emails: undefined });
  const work = 'emails[type eq "work"].value';
  const replaced = await changeUser(id, patch({ op: "Replace", path: work, value: "new@example.com" }));
  expect(replaced.emails).toEqual([{ type: "work", value: "new@example.com" }]);
  const other = patch({ op: "Add", path: 'emails[type eq "other"].value', value: "o@example.com" });
  expect((await changeUser(id, other)).emails).toEqual([
    { type: "work", value: "new@example.com" },
    { type: "other", value: "o@example.com" },
  ]);
  const again = await changeUser(id, patch({ op: "Replace", path: work, value: "newer@example.com" }));
  expect(again.emails[0]).toEqual({ type: "work", value: "newer@example.com" });
});

quirk("writes the manager as text", async () => {
  const boss = await create("boss@example.com");
  const asText = { [enterprise]: { manager: boss } };
  const id = await create("a@example.com", asText);
  const managed = { [enterprise]: { manager: { value: boss } } };
  expect(await entra.send(200, "GET", `/Users/${id}`)).toMatchObject(managed);
  const path = `${enterprise}:manager`;
  expect(await changeUser(id, patch({ op: "Remove", path }))).not.toHaveProperty([enterprise, "manager"]);
  for (const value of [boss, { value: boss }, [{ $ref: null, value: boss }]]) {
    await changeUser(id, patch({ op: "Remove", path }));
    expect(await changeUser(id, patch({ op: "Replace", path, value }))).toMatchObject(managed);
  }
  const named = patch({ op: "replace", value: { [path]: boss } });
  expect(await changeUser(id, named)).toMatchObject(managed);
});

quirk("chooses the manager to remove", async () => {
  const boss = await create("boss@example.com");
  for (const path of ["manager", `${enterprise}:manager`]) {
    const id = await create(`${path.length}@example.com`, { [enterprise]: { manager: { value: boss } } });
    const removed = patch(
      { op: "remove", path: `${path}[value eq "${boss}"]` },
      { op: "replace", path: "active", value: false },
    );
    const user = await changeUser(id, removed);
    expect(user).toMatchObject({ active: false });
    expect(user).not.toHaveProperty([enterprise]);
  }
});

quirk("leaves out the schema of the manager", async () => {
  const [boss, id] = [await create("boss@example.com"), await create("a@example.com")];
  expect(await changeUser(id, payload.addManager(boss))).toMatchObject({
    [enterprise]: { manager: { value: boss } },
  });
});

quirk("sends null for what a user does not have", async () => {
  const created = await entra.send(201, "POST", "/Users", payload.newUserWithNulls("jyoung@example.com"));
  expect(created).toMatchObject({ externalId: "jyoung", displayName: "Joy Young", active: true });
  for (const name of ["addresses", "phoneNumbers", "preferredLanguage", "title", "department", "manager"])
    expect(created).not.toHaveProperty(name);
});

quirk("names schemas that nobody has", async () => {
  const user = await entra.send(201, "POST", "/Users", payload.newUserWithNulls("jyoung@example.com"));
  const group = await entra.send(201, "POST", "/Groups", payload.newGroup("docs-team"));
  expect(user.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:User"]);
  expect(group.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
});

quirk("sends extensions that nobody declared", async () => {
  const tag = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:tag";
  const [schema = ""] = tag.split(":tag");
  const id = await create("a@example.com", { [schema]: { tag: "1" }, roles: [payload.postedRole("Editor")] });
  expect(await entra.rights("a")).toEqual({ docs: "write" });
  const off = patch({ op: "Replace", path: "active", value: "False" }, { op: "Add", path: tag, value: "2" });
  const user = await changeUser(id, off);
  expect(user).toMatchObject({ active: false });
  expect(user).not.toHaveProperty([schema]);
  expect(await entra.rights("a")).toBeUndefined();
});

quirk("chooses the role by primary", async () => {
  const id = await create("a@example.com");
  const added = await changeUser(id, payload.singleRole("Add", "Editor"));
  expect(added.roles).toEqual([{ value: "Editor", primary: true }]);
  expect(await entra.rights("a")).toEqual({ docs: "write" });
  const replaced = await changeUser(id, payload.singleRole("Replace", "Reader"));
  expect(replaced.roles).toEqual([{ value: "Reader", primary: true }]);
  expect(await entra.rights("a")).toBeUndefined();

  const posted = await create("b@example.com", { roles: [payload.postedRole("Editor")] });
  expect(await entra.rights("b")).toEqual({ docs: "write" });
  const changed = await changeUser(posted, payload.singleRole("Replace", "Reader"));
  expect(changed.roles).toEqual([payload.postedRole("Reader")]);
  expect(await entra.rights("b")).toBeUndefined();
});

quirk("writes app roles as JSON in text", async () => {
  const id = await create("a@example.com");
  const body = payload.addRoles("Editor", "Reader");
  const { roles } = await changeUser(id, body);
  expect(roles.map(({ value }: { value: string }) => JSON.parse(value).value)).toEqual(["Editor", "Reader"]);
  // it is no role of the name that is in it
  expect(await entra.rights("a")).toBeUndefined();
  expect((await changeUser(id, body)).roles).toHaveLength(2);
});

quirk("replaces all app roles", async () => {
  const id = await create("a@example.com");
  await changeUser(id, payload.replaceRoles("Editor", "Reader"));
  expect(await entra.rights("a")).toEqual({ docs: "write" });
  await changeUser(id, payload.replaceRoles("Reader"));
  expect(await entra.rights("a")).toBeUndefined();
  expect(await changeUser(id, payload.replaceRoles())).not.toHaveProperty("roles");
});

quirk("asks for groups without their members", async () => {
  const id = await create("a@example.com");
  const group = await createGroup("docs-team");
  await changeGroup(group, payload.addMembers(id));
  const read = await entra.send(200, "GET", `/Groups/${group}?excludedAttributes=members`);
  expect(read).toMatchObject({ id: group, externalId: "ext-docs-team", displayName: "docs-team" });
  expect(read).not.toHaveProperty("members");
  const [found] = await entra.find("/Groups", 'displayName eq "docs-team"', "&excludedAttributes=members");
  expect(found).toEqual(read);
});

quirk("filters by what it matches on", async () => {
  const id = await create("Ann.Lee@example.com");
  const group = await createGroup("Docs-Team");
  for (const filter of [
    'userName eq "Ann.Lee@example.com"',
    'userName eq "ANN.LEE@EXAMPLE.COM"',
    'username EQ "ann.lee@example.com"',
    'externalId eq "ext-Ann.Lee@example.com"',
    'emails[type eq "work"].value eq "Ann.Lee@example.com"',
  ])
    expect(await entra.find("/Users", filter), filter).toMatchObject([{ id }]);
  for (const filter of [
    'displayName eq "Docs-Team"',
    'displayName eq "docs-team"',
    'externalId eq "ext-Docs-Team"',
  ])
    expect(await entra.find("/Groups", filter), filter).toMatchObject([{ id: group }]);
  // caseExact, as RFC 7643 has it
  expect(await entra.find("/Users", 'externalId eq "EXT-ann.lee@example.com"')).toEqual([]);
});

quirk("asks whether a reference is there", async () => {
  const boss = await create("boss@example.com");
  const id = await create("a@example.com", { [enterprise]: { manager: { value: boss } } });
  const group = await createGroup("docs-team");
  await changeGroup(group, payload.addMembers(id));
  const manager = `${enterprise}:manager`;
  for (const [filter, expected] of [
    [`id eq "${id}" and ${manager} eq "${boss}"`, [{ id }]],
    [`${manager}.value eq "${boss}" and id eq "${id}"`, [{ id }]],
    [`id eq "${id}" and ${manager} eq "${id}"`, []],
    [`id eq "${id}" and manager eq "${boss}"`, [{ id }]],
  ] as const)
    expect(await entra.find("/Users", filter, "&attributes=id"), filter).toMatchObject(expected);
  for (const [filter, expected] of [
    [`id eq "${group}" and members eq "${id}"`, [{ id: group }]],
    [`id eq "${group}" and members eq "${boss}"`, []],
  ] as const)
    expect(await entra.find("/Groups", filter, "&excludedAttributes=members"), filter).toMatchObject(
      expected,
    );
});

quirk("disables first and deletes later", async () => {
  const id = await create("a@example.com");
  const group = await createGroup("docs-team");
  await changeGroup(group, payload.addMembers(id));
  await changeUser(id, payload.setActive.withoutFlag(false));
  expect(await entra.rights("a")).toBeUndefined();
  // in these 30 days the user is still found, and inactive
  expect(await entra.find("/Users", 'userName eq "a@example.com"')).toMatchObject([{ id, active: false }]);
  await entra.send(204, "DELETE", `/Users/${id}`);
  expect(await entra.find("/Users", 'userName eq "a@example.com"')).toEqual([]);
  await entra.send(404, "DELETE", `/Users/${id}`);
  expect((await entra.send(200, "GET", `/Groups/${group}`)).members ?? []).toEqual([]);
  // another person of that name does not inherit the account
  const next = payload.newUser("a@example.com", { externalId: "ext-other" });
  const heir = await entra.send(201, "POST", "/Users", next);
  expect(await entra.rights("a")).toBeUndefined();
  await entra.send(204, "DELETE", `/Users/${heir.id}`);
  // and the same one does, without the old memberships
  const back = await entra.send(201, "POST", "/Users", payload.newUser("a@example.com"));
  expect(await entra.rights("a")).toBeUndefined();
  await changeGroup(group, payload.addMembers(back.id));
  expect(await entra.rights("a")).toEqual({ docs: "write" });
});

quirk("does not send the groups of who comes back", async () => {
  const id = await create("a@example.com");
  const [docs, core] = [await createGroup("docs-team"), await createGroup("core-team")];
  await changeGroup(docs, payload.addMembers(id));
  await changeGroup(core, payload.addMembers(id));
  await changeUser(id, payload.setActive.withFlag(false));
  // memberships that change meanwhile are kept too, and give nothing yet
  await changeGroup(core, payload.removeMembers.withFlag(id));
  expect(await entra.rights("a")).toBeUndefined();
  await changeUser(id, payload.setActive.withFlag(true));
  expect(await entra.rights("a")).toEqual({ docs: "write" });
});
