/** Repositories that are not there now, as where a volume is not mounted: whoever loses access to them is counted and told. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

type Edit = (release: ReleaseShape) => void;
let h: Harness;
let root: string;
let active: string;
beforeEach(async () => {
  h = await startHarness(["core/api", "core/web", "docs"]);
  root = h.config.repositories;
  active = await h.deploy(await h.release(strict));
  await staff(h, { engineering: ["ada"], "docs-team": ["dan"] });
});
afterEach(() => h.stop());

const strict: Edit = (release) => {
  release.settings.bounds = { lose: "0%", above: 0, protected: [] };
};
const withoutCore: Edit = (release) => {
  strict(release);
  release.permissions.core.read = [];
  release.permissions.core.write = ["okta/core-team"];
};
const withoutDocs: Edit = (release) => {
  strict(release);
  delete release.permissions.docs;
};
const harmless: Edit = (release) => {
  strict(release);
  release.permissions.docs.read = [...release.permissions.docs.read, "okta/release-managers"];
};
const put = async (edit: Edit, accept?: unknown) =>
  h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {}, ...(accept !== undefined && { accept }) },
    headers: { "If-Match": `"${active}"` },
  });
const impact = async (edit: Edit) =>
  (await h.admin("POST", "/impact", { body: { release: await h.release(edit) } })).body;
const access = async () =>
  (await h.admin("GET", "/access")).body.access.map(
    ({ account, repository }: { account: string; repository: string }) => `${account} ${repository}`,
  );
const unmount = (folder: string) => {
  renameSync(folder, `${root}.away`);
  mkdirSync(folder);
};
/** What the store has of them. */
const remembered = () => {
  const store = new Database(join(h.config.data, "store.db"), { readonly: true });
  const rows = store.prepare("SELECT name FROM repositories").all() as { name: string }[];
  store.close();
  return rows.map(({ name }) => name);
};
const make = (name: string) => mkdirSync(join(root, name, ".hg"), { recursive: true });

test.each<[string, () => void, string[]]>([
  ["all of them, whose volume is not mounted", () => unmount(root), ["core/api", "core/web"]],
  ["some, whose volume is not mounted", () => unmount(join(root, "core")), ["core/api", "core/web"]],
  [
    "some, and their mount point",
    () => rmSync(join(root, "core"), { recursive: true }),
    ["core/api", "core/web"],
  ],
  [
    "those of another device than this",
    () => {
      unmount(root);
      make("other");
      make("core/web");
    },
    ["core/api"],
  ],
])("%s: what takes access to them does not pass, and the plan says so", async (_, away, gone) => {
  const [before, there] = [await impact(withoutCore), await access()];
  expect(before).toMatchObject({ lose: 1, gone: [] });
  away();
  expect(await impact(withoutCore)).toEqual({ ...before, gone, unmatched: expect.anything() });
  expect(await access()).toEqual(there);
  expect((await put(withoutCore)).body.error).toMatchObject({ code: "beyondBounds" });
  // nor after a release that takes nothing
  active = (await put(harmless)).body.digest;
  expect(await impact(withoutCore)).toMatchObject({ lose: 1, gone });
  expect((await put(withoutCore)).body.error).toMatchObject({ code: "beyondBounds" });
});

test("a root that leads nowhere cannot be listed", async () => {
  renameSync(root, `${root}.away`);
  symlinkSync(join(h.folder, "nowhere"), root);
  expect((await put(withoutCore)).body.error).toMatchObject({ code: "repositoriesUnreadable" });
});

test("one that is new since the last release counts, when the agent has looked since", async () => {
  make("docs/new");
  const rule: Edit = (release) => {
    strict(release);
    release.permissions.docs.repositories = ["docs/new"];
  };
  const gives: Edit = (release) => {
    rule(release);
    release.permissions.core.repositories = ["core/api"];
  };
  rmSync(join(root, "docs/new"), { recursive: true });
  active = (await put(gives, { from: active, lose: 2, gain: 0, protected: [] })).body.digest;
  make("docs/new");
  await h.restart();
  await vi.waitFor(() => expect(remembered()).toContain("docs/new"), { timeout: 10_000 });
  rmSync(join(root, "docs/new"), { recursive: true });
  expect(await access()).toContain("dan docs/new");
  expect(
    await impact((release) => {
      gives(release);
      release.permissions.docs.write = [];
    }),
  ).toMatchObject({ lose: 1, gone: ["docs/new"] });
});

test("who has removed the last repository goes on: its rules are taken away as any others are, once", async () => {
  rmSync(root, { recursive: true });
  mkdirSync(root);
  expect((await put(harmless)).status).toBe(200);
  active = (await h.admin("GET", "/release")).body.digest;
  const none: Edit = (release) => {
    strict(release);
    release.permissions = {};
  };
  const refused = await put(none);
  expect(refused.body.error).toMatchObject({ code: "beyondBounds" });
  const accepted = await put(none, { from: active, lose: 2, gain: 0, protected: [] });
  expect(accepted.status).toBe(200);
  active = accepted.body.digest;
  // nothing is left of them
  expect((await put(strict)).status).toBe(200);
  active = (await h.admin("GET", "/release")).body.digest;
  expect(await access()).toEqual([]);
  expect((await put(none)).status).toBe(200);
});

test("one that is gone counts no more from when no rule gives access to it", async () => {
  rmSync(join(root, "docs"), { recursive: true });
  expect(await access()).toContain("dan docs");
  active = (await put(withoutDocs, { from: active, lose: 2, gain: 0, protected: [] })).body.digest;
  active = (await put(strict)).body.digest;
  expect(await access()).toEqual(["ada core/api", "ada core/web"]);
  expect(remembered()).toEqual(["core/api", "core/web"]);
});
