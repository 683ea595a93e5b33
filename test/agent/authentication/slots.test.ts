/** A token that has two slots for good: what they hold at rest, and what an empty one means. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";

const [one, two] = ["the-first-token-of-okta-8d1f", "the-second-token-of-okta-27ac"];
let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"], {}, { secretsEvery: 20 });
  h.config.references.push(`ref+file://${h.folder}/*/*`);
  mkdirSync(join(h.folder, "slots"));
});
afterEach(() => h.stop());

const path = (slot: string) => join(h.folder, "slots", slot);
const put = (slot: string, value: string) => writeFileSync(path(slot), `${value}\n`);
const slotted = (next = path("next")) =>
  h.release((draft: ReleaseShape) => {
    draft.secrets["okta-token"].refs = [`ref+file://${path("current")}`, `ref+file://${next}`];
  });
const reading = async (token: string) => (await h.scim("GET", "/Users", undefined, token)).status;
const joining = async (token: string) =>
  (await h.scim("POST", "/Users", { userName: `p${Math.random()}@example.com`, active: true }, token)).status;
const activate = async (release: unknown, expected: string) =>
  h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-Match": `"${expected}"` },
  });
const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

test("a slot that waits for its first value stops no deploy and no start, and lets in once it has one", async () => {
  put("current", one);
  await h.deploy(await slotted());
  expect([await joining(one), await reading(two)]).toEqual([201, 401]);
  await h.restart();
  expect([await joining(one), await reading(two)]).toEqual([201, 401]);
  writeFileSync(path("next"), "\n");
  put("next", two);
  await until(async () => expect(await joining(two)).toBe(201));
  expect(await joining(one)).toBe(201);
  expect(h.logs.join("")).not.toContain("slots/next");
});

test("a slot that was filled and is gone at a start is missed: its token takes away, and a deploy waits for it", async () => {
  put("current", one);
  put("next", two);
  const digest = await h.deploy(await slotted());
  await h.restart(() => rmSync(path("next")));
  expect([await joining(one), await joining(two), await reading(two)]).toEqual([201, 503, 200]);
  expect(await reading("another-token-of-somebody")).toBe(503);
  const other = await h.release((draft: ReleaseShape) => {
    draft.permissions.core.description = "another one";
    draft.secrets["okta-token"].refs = [path("current"), path("next")].map((file) => `ref+file://${file}`);
  });
  const refused = await activate(other, digest);
  expect([refused.status, refused.body.error.code]).toEqual([422, "secretUnresolved"]);
  expect(refused.body.error.problems).toEqual([
    `secrets.okta-token: ref+file://${path("next")}: no such file (on the agent's host): a token that lets in to connector okta now is in neither slot`,
  ]);
  put("next", two);
  await until(async () => expect(await joining(two)).toBe(201));
});

test("at rest both slots hold one token, which is told once; one of them may be emptied", async () => {
  put("current", one);
  put("next", one);
  const digest = await h.deploy(await slotted());
  expect((await h.admin("GET", "/tokens")).body.tokens).toMatchObject([{ connector: "okta", valid: true }]);
  rmSync(path("next"));
  const other = await h.release((draft: ReleaseShape) => {
    draft.permissions.core.description = "another one";
    draft.secrets["okta-token"].refs = [path("current"), path("next")].map((file) => `ref+file://${file}`);
  });
  expect((await activate(other, digest)).status).toBe(200);
  expect(await joining(one)).toBe(201);
  await h.restart();
  expect([await joining(one), await reading(two)]).toEqual([201, 401]);
});

test("a slot in a folder that is not there is a mistake, and so are two slots without a value", async () => {
  put("current", one);
  const nowhere = join(h.folder, "slosts", "next");
  const deploy = (release: unknown) =>
    h.admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-None-Match": "*" } });
  const misspelt = await deploy(await slotted(nowhere));
  expect(misspelt.body.error).toMatchObject({ code: "secretUnresolved" });
  rmSync(path("current"));
  const none = await deploy(await slotted());
  expect(none.body.error.problems).toHaveLength(2);
});
