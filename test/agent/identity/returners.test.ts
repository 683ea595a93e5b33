/** Who comes back, and a provider that renumbers everybody. */
import { describe, expect, test } from "vitest";
import { stage } from "./people.ts";

describe("who is deleted and made again", () => {
  const s = stage();

  test("is the owner by the same externalId, without the old memberships", async () => {
    const id = await s.hire("ann", "A");
    await s.join("core-team", id);
    for (let turn = 0; turn < 3; turn++) {
      const { Resources } = await s.scim(200, "GET", "/Users");
      await s.scim(204, "DELETE", `/Users/${Resources[0].id}`);
      const [owned] = (await s.owners()).owners;
      expect(owned).toMatchObject({ account: "ann", by: "externalId", state: "gone" });
      const back = await s.hire("ann", "A");
      expect((await s.lastAudit()).detail).toContain("account ann is back with its owner");
      expect(s.access("ann")).toEqual([]);
      await s.join("core-team", back);
      expect(s.access("ann")).toEqual(["okta/core-team"]);
    }
  });

  test.each([
    ["none", undefined, {}],
    ["the userName", "ann@example.com", {}],
    ["the userName in another case", "Ann@Example.com", {}],
    ["an e-mail", "ann@work.example", { emails: [{ value: "ann@work.example" }] }],
    ["the account", "ann", {}],
  ])("proves nothing by %s as externalId", async (_, externalId, parts) => {
    const id = await s.hire("ann", externalId, parts);
    await s.scim(204, "DELETE", `/Users/${id}`);
    const next = await s.hire("ann", externalId, parts);
    expect(s.access("ann")).toBeUndefined();
    expect(await s.owners()).toMatchObject({
      owners: [{ account: "ann", by: "resource", state: "gone" }],
      withheld: [{ account: "ann", user: next, because: "owner" }],
    });
    const shown = await s.scim(200, "GET", `/Users/${next}`);
    expect(JSON.stringify(shown)).toContain("account ann is withheld");
    await s.approve(204, "POST", "/owners/ann", { user: next });
    expect(s.access("ann")).toEqual([]);
    expect(JSON.stringify(await s.scim(200, "GET", `/Users/${next}`))).not.toContain("withheld");
  });

  test("an externalId that only now equals the e-mail proves nothing", async () => {
    const id = await s.hire("ann", "x@example.com");
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.hire("ann", "x@example.com", { emails: [{ value: "X@example.com" }] });
    expect(s.access("ann")).toBeUndefined();
  });

  test("two of one identity have the account one after the other, never at once", async () => {
    const id = await s.hire("ann", "A");
    await s.patch(id, { active: false });
    const second = await s.hire("ann@x.", "A").catch(() => undefined);
    if (second === undefined) return;
    expect(s.access("ann")).toEqual([]);
    await s.scim(409, "PATCH", `/Users/${id}`, {
      Operations: [{ op: "replace", path: "active", value: true }],
    });
  });

  test("several who wait are told apart; who is confirmed has the name alone", async () => {
    const id = await s.hire("ann", "A");
    await s.scim(204, "DELETE", `/Users/${id}`);
    const first = await s.hire("ann", "B");
    const second = (await s.scim(201, "POST", "/Users", { userName: "ann@x.@example.com", externalId: "C" }))
      .id;
    await s.approve(409, "DELETE", "/owners/ann");
    await s.approve(204, "POST", "/owners/ann", { user: second });
    expect((await s.owners()).withheld).toMatchObject([{ user: first }]);
    await s.scim(200, "GET", `/Users/${first}`);
    await s.approve(409, "POST", "/owners/ann", { user: first });
  });

  test("one who waits is not let in by what becomes of a third", async () => {
    const id = await s.hire("ann", "A");
    const third = await s.hire("bob", "A");
    await s.scim(204, "DELETE", `/Users/${id}`);
    const next = await s.hire("ann", "A");
    expect(s.access("ann")).toBeUndefined();
    await s.scim(204, "DELETE", `/Users/${third}`);
    const { accounts } = (await s.h.admin("GET", "/access")).body;
    expect(accounts).toEqual([]);
    await s.h.restart();
    expect(s.access("ann")).toBeUndefined();
    await s.approve(204, "POST", "/owners/ann", { user: next });
    expect(s.access("ann")).toEqual([]);
  });

  test("a former name is its owner's", async () => {
    const id = await s.hire("ann", "A");
    await s.patch(id, { userName: "lee@example.com" });
    expect((await s.owners()).owners).toMatchObject([
      { account: "ann", user: id, state: "former name" },
      { account: "lee", user: id, state: "in use" },
    ]);
    await s.hire("ann", "B");
    expect(s.access("ann")).toBeUndefined();
    await s.approve(204, "DELETE", "/owners/ann");
    expect(s.access("ann")).toEqual([]);
    // and who had it once does not get it back now
    await s.scim(409, "PATCH", `/Users/${id}`, {
      Operations: [{ op: "replace", path: "userName", value: "ann@x.@example.com" }],
    });
  });
});

describe("a connector that renumbers", () => {
  const s = stage();
  const hour = 60 * 60 * 1_000;
  const until = () => Date.now() + hour;
  const allow = (time: number | null) => s.approve(200, "PUT", "/renumberings/okta", { until: time });

  test("keeps everybody who has the account, from before and from then on, and no leaver", async () => {
    const people = [await s.hire("ann", "A1"), await s.hire("bob", "B1"), await s.hire("cy", "C1")] as const;
    await s.join("core-team", ...people);
    const [ann, bob, cy] = people;
    await s.patch(cy, { active: false });
    await s.patch(ann, { externalId: "A2" });
    expect(s.access("ann")).toBeUndefined();

    expect(await allow(until())).toEqual({ confirmed: ["ann"], waiting: [] });
    expect(s.access("ann")).toEqual(["okta/core-team"]);
    expect((await s.owners()).renumbering).toMatchObject([{ connector: "okta" }]);
    await s.patch(bob, { externalId: "B2" });
    expect(s.access("bob")).toEqual(["okta/core-team"]);
    await s.patch(cy, { active: true, externalId: "C2" });
    expect(s.access("cy")).toBeUndefined();
    expect((await allow(until())).waiting).toMatchObject([
      { user: cy, reason: expect.stringContaining("may be somebody else") },
    ]);

    // once deleted, it is the new externalId that brings them back
    await s.scim(204, "DELETE", `/Users/${bob}`);
    await s.hire("bob", "B2");
    expect(s.access("bob")).toEqual([]);
    await allow(null);
    await s.patch(ann, { externalId: "A3" });
    expect(s.access("ann")).toBeUndefined();
    const rows = (await s.h.admin("GET", "/audit")).body.rows as { operation: string; detail: string }[];
    expect(rows.filter(({ operation }) => operation === "connector.renumber")).toHaveLength(3);
  });

  test("confirms many a page at a time, and who leaves meanwhile has a turn in between", async () => {
    const logins = Array.from({ length: 100 }, (_, i) => `p${i}`);
    const people: string[] = [];
    for (const login of logins) people.push(await s.hire(login, `${login}-1`));
    const leaver = await s.hire("zed", "Z1");
    await Promise.all(people.map((id, i) => s.patch(id, { externalId: `${logins[i]}-2` })));
    const [done] = await Promise.all([allow(until()), s.patch(leaver, { active: false })]);
    expect(done.confirmed.toSorted()).toEqual(logins.toSorted());
    expect(done.waiting).toEqual([]);
    const rows = (await s.h.admin("GET", "/audit?last=8")).body.rows as {
      operation: string;
      detail: string;
    }[];
    const pages = rows.filter(({ operation }) => operation === "connector.confirm");
    expect(pages.map(({ detail }) => Number(/(\d+) accounts/.exec(detail)?.[1]))).toEqual([32, 32, 32, 4]);
    const left = rows.findLastIndex(({ operation }) => operation === "user.update");
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(rows.findLastIndex(({ operation }) => operation === "connector.confirm"));
  });

  test("is allowed by an approver alone, and for a week at most", async () => {
    const body = { until: until() };
    expect((await s.h.admin("PUT", "/renumberings/okta", { body })).status).toBe(403);
    await s.approve(422, "PUT", "/renumberings/okta", { until: Date.now() + 8 * 24 * hour });
    await s.approve(400, "PUT", "/renumberings/okta", { until: "tomorrow" });
    await s.approve(404, "PUT", "/renumberings/other", body);
  });
});

describe("a limit", () => {
  const s = stage((release) => {
    release.constraints.mass = { limit: { deactivations: 2, per: "1h", above: 0 }, otherwise: "reject" };
  });

  test("counts what is withheld as deactivations", async () => {
    const ids = [await s.hire("ann", "A"), await s.hire("bob", "B"), await s.hire("cy", "C")];
    for (const id of ids.slice(0, 2)) await s.patch(id, { externalId: `new-${id}` });
    const third = { Operations: [{ op: "replace", value: { externalId: "new" } }] };
    await s.scim(409, "PATCH", `/Users/${ids[2]}`, third);
    expect(["ann", "bob", "cy"].map(s.access)).toEqual([undefined, undefined, []]);
  });
});
