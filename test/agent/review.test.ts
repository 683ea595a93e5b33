/** What the agent tells a reviewer: everybody, by those to whom the same happens; against the active release or another one. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "core/web", "docs"]);
});
afterEach(() => h.stop());

const review = (body: object, token = h.tokens.reader) => h.admin("POST", "/reviews", { body, token });

test("a review names all who lose and gain, in which groups they are, and changes nothing", async () => {
  const active = await h.deploy(await h.release());
  await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"] });
  const next = await h.release((release: ReleaseShape) => {
    release.permissions.core.write = [];
  });
  const file = h.accessFile();
  const { status, body } = await review({ release: next });
  expect({ status, ...body }).toMatchObject({
    status: 200,
    from: active,
    active,
    accounts: 3,
    lose: 2,
    gain: 0,
    failures: [],
    groups: [
      { group: "okta/core-team", people: 2, lose: 2, gain: 0 },
      { group: "okta/engineering", people: 3, lose: 2, gain: 0 },
    ],
    likely: [],
  });
  expect(body.effect).toEqual([
    {
      accounts: ["ada", "bob"],
      moved: false,
      changes: ["core/api", "core/web"].map((repository) => ({
        repository,
        before: "write",
        after: "read",
      })),
    },
  ]);
  expect(h.accessFile()).toEqual(file);
  // against itself it does nothing, whatever is active
  expect((await review({ release: next, base: next })).body).toMatchObject({
    from: body.digest,
    active,
    digest: body.digest,
    effect: [],
    lose: 0,
  });
});

test("a base that is no release, or one of another environment's connector, is told, and so is who may not ask", async () => {
  const release = await h.release();
  const unfit = await h.release((release: ReleaseShape) => {
    release.permissions.core.write = ["okta/nobody-selects-it"];
  });
  const refused = await review({ release, base: unfit });
  expect(refused.status).toBe(400);
  expect(refused.body.error.problems).toEqual([expect.stringContaining("base: permissions.core")]);
  expect((await review({ release }, "wrong")).status).toBe(401);
});

test("of a group that was never sent, the one that has those people is named", async () => {
  const renamed = (name: string) => (release: ReleaseShape) => {
    const text = JSON.stringify(release).replaceAll("core-team", name);
    Object.assign(release, JSON.parse(text));
  };
  await h.deploy(await h.release());
  await staff(h, {
    "core-team": ["ada", "bob", "cy"],
    engineering: ["ada", "bob", "cy", "dee", "eve", "fay", "gus"],
  });
  const { body } = await review({ release: await h.release(renamed("core-devs")) });
  expect(body.unsent).toContainEqual('permissions.core: okta has sent no group "core-devs"');
  expect(body.likely).toContainEqual({
    entry: "permissions.core",
    connector: "okta",
    group: "core-devs",
    sent: "core-team",
    losing: 3,
    members: 3,
  });
});
