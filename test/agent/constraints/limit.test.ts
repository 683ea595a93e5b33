/** Limits over HTTP: what is counted, over which time, and that a refused write is not counted. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { rehearse } from "../../../agent/operations/rehearsal.ts";
import { Release } from "../../../model/release.ts";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { constrained } from "./constrained.ts";
import { entraAdd, entraRemove, oktaDeactivate } from "./payloads.ts";

let h: Harness;
let now: number;
beforeEach(async () => {
  now = Date.parse("2030-01-01T00:00:00Z");
  h = await startHarness(["core/api"], {}, { clock: () => now });
});
afterEach(() => h.stop());

const names = Array.from({ length: 20 }, (_, index) => `u${index}`);
let people: Map<string, string>;
let group: string;

async function limit(limits: object, parts: object = {}) {
  const first = await h.deploy(await constrained(h, {}));
  people = await staff(h, { engineering: names });
  group = `/Groups/${(await h.scim("GET", "/Groups")).body.Resources[0].id}`;
  const mass = { limit: { above: 0, per: "1h", ...limits }, otherwise: "reject", ...parts };
  await h.deploy(await constrained(h, { mass }), first);
}

const ids = (...some: string[]) => some.map((name) => people.get(name) ?? "");
const fire = (name: string) => h.scim("PATCH", `/Users/${people.get(name)}`, oktaDeactivate);

/** All that was counted so far was an hour ago. */
const anHourLater = () => {
  now += 3_600_001;
};

test("deactivations are counted as a share of the accounts there were, over an hour", async () => {
  await limit({ deactivations: "10%", above: 1 });
  expect((await fire("u0")).status).toBe(200);
  // the second one is 2 of 19
  const reply = await fire("u1");
  expect(reply).toMatchObject({ status: 409 });
  expect(reply.body.detail).toBe(
    "constraint mass: 2 accounts would lose all access in 1h (at most 10% of 19, 1 always)",
  );
  // what takes nobody away is not stopped, nor is what was refused counted
  expect((await h.scim("PATCH", group, entraRemove(...ids("u1", "u2")))).status).toBe(204);
  expect((await fire("u1")).status).toBe(409);
  anHourLater();
  expect((await h.scim("DELETE", `/Users/${people.get("u1")}`)).status).toBe(204);
  expect((await fire("u2")).status).toBe(409);
});

test("removals are memberships, those of who leaves and of a group that is deleted too", async () => {
  await limit({ removals: 3 });
  expect((await h.scim("PATCH", group, entraRemove(...ids("u0", "u1")))).status).toBe(204);
  expect((await h.scim("DELETE", group)).body.detail).toMatch(/^constraint mass: 20 memberships /);
  expect((await fire("u2")).status).toBe(200);
  expect((await fire("u3")).body.detail).toMatch(/^constraint mass: 4 memberships /);
  // who has nothing to lose may go
  expect((await fire("u0")).status).toBe(200);
});

test("accessChanges are accounts, whatever changes of theirs", async () => {
  await limit({ accessChanges: 2 });
  expect((await h.scim("PATCH", group, entraRemove(...ids("u0")))).status).toBe(204);
  expect((await h.scim("PATCH", group, entraAdd(...ids("u0")))).status).toBe(204);
  expect((await h.scim("POST", "/Users", { userName: "new@example.com" })).status).toBe(409);
  anHourLater();
  expect((await h.scim("POST", "/Users", { userName: "new@example.com" })).status).toBe(201);
});

test("a limit that warns counts on", async () => {
  await limit({ deactivations: 0 }, { otherwise: "warn" });
  expect((await fire("u0")).status).toBe(200);
  expect((await fire("u1")).status).toBe(200);
  expect((await h.admin("GET", "/audit")).body.rows.at(-1).detail).toBe(
    "account u1 loses all access: inactive; warning of constraint mass: 2 accounts would lose all access in 1h (at most 0, 0 always)",
  );
});

test.each([
  [{}, { kind: "refused", code: "constraintOnAccess", rules: ["mass"] }],
  [{ connectors: ["okta"] }, { kind: "done" }],
])("a limit counts the writes of the connectors that it judges: %j", async (parts, expected) => {
  const mass = { limit: { deactivations: 1, above: 0, per: "1h" }, otherwise: "reject", ...parts };
  const release = await constrained(h, { mass }, (draft) => {
    draft.connectors.entra = draft.connectors.okta;
  });
  const rehearsal = await rehearse(Release.parse(release));
  await rehearsal.play(now, async (stage) => {
    const hireAndFire = async (connector: string, name: string) => {
      const resource = { userName: `${name}@example.com` };
      const hired = await stage.add({ connector, groups: [], resource });
      if (hired.kind !== "done") throw new Error(hired.detail);
      const { id } = hired.resource;
      return stage.perform({ actor: "test", kind: "user", verb: "delete", connector, id });
    };
    expect(await hireAndFire("entra", "zoe")).toMatchObject({ kind: "done" });
    expect(await hireAndFire("okta", "ann")).toMatchObject(expected);
  });
  await rehearsal.close();
});

test("a minute short of the hour still counts", async () => {
  await limit({ deactivations: 1 });
  expect((await fire("u0")).status).toBe(200);
  now += 3_540_000;
  expect((await fire("u1")).status).toBe(409);
  now += 60_001;
  expect((await fire("u1")).status).toBe(200);
});
