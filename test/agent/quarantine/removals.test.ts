/** What only takes access away is done whole while its connector is quarantined: nothing is left undone of it, nor told as such. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";
import { decide, held, holdId, letIn } from "../held/world.ts";
import { deactivate, staff } from "../people.ts";

let now: number;
let h: Harness;
let people: Map<string, string>;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 5, 10);
  h = await startHarness(["core/api"], {}, { clock: () => now });
  const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
  const mass = held({ limit: { deactivations: 1, per: "1h" } });
  await h.deploy(
    await constrained(h, { mail, mass }, ({ connectors }) => {
      connectors.okta.quarantine = { failures: "50%", above: 3, first: "2h", max: "3h" };
    }),
  );
  people = await staff(h, { engineering: ["ada", "bob", "eve", "joe"] });
  now += 61 * 60_000;
  for (let i = 0; i < 4; i++) await h.scim("POST", "/Users", { userName: `w${i}@evil.example` });
});
afterEach(() => h.stop());

const failures = async () => {
  const { body } = await h.admin("GET", "/failures", { token: h.tokens.reader });
  return body.failures.flatMap(({ what, rule, code, standing }: Record<string, unknown>) =>
    rule === "mail" ? [] : [[what, rule, code, standing]],
  );
};
const patch = (name: string, ...operations: object[]) =>
  h.scim("PATCH", `/Users/${people.get(name)}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: operations,
  });
const active = (value: boolean) => ({ op: "replace", path: "active", value });

test("a deactivation leaves nothing undone; what stands beside one does, and who comes back is told to wait", async () => {
  expect((await deactivate(h, people.get("ada"))).status).toBe(200);
  expect(await failures()).toEqual([]);
  expect((await h.admin("GET", "/audit?last=1")).body.rows).toMatchObject([
    { operation: "user.update", outcome: "done", code: null },
  ]);
  expect((await patch("ada", active(true))).status).toBe(503);
  expect((await patch("ada", active(false), active(true))).status).toBe(503);
  expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
  now += 61 * 60_000;
  const title = { op: "replace", path: "title", value: "Lead" };
  expect((await patch("bob", active(false), title)).status).toBe(200);
  expect(await failures()).toContainEqual(["undone", null, "quarantined", 1]);
  expect(letIn(h)).toEqual(["eve", "joe"]);
});

test("one that is held meanwhile and approved is done, and stands in no list of failures any more", async () => {
  await deactivate(h, people.get("ada"));
  const id = holdId(await deactivate(h, people.get("bob")));
  expect(await failures()).toEqual([["held", "mass", "held", 1]]);
  expect((await decide(h, id, "approve")).status).toBe(200);
  expect(letIn(h)).toEqual(["eve", "joe"]);
  expect(await failures()).toEqual([]);
});
