/** A repository within another one's working copy counts as any other: whoever has access to it can lose it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

const settings =
  (rights: { read: readonly string[]; write: readonly string[] }) =>
  (release: ReleaseShape): void => {
    release.settings.bounds = { lose: "0%", above: 0, protected: ["okta/docs-team"] };
    release.permissions.vendor = {
      ...structuredClone(release.permissions.docs),
      repositories: ["core/api/vendor"],
      ...rights,
    };
    release.permissions.docs.repositories = ["docs"];
  };

test("a release that takes it away does not pass, and the plan and the dump name it", async () => {
  const h = await startHarness(["core/api", "core/api/vendor", "core/api/.hg/patches"]);
  try {
    mkdirSync(join(h.config.repositories, "core/api/vendor/empty"));
    const keeps = await h.release(settings({ read: ["okta/docs-team"], write: [] }));
    const takes = await h.release(settings({ read: [], write: ["okta/engineering"] }));
    const first = await h.deploy(keeps);
    await staff(h, { "docs-team": ["dan"] });
    expect((await h.admin("GET", "/access")).body.access).toEqual([
      { account: "dan", repository: "core/api/vendor", right: "read" },
    ]);
    expect((await h.admin("POST", "/impact", { body: { release: takes } })).body).toMatchObject({
      changes: [{ account: "dan", repository: "core/api/vendor", before: "read", after: null }],
      excesses: [{ bound: "lose" }, { bound: "protected" }],
    });
    const refused = await h.admin("PUT", "/release", {
      body: { release: takes, origin: {} },
      headers: { "If-Match": `"${first}"` },
    });
    expect(refused.body.error).toMatchObject({ code: "beyondBounds" });
  } finally {
    await h.stop();
  }
});
