/** Repositories that cannot be listed: who loses access there is not known, so nothing changes. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
let root: string;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  root = h.config.repositories;
});
afterEach(() => h.stop());

const lockOut = (release: ReleaseShape) => {
  release.permissions.core.write = [];
};
const put = async (edit?: (release: ReleaseShape) => void, expected?: string) =>
  h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {} },
    headers: expected === undefined ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
  });

test.each([
  ["is not there any more", () => {}, "it does not exist"],
  ["is a file", () => writeFileSync(root, ""), "it is not a folder"],
])("a root that %s lets no release pass, at plan and at activation", async (_, instead, why) => {
  const first = await h.deploy(
    await h.release((release) => {
      release.settings.bounds = { lose: "0%", above: 0, protected: [] };
    }),
  );
  await staff(h, { "core-team": ["ada"], engineering: ["ada"] });
  const file = h.accessFile();
  renameSync(root, `${root}.away`);
  instead();

  const problem = `repositories: ${root} cannot be listed: ${why}`;
  const impact = await h.admin("POST", "/impact", { body: { release: await h.release(lockOut) } });
  expect(impact).toMatchObject({ status: 200, body: { failures: [problem], unmatched: [] } });
  const refused = await put(lockOut, first);
  expect(refused).toMatchObject({
    status: 422,
    body: { error: { code: "repositoriesUnreadable", problems: [problem] } },
  });
  expect((await h.admin("GET", "/release")).body.digest).toBe(first);
  expect(h.accessFile()).toEqual(file);
  expect((await h.admin("GET", "/audit?last=1")).body.rows).toMatchObject([
    { operation: "release.activate", outcome: "refused", code: "repositoriesUnreadable" },
  ]);
  expect(await h.admin("GET", "/access")).toMatchObject({
    status: 422,
    body: { error: { code: "repositoriesUnreadable", problems: [problem] } },
  });

  rmSync(root, { force: true });
  renameSync(`${root}.away`, root);
  // the bounds are there again, and hold it
  expect((await put(lockOut, first)).body.error.code).toBe("beyondBounds");
});

test("on a fresh host the folder must be there, and may be empty", async () => {
  rmSync(root, { recursive: true });
  expect((await put()).body.error.code).toBe("repositoriesUnreadable");
  mkdirSync(root);
  expect((await put()).status).toBe(200);
});

test("people are written, and the active release ends, whatever can be listed", async () => {
  const first = await h.deploy(
    await h.release((release) => {
      release.settings.delivery.destroy = "allow";
    }),
  );
  rmSync(root, { recursive: true });
  await staff(h, { engineering: ["ada"] });
  expect((await h.admin("DELETE", "/release", { headers: { "If-Match": `"${first}"` } })).status).toBe(204);
});
