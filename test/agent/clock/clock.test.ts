/** One clock for everything that is written: an agent in 2030 says 2030 wherever it tells a time. */
import { expect, test } from "vitest";
import { startHarness } from "../harness.ts";

test("resources, audit, history, access and tokens tell the agent's own time", async () => {
  let now = Date.parse("2030-05-05T05:05:05.005Z");
  const h = await startHarness(["core/api"], {}, { clock: () => now });
  const digest = await h.deploy(await h.release());
  const at = now;
  now += 1_000;
  const created = await h.scim("POST", "/Users", { userName: "ada@example.com", active: true });
  expect(created.body.meta).toMatchObject({
    created: "2030-05-05T05:05:06.005Z",
    lastModified: "2030-05-05T05:05:06.005Z",
  });
  now += 1_000;
  const group = await h.scim("POST", "/Groups", {
    displayName: "engineering",
    members: [{ value: created.body.id }],
  });
  expect(group.body.meta.created).toBe("2030-05-05T05:05:07.005Z");
  now += 1_000;
  const changed = await h.scim("PATCH", `/Users/${created.body.id}`, {
    Operations: [{ op: "replace", path: "active", value: false }],
  });
  expect(changed.body.meta).toMatchObject({
    created: "2030-05-05T05:05:06.005Z",
    lastModified: "2030-05-05T05:05:08.005Z",
  });
  const read = async (path: string) => (await h.admin("GET", path)).body;
  expect((await read("/audit")).rows.map((row: { at: number }) => row.at - at)).toEqual([
    0, 1000, 2000, 3000,
  ]);
  expect((await read("/history")).entries).toMatchObject([{ digest, at }]);
  expect((await read("/release")).activatedAt).toBe(at);
  expect((await read("/tokens")).tokens).toMatchObject([{ since: at, valid: true }]);
  const { policyDigest } = await read("/release");
  expect(await read(`/policies/${policyDigest}`)).toMatchObject({ since: at, at: now });
  await h.stop();
});
