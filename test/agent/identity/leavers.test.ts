/** Another person takes a leaver's account: not by any sequence of writes, until an approver says so. */
import { describe, expect, test } from "vitest";
import { stage } from "./people.ts";

const s = stage();

/** A leaver with access by core-team, known by the externalId A. */
async function leaver(): Promise<string> {
  const id = await s.hire("alice", "A");
  await s.join("core-team", id);
  expect(s.access("alice")).toEqual(["okta/core-team"]);
  await s.patch(id, { active: false });
  expect(s.access("alice")).toBeUndefined();
  return id;
}

const put = (id: string, body: object) =>
  s.scim(200, "PUT", `/Users/${id}`, { userName: "alice@example.com", ...body });

describe("whatever changes the row first, the next person has no access", () => {
  const sequences: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    "PUT with another externalId": (id) => put(id, { externalId: "B", active: true }),
    "activated, then another externalId": async (id) => {
      await s.patch(id, { active: true });
      await put(id, { externalId: "B", active: true });
    },
    "another externalId while inactive, then activated": async (id) => {
      await put(id, { externalId: "B", active: false });
      await s.patch(id, { active: true });
    },
    "a PUT without externalId between": async (id) => {
      await put(id, { active: false });
      await put(id, { externalId: "B", active: true });
    },
    "a PATCH that removes externalId between": async (id) => {
      await s.scim(200, "PATCH", `/Users/${id}`, { Operations: [{ op: "remove", path: "externalId" }] });
      await s.patch(id, { active: true });
      await s.patch(id, { externalId: "B" });
    },
    "another externalId, which is then removed": async (id) => {
      await put(id, { externalId: "B", active: true });
      await s.scim(200, "PATCH", `/Users/${id}`, { Operations: [{ op: "remove", path: "externalId" }] });
    },
    "another case of it": (id) => put(id, { externalId: "a", active: true }),
    "an externalId that is an e-mail now": (id) => put(id, { externalId: "alice@example.com", active: true }),
    "by way of another userName and back": async (id) => {
      await put(id, { userName: "amy@example.com", externalId: "B", active: true });
      expect(s.access("amy")).toBeUndefined();
      await put(id, { externalId: "B", active: true });
    },
    "another person's own userName": async (id) => {
      await put(id, { userName: "bob@example.com", externalId: "B", active: true });
      expect(s.access("bob")).toBeUndefined();
    },
    "deleted and made again by another": async (id) => {
      await s.scim(204, "DELETE", `/Users/${id}`);
      const next = await s.hire("alice", "B");
      await s.join("core-team", next);
    },
    "deleted and made again by nobody in particular": async (id) => {
      await s.scim(204, "DELETE", `/Users/${id}`);
      await s.join("core-team", await s.hire("alice"));
    },
    "deleted, made without externalId, which comes later": async (id) => {
      await s.scim(204, "DELETE", `/Users/${id}`);
      const next = await s.hire("alice");
      await s.join("core-team", next);
      await s.patch(next, { externalId: "B" });
    },
    "deleted, and the restart of the agent between": async (id) => {
      await s.scim(204, "DELETE", `/Users/${id}`);
      await s.h.restart();
      await s.join("core-team", await s.hire("alice", "B"));
    },
  };
  test.each(Object.entries(sequences))("%s", async (_, play) => {
    await play(await leaver());
    expect(s.access("alice")).toBeUndefined();
    const { withheld } = await s.owners();
    expect(withheld).toHaveLength(1);
    // nor by another release, nor by a restart
    await s.h.restart();
    const { digest } = (await s.h.admin("GET", "/release")).body;
    await s.h.deploy(await s.h.release((release) => (release.permissions.core.read = [])), digest);
    expect(s.access("alice")).toBeUndefined();
    expect((await s.owners()).withheld).toHaveLength(1);
  });
});

test("the same person comes back with what the provider left them", async () => {
  const id = await leaver();
  await put(id, { externalId: "A", active: true });
  expect(s.access("alice")).toEqual(["okta/core-team"]);
});

test("who has no identity yet gets one while they have the account, and not after", async () => {
  const known = await s.hire("ann");
  await s.patch(known, { externalId: "N" });
  expect(s.access("ann")).toEqual([]);
  await s.patch(known, { externalId: "M" });
  expect(s.access("ann")).toBeUndefined();

  const left = await s.hire("bob");
  await s.patch(left, { active: false });
  await s.patch(left, { active: true });
  expect(s.access("bob")).toEqual([]);
  await s.patch(left, { externalId: "B" });
  expect(s.access("bob")).toBeUndefined();
});

test("nor by the write that shuts them out", async () => {
  for (const first of [undefined, "cy@example.com"]) {
    const id = await s.hire("cy", first);
    await s.patch(id, { active: false, externalId: "C" });
    await s.scim(204, "DELETE", `/Users/${id}`);
    const next = await s.hire("cy", "C");
    expect(s.access("cy")).toBeUndefined();
    await s.scim(204, "DELETE", `/Users/${next}`);
    await s.approve(204, "DELETE", "/owners/cy");
  }
});

test("an e-mail that is the externalId, too, follows a new name", async () => {
  const id = await s.hire("ann", "ann@example.com");
  await s.join("core-team", id);
  await put(id, { userName: "lee@example.com", externalId: "lee@example.com", active: true });
  expect(s.access("lee")).toEqual(["okta/core-team"]);
});

test("an approver says that it is the same person, or another one", async () => {
  const id = await s.hire("alice", "A");
  await s.join("core-team", id);
  await put(id, { externalId: "B", active: true });
  expect(s.access("alice")).toBeUndefined();
  const shown = (await s.owners()).withheld;
  expect(shown).toMatchObject([
    { account: "alice", connector: "okta", user: id, because: "identity", groups: ["core-team"] },
  ]);
  expect((await s.lastAudit()).detail).toContain(
    `account alice is withheld: the user has another externalId than was known, and may be another person; an approver says whose it is (hgscim owners confirm`,
  );
  await s.approve(409, "POST", "/owners/alice", { user: "nobody" });
  await s.approve(204, "POST", "/owners/alice", { user: id });
  expect(s.access("alice")).toEqual(["okta/core-team"]);
  expect((await s.lastAudit()).detail).toContain("the same person");
  // from now on B is who they are
  await put(id, { externalId: "A", active: true });
  expect(s.access("alice")).toBeUndefined();

  // another person gets the name without the groups of the one before
  await s.approve(204, "DELETE", "/owners/alice");
  expect(s.access("alice")).toEqual([]);
  expect((await s.lastAudit()).detail).toContain("another person than before; 1 memberships ended");
});

test("confirmed without the memberships, or released with them", async () => {
  const id = await s.hire("alice", "A");
  await s.join("core-team", id);
  await s.patch(id, { externalId: "B" });
  await s.approve(204, "POST", "/owners/alice", { user: id, memberships: "drop" });
  expect(s.access("alice")).toEqual([]);
  await s.join("core-team", id);
  await s.patch(id, { externalId: "C" });
  await s.approve(204, "DELETE", "/owners/alice?memberships=keep");
  expect(s.access("alice")).toEqual(["okta/core-team"]);
});

test("who gets a name by an approver's word does not get the other names of the one before", async () => {
  const id = await s.hire("lee");
  await s.patch(id, { userName: "ann@example.com" });
  await s.patch(id, { active: false });
  await s.patch(id, { active: true, externalId: "B" });
  await s.approve(204, "DELETE", "/owners/ann");
  expect(s.access("ann")).toEqual([]);
  await s.patch(id, { userName: "lee@example.com" });
  expect(s.access("lee")).toBeUndefined();
  expect((await s.owners()).withheld).toMatchObject([{ account: "lee", because: "owner" }]);
});
