/** Limits over HTTP: what is counted, over which time, and that a refused write is not counted. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { constrained } from "./constrained.ts";
import { entraAdd, entraRemove, oktaDeactivate } from "./payloads.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
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

function change(statement: string): void {
  const store = new Database(join(h.config.data, "store.db"));
  store.prepare(statement).run();
  store.close();
}

/** All that was counted so far was an hour ago. */
const anHourLater = () => change("UPDATE changes SET at = at - 3600001");

test("deactivations are counted as a share of the accounts there were, over an hour", async () => {
  await limit({ deactivations: "10%", above: 1 });
  expect((await fire("u0")).status).toBe(200);
  // the second one is 2 of 19
  const reply = await fire("u1");
  expect(reply).toMatchObject({ status: 409 });
  expect(reply.body.detail).toBe(
    "constraint mass: 2 accounts would lose all access in 1h (at most 10%, 1 always)",
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
  [{}, 409],
  [{ connectors: ["okta"] }, 200],
])("a limit counts the writes of the connectors that it judges: %j", async (parts, status) => {
  await limit({ deactivations: 1 }, parts);
  expect((await fire("u0")).status).toBe(200);
  change("UPDATE changes SET connector = 'entra'");
  expect((await fire("u1")).status).toBe(status);
});
