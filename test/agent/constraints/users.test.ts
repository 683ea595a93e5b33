/** Constraints on users, over HTTP: what is refused changes nothing, and nobody who leaves is kept in. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { constrained } from "./constrained.ts";
import { entraAdd, entraDeactivate, googleSuspend, oktaDeactivate, oktaUser } from "./payloads.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const lastAudit = async () => (await h.admin("GET", "/audit")).body.rows.at(-1);

test("each kind refuses with 400 invalidValue, its name and its message", async () => {
  await h.deploy(
    await constrained(h, {
      names: {
        attributes: ["enterprise.department", "name.familyName"],
        on: ["user.create"],
        otherwise: "reject",
      },
      mail: {
        values: { of: "email", domains: ["example.com"] },
        otherwise: "reject",
        message: "Our mail only.",
      },
      root: { values: { of: "account", reserved: ["root"], pattern: "[a-z]+" }, otherwise: "reject" },
      guests: {
        require: "has(user.title)",
        when: 'user.?userType.orValue("") == "guest"',
        otherwise: "reject",
      },
      frozen: { before: 'user.?nickName.orValue("") != "frozen"', otherwise: "reject" },
      named: { after: 'account.name != user.?displayName.orValue("")', otherwise: "reject" },
    }),
  );
  const department = {
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "R&D" },
  };
  const create = (userName: string, parts: object = department) =>
    h.scim("POST", "/Users", oktaUser(userName, parts));
  const refused = async (reply: ReturnType<typeof create>, detail: string) => {
    expect(await reply).toMatchObject({
      status: 400,
      body: { scimType: "invalidValue", status: "400", detail },
    });
    expect(await lastAudit()).toMatchObject({ outcome: "refused", code: "constraintOnValue", detail });
  };
  await refused(create("ann@example.com", {}), "constraint names: enterprise.department is missing");
  await refused(create("ann@evil.example"), "constraint mail: Our mail only.");
  await refused(create("root@example.com"), "constraint root: the account is reserved");
  await refused(create("a.n@example.com"), "constraint root: the account does not match [a-z]+");
  await refused(
    create("ann@example.com", { ...department, userType: "guest" }),
    "constraint guests: it must hold that has(user.title)",
  );
  expect((await h.scim("GET", "/Users")).body.totalResults).toBe(0);
  expect(h.accessFile().accounts).toEqual([]);

  const ann = await create("ann@example.com");
  expect(ann.status).toBe(201);
  const put = (parts: object) =>
    h.scim("PUT", `/Users/${ann.body.id}`, oktaUser("ann@example.com", { ...department, ...parts }));
  const said = 'it must hold that account.name != user.?displayName.orValue("")';
  await refused(put({ displayName: "ann" }), `constraint named: ${said}`);
  expect((await put({ nickName: "frozen" })).status).toBe(200);
  await refused(
    put({ nickName: "thawed" }),
    'constraint frozen: it must hold that user.?nickName.orValue("") != "frozen"',
  );
  // several at once are all told
  expect((await create("root@evil.example", {})).body.detail).toBe(
    "constraint mail: Our mail only.; constraint names: enterprise.department is missing; constraint root: the account is reserved",
  );
});

test("nobody gets around what is asked of new users by being created inactive, or under another name", async () => {
  await h.deploy(
    await constrained(
      h,
      {
        complete: { attributes: ["title"], otherwise: "reject" },
        root: { values: { of: "account", reserved: ["root"] }, on: ["user.create"], otherwise: "reject" },
        team: { require: "has(user.nickName)", on: ["member.add"], otherwise: "reject" },
        frozen: { before: 'user.?nickName.orValue("") != "frozen"', otherwise: "reject" },
      },
      (draft) =>
        draft.connectors.okta.groups.push({ name: "leads", when: 'user.?userType.orValue("") == "lead"' }),
    ),
  );
  const activate = { Operations: [{ op: "replace", value: { active: true } }] };
  const ann = await h.scim("POST", "/Users", oktaUser("ann@example.com", { active: false }));
  expect(ann.status).toBe(201);
  expect((await h.scim("PATCH", `/Users/${ann.body.id}`, activate)).body.detail).toBe(
    "constraint complete: title is missing",
  );
  const put = (userName: string, parts: object) =>
    h.scim(
      "PUT",
      `/Users/${ann.body.id}`,
      oktaUser(userName, { externalId: ann.body.externalId, title: "Dr", ...parts }),
    );
  expect((await put("ann@example.com", {})).status).toBe(200);
  expect((await put("root@example.com", {})).body.detail).toBe("constraint root: the account is reserved");
  // nor by being put into a group, or written into a derived one, before
  const members = [{ value: ann.body.id }];
  expect((await put("ann@example.com", { active: false })).status).toBe(200);
  expect((await h.scim("POST", "/Groups", { displayName: "core-team", members })).status).toBe(201);
  expect((await put("ann@example.com", {})).body.detail).toMatch(/^constraint team: it must hold/);
  expect((await put("ann@example.com", { nickName: "x" })).status).toBe(200);
  expect((await put("ann@example.com", {})).status).toBe(200);
  expect((await put("ann@example.com", { userType: "lead" })).body.detail).toMatch(/^constraint team: /);
  expect((await put("ann@example.com", { userType: "lead", nickName: "x" })).status).toBe(200);
  // who has the account already is updated
  expect((await put("ann@example.com", { title: undefined, nickName: "frozen" })).status).toBe(200);
  expect((await put("ann@example.com", { active: false, nickName: "frozen" })).status).toBe(200);
  expect((await put("ann@example.com", {})).body.detail).toMatch(/^constraint frozen: /);
});

test("what only warns is done, and is in the audit", async () => {
  await h.deploy(
    await constrained(h, {
      titled: { attributes: ["title"], otherwise: "warn", message: "Somebody without a title." },
      team: { after: '!("okta/core-team" in account.groups)', otherwise: "warn" },
    }),
  );
  const ann = await h.scim("POST", "/Users", oktaUser("ann@example.com"));
  expect(ann.status).toBe(201);
  expect(await lastAudit()).toMatchObject({
    outcome: "done",
    detail: "account ann is let in; warning of constraint titled: Somebody without a title.",
  });
  const group = await h.scim("POST", "/Groups", { displayName: "core-team", members: [] });
  expect((await h.scim("PATCH", `/Groups/${group.body.id}`, entraAdd(ann.body.id))).status).toBe(204);
  expect((await lastAudit()).detail).toMatch(/; warning of constraint team: ann: it must hold that /);
  expect(h.accessFile().memberships).toEqual(["ann,okta/core-team"]);
});

test("who joins a group is judged where a constraint asks for it, and nobody who leaves it", async () => {
  const first = await h.deploy(await constrained(h, {}));
  const people = await staff(h, { engineering: ["ann", "bob"], "core-team": ["bob"] });
  await h.deploy(
    await constrained(h, {
      titled: { after: '!("okta/core-team" in account.groups) || has(user.title)', otherwise: "reject" },
      mail: { values: { of: "account", reserved: ["ann"] }, on: ["member.add"], otherwise: "reject" },
    }),
    first,
  );
  const [, { id }] = (await h.scim("GET", "/Groups")).body.Resources;
  const before = h.accessFile();
  const reply = await h.scim("PATCH", `/Groups/${id}`, entraAdd(people.get("ann") ?? ""));
  expect(reply).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
  expect(reply.body.detail).toMatch(
    /^constraint mail: ann: the account is reserved; constraint titled: ann: it must hold that /,
  );
  // a group made with them, or renamed to that name, is no way around
  const members = [{ value: people.get("ann") }];
  expect((await h.scim("POST", "/Groups", { displayName: "docs-team", members })).status).toBe(400);
  const other = await h.scim("POST", "/Groups", { displayName: "other", members });
  expect(other.status).toBe(201);
  const renamed = { displayName: "Docs-Team", members };
  expect((await h.scim("PUT", `/Groups/${other.body.id}`, renamed)).status).toBe(400);
  expect(h.accessFile()).toEqual(before);

  const empty = await h.scim("PUT", `/Groups/${id}`, { displayName: "core-team", members: [] });
  expect(empty.status).toBe(200);
  expect(h.accessFile().memberships).toEqual(["ann,okta/engineering", "bob,okta/engineering"]);
});

test("no rule about users or duties keeps anybody in, whichever way they leave", async () => {
  const lead = 'user.?roles.orValue([]).exists(r, r.?value.orValue("") == "lead")';
  const derived = (draft: ReleaseShape) => draft.connectors.okta.groups.push({ name: "leads", when: lead });
  const first = await h.deploy(await constrained(h, {}, derived));
  const names = ["ann", "bob", "cai", "dan", "eve"];
  const people = await staff(h, { engineering: names, "core-team": names });
  const user = (name: string) => `/Users/${people.get(name)}`;
  const roles = { roles: [{ value: "lead" }] };
  await h.scim("PUT", user("eve"), oktaUser("eve@example.com", roles));
  await h.deploy(
    await constrained(
      h,
      {
        a: { require: "false", otherwise: "reject" },
        b: { attributes: ["title"], on: ["member.add", "user.update"], otherwise: "reject" },
        c: { values: { of: "account", pattern: "x" }, otherwise: "reject" },
        d: { before: "false", otherwise: "reject" },
        e: { after: "false", otherwise: "reject" },
        f: { separate: { groups: ["okta/engineering", "okta/core-team"] }, otherwise: "reject" },
      },
      derived,
    ),
    first,
  );
  expect((await h.scim("PATCH", user("ann"), oktaDeactivate)).status).toBe(200);
  expect((await h.scim("PATCH", user("bob"), entraDeactivate)).status).toBe(200);
  expect((await h.scim("PATCH", user("cai"), googleSuspend)).status).toBe(200);
  expect((await h.scim("DELETE", user("dan"))).status).toBe(204);
  const eve = oktaUser("eve@example.com");
  // a derived group is left by an attribute that goes
  expect((await h.scim("PUT", user("eve"), eve)).status).toBe(200);
  expect(h.accessFile()).toMatchObject({
    accounts: ["ann,0", "bob,0", "cai,0", "dan,0", "eve,1"],
    memberships: ["eve,okta/core-team", "eve,okta/engineering"],
  });
  // and nothing else of theirs changes, nor do they come back
  expect((await h.scim("PUT", user("eve"), { ...eve, title: "Dr" })).status).toBe(400);
  expect((await h.scim("PUT", user("eve"), { ...eve, ...roles })).status).toBe(400);
  expect(
    (await h.scim("PUT", user("ann"), oktaUser("ann@example.com", { externalId: undefined }))).status,
  ).toBe(400);
  expect((await h.scim("PUT", user("eve"), { ...eve, active: false })).status).toBe(200);
});
