/** Groups by pattern and derived groups at the agent: what SCIM changes is in the access file at once. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const lead = 'user.?roles.orValue([]).exists(r, r.?value.orValue("") == "lead")';

const release = () =>
  h.release((draft: ReleaseShape) => {
    draft.connectors.okta.groups = [{ name: "leads", when: lead }, { pattern: "hg-*" }];
    draft.permissions = {
      core: { ...draft.permissions.core, read: ["okta/hg-readers"], write: ["okta/leads"], branches: {} },
    };
  });

const rights = async () =>
  Object.fromEntries(
    (await h.admin("GET", "/access")).body.access.map(({ account, right }: Record<string, string>) => [
      account,
      right,
    ]),
  );

async function hire(name: string, roles: string[] = []): Promise<string> {
  const reply = await h.scim("POST", "/Users", {
    userName: `${name}@example.com`,
    roles: roles.map((value) => ({ value })),
  });
  expect(reply.status).toBe(201);
  return reply.body.id;
}

test("a role that comes, changes and goes moves access with the write that says so", async () => {
  await h.deploy(await release());
  const ada = await hire("ada", ["lead"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/leads"]);
  expect(await rights()).toEqual({ ada: "write" });

  const patch = (operation: object) =>
    h.scim("PATCH", `/Users/${ada}`, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [operation],
    });
  expect((await patch({ op: "replace", path: "roles", value: [{ value: "developer" }] })).status).toBe(200);
  expect(h.accessFile().memberships).toEqual([]);
  expect(await rights()).toEqual({});

  expect((await patch({ op: "add", path: "roles", value: [{ value: "lead" }] })).status).toBe(200);
  expect(h.accessFile().memberships).toEqual(["ada,okta/leads"]);

  expect((await patch({ op: "replace", path: "active", value: false })).status).toBe(200);
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,0"], memberships: [] });
  expect((await patch({ op: "replace", path: "active", value: true })).status).toBe(200);
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,1"], memberships: ["ada,okta/leads"] });

  // another account name takes the derived groups along
  expect((await patch({ op: "replace", path: "userName", value: "adah@example.com" })).status).toBe(200);
  expect(h.accessFile().memberships).toEqual(["adah,okta/leads"]);
});

test("a group is selected by a pattern from the moment on when its name matches", async () => {
  await h.deploy(await release());
  const ada = await hire("ada");
  const group = await h.scim("POST", "/Groups", { displayName: "HG-Readers", members: [{ value: ada }] });
  expect(group.status).toBe(201);
  expect(h.accessFile().memberships).toEqual(["ada,okta/hg-readers"]);
  expect(await rights()).toEqual({ ada: "read" });

  const rename = (displayName: string) =>
    h.scim("PUT", `/Groups/${group.body.id}`, { displayName, members: [{ value: ada }] });
  await rename("readers");
  expect(h.accessFile().memberships).toEqual([]);
  await rename("Hg-Writers");
  expect(h.accessFile().memberships).toEqual(["ada,okta/hg-writers"]);
  // nobody gets into a derived group by its name
  await rename("leads");
  expect(h.accessFile().memberships).toEqual([]);
  expect(await rights()).toEqual({});
});

test("a start, and a release that changes who is derived, give the same access file as the writes", async () => {
  const first = await h.deploy(await release());
  const ada = await hire("ada", ["lead"]);
  const bob = await hire("bob", ["manager"]);
  await h.scim("POST", "/Groups", { displayName: "hg-readers", members: [{ value: ada }, { value: bob }] });
  const written = h.accessFile();
  expect(written.memberships).toEqual(["ada,okta/hg-readers", "ada,okta/leads", "bob,okta/hg-readers"]);
  await h.restart();
  expect(h.accessFile()).toEqual(written);

  const other = (await release()) as ReleaseShape;
  other.connectors.okta.groups[0].when = lead.replace('"lead"', '"manager"');
  const impact = await h.admin("POST", "/impact", { body: { release: other } });
  expect(impact.body.changes).toEqual([
    { account: "ada", repository: "core/api", before: "write", after: "read" },
    { account: "bob", repository: "core/api", before: "read", after: "write" },
  ]);
  const second = await h.deploy(other, first);
  expect(h.accessFile().memberships).toEqual([
    "ada,okta/hg-readers",
    "bob,okta/hg-readers",
    "bob,okta/leads",
  ]);
  await h.deploy(await release(), second);
  expect(h.accessFile()).toEqual(written);
});

test("a user whose derived group cannot be evaluated is refused, and keeps what they had", async () => {
  const senior = (await release()) as ReleaseShape;
  senior.connectors.okta.groups[0].when = 'int(user.?title.orValue("0")) > 3';
  await h.deploy(senior);
  const ada = await h.scim("POST", "/Users", { userName: "ada@example.com", title: "4" });
  const before = h.accessFile();
  expect(before.memberships).toEqual(["ada,okta/leads"]);
  const reply = await h.scim("PUT", `/Users/${ada.body.id}`, { userName: "ada@example.com", title: "x" });
  expect(reply.status).toBe(400);
  expect(reply.body.detail).toMatch(/^derived group leads of connector okta: /);
  expect(h.accessFile()).toEqual(before);
});

test("a token opens the resources that auth.allow names, and no others", async () => {
  await h.deploy(
    await h.release((draft: ReleaseShape) => {
      draft.connectors.okta.auth.allow = ["users"];
      draft.connectors.okta.groups = [{ name: "leads", when: lead }];
      draft.permissions = {
        core: { ...draft.permissions.core, read: ["okta/leads"], write: [], branches: {} },
      };
    }),
  );
  await hire("ada", ["lead"]);
  expect(await rights()).toEqual({ ada: "read" });
  for (const [method, path] of [
    ["GET", "/Groups"],
    ["GET", "/Groups/1"],
    ["POST", "/Groups"],
  ] as const) {
    const reply = await h.scim(method, path, method === "POST" ? { displayName: "x" } : undefined);
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toBe("auth.allow of this connector does not name groups");
  }
  expect((await h.scim("GET", "/Groups", undefined, "wrong")).status).toBe(401);
});
