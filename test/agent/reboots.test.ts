/** The access file is on a tmpfs, and gone after a reboot: a store is still known as a copy from before, by the watermark on the disk. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { copiesOf } from "./copies.ts";
import { type Harness, startHarness } from "./harness.ts";
import { deactivate, staff } from "./people.ts";

const disk = mkdtempSync(join(tmpdir(), "hgscim-watermark-"));
const watermark = join(disk, "watermark");
let h: Harness;
let digest: string;
let ids: ReadonlyMap<string, string>;
let copies: ReturnType<typeof copiesOf>;
beforeEach(async () => {
  rmSync(watermark, { force: true, recursive: true });
  h = await startHarness(["core/api"], { watermark });
  copies = copiesOf(h);
  digest = await h.deploy(await h.release());
  ids = await staff(h, { "core-team": ["ada", "bob"] });
  await h.restart(() => copies.backUp());
});
afterEach(() => h.stop());
afterAll(() => rmSync(disk, { recursive: true }));

const reboot = (meanwhile: () => void = () => {}) =>
  h.restart(() => {
    rmSync(join(h.config.access, ".."), { recursive: true });
    meanwhile();
    h.logs.length = 0;
  });
const inItsPlace = () => {
  rmSync(watermark);
  mkdirSync(watermark);
};
const told = () => h.logs.filter((line) => JSON.parse(line).level >= 40).join();
const put = async (accept: object) =>
  h.admin("PUT", "/release", {
    body: { release: await h.release(), origin: {}, accept },
    headers: { "If-None-Match": "*" },
  });

test("after a reboot everybody has what they had, and there is nothing to tell", async () => {
  await deactivate(h, ids.get("bob"));
  const before = h.accessFile();
  await reboot();
  expect(h.accessFile()).toEqual(before);
  expect(told()).toBe("");
});

test("a copy of the store that is put back gives nobody access after a reboot, until it is accepted", async () => {
  await deactivate(h, ids.get("bob"));
  const seen = Number(readFileSync(watermark, "utf8"));
  await reboot(() => copies.putBack());
  expect(told()).toContain(`and the access file has seen ${seen}`);
  expect(h.accessFile().accounts?.join()).not.toContain(",1");
  expect((await h.admin("GET", "/health")).body.conditions).toMatchObject([{ code: "storeRestored" }]);
  // another reboot forgets nothing, and whoever leaves has left
  expect((await deactivate(h, ids.get("bob"))).status).toBe(200);
  await reboot();
  expect(h.accessFile().accounts?.join()).not.toContain(",1");
  expect((await put({ from: digest, lose: 0 })).status).toBe(200);
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]);
  await reboot();
  expect(told()).toBe("");
});

test("an access file that is older than the copy says of nobody that they are gone", async () => {
  const old = join(h.folder, "old.db");
  copyFileSync(h.config.access, old);
  await h.scim("POST", "/Users", { userName: "eve@example.com", active: true });
  await h.restart(() => copies.backUp());
  await deactivate(h, ids.get("bob"));
  await copies.restore(() => copyFileSync(old, h.config.access));
  expect(h.accessFile().accounts?.join()).not.toContain(",1");
  expect((await put({ from: digest, lose: 0 })).status).toBe(200);
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,1", "eve,1"]);
});

test.each<[string, () => void, string]>([
  ["is gone", () => rmSync(watermark), "nobody can tell whether the store is a copy from before"],
  ["says nothing", () => writeFileSync(watermark, "103"), "does not say how far the audit was"],
  ["is a folder", inItsPlace, "how far the audit is cannot be noted"],
])("where it %s, that is told, and everybody has what the store says", async (_, meanwhile, what) => {
  await reboot(meanwhile);
  expect(told()).toContain(what);
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,1"]);
  expect((await deactivate(h, ids.get("bob"))).status).toBe(200);
});
