/** `keep` of a derived group, and of a repository's writers where attributes or a denial decide. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { constrained } from "./constrained.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const leads = (draft: ReleaseShape) => {
  draft.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
};
const keep = (parts: object) => ({ last: { keep: { atLeast: 1, ...parts }, otherwise: "reject" } });
const title = (id: string | undefined, value: string) =>
  h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: "title", value }] });

test("the last one of a derived group stays, by an attribute and by a deactivation", async () => {
  await h.deploy(await constrained(h, keep({ group: "okta/leads" }), leads));
  const people = await staff(h, { engineering: ["ann", "bob"] });
  const [ann, bob] = [people.get("ann"), people.get("bob")];
  for (const id of [ann, bob]) expect((await title(id, "Lead")).status).toBe(200);
  expect((await title(ann, "Engineer")).status).toBe(200);
  for (const reply of [await title(bob, "Engineer"), await deactivate(h, bob)]) {
    expect(reply.status).toBe(409);
    expect(reply.body.detail).toContain("0 would be left in okta/leads, and 1 must stay");
  }
  expect((await deactivate(h, ann)).status).toBe(200);
});

test("the last writer stays, where a derived group writes", async () => {
  await h.deploy(
    await constrained(h, keep({ writersOf: "core/api" }), (draft) => {
      leads(draft);
      draft.permissions.core.write = ["okta/core-team", "okta/leads"];
    }),
  );
  const people = await staff(h, { "core-team": ["ann"], engineering: ["bob"] });
  expect((await title(people.get("bob"), "Lead")).status).toBe(200);
  expect((await deactivate(h, people.get("ann"))).status).toBe(200);
  const reply = await title(people.get("bob"), "Engineer");
  expect([reply.status, reply.body.detail]).toEqual([
    409,
    expect.stringContaining("0 would be left with write on core/api"),
  ]);
});

test("who is denied is no writer, and who comes to be is one who goes", async () => {
  await h.deploy(
    await constrained(h, keep({ writersOf: "core/api" }), (draft) => {
      draft.permissions.core.deny.write = ["okta/docs-team"];
    }),
  );
  const people = await staff(h, { "core-team": ["ann", "bob"], "docs-team": ["bob"] });
  const docs = (await h.scim("GET", '/Groups?filter=displayName eq "docs-team"')).body.Resources[0].id;
  const add = { op: "add", path: "members", value: [{ value: people.get("ann") }] };
  for (const reply of [
    await deactivate(h, people.get("ann")),
    await h.scim("PATCH", `/Groups/${docs}`, { Operations: [add] }),
  ])
    expect([reply.status, reply.body.detail]).toEqual([
      409,
      expect.stringContaining("0 would be left with write on core/api"),
    ]);
  expect((await deactivate(h, people.get("bob"))).status).toBe(200);
});
