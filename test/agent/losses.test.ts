/** Before somebody or something is removed, the plan and the review say what is left without anybody. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "./constraints/constrained.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { deployConstraints, held } from "./held/world.ts";
import { deactivate, staff } from "./people.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "core/web", "docs"]);
});
afterEach(() => h.stop());

const losses = async (release: unknown) => {
  const { body } = await h.admin("POST", "/impact", { body: { release } });
  const { writerless, emptied, idle, holds } = body;
  return { writerless, emptied, idle, holds };
};
const nothing = { writerless: [], emptied: [], idle: [], holds: [] };

test("a group that is no longer selected leaves repositories, rules and constraints without anybody", async () => {
  const last = { keep: { group: "okta/release-managers", atLeast: 1 }, otherwise: "reject" };
  const writers = { keep: { permissions: ["core"], atLeast: 1 }, otherwise: "reject" };
  const constraints = { last, writers };
  await h.deploy(await constrained(h, constraints));
  await staff(h, { "core-team": ["ada"], "release-managers": ["ada"], engineering: ["ada", "bob"] });
  expect(await losses(await constrained(h, constraints))).toEqual(nothing);

  // the names that the provider sends are others
  const renamed = (draft: ReleaseShape) => {
    const text = JSON.stringify(draft).replaceAll("core-team", "core-devs").replaceAll("managers", "people");
    Object.assign(draft, JSON.parse(text));
  };
  const next = await constrained(h, constraints, renamed);
  const releases = ["permissions.releases: read", "permissions.releases: write"];
  expect(await losses(next)).toEqual({
    writerless: [
      { repository: "core/api", writers: 1 },
      { repository: "core/web", writers: 1 },
    ],
    emptied: ["permissions.core: write", "permissions.core: branches: stable", ...releases],
    idle: ["constraints.last", "constraints.writers"],
    holds: [],
  });
  const review = await h.admin("POST", "/reviews", { body: { release: next }, token: h.tokens.reader });
  expect(review.body.writerless).toHaveLength(2);
  expect(review.body.idle).toEqual(["constraints.last", "constraints.writers"]);
  // the end of all release says what it takes in its own words
  expect(await losses(null)).toEqual(nothing);
});

test("what waits for an approval is counted by rule, and by what the release makes of it", async () => {
  const last = held({ keep: { group: "okta/docs-team", atLeast: 1 } });
  const mass = held({ limit: { deactivations: 1, per: "1h" } });
  const titled = held({ require: 'user.?title.orValue("") != "x"' });
  await deployConstraints(h, {});
  const people = await staff(h, { "docs-team": ["eve"], engineering: ["ada", "bob", "cy", "dee"] });
  await deployConstraints(h, { last, titled, mass });
  await deactivate(h, people.get("eve"));
  for (const name of ["ada", "bob"])
    await h.scim("PATCH", `/Users/${people.get(name)}`, {
      Operations: [{ op: "replace", path: "title", value: "x" }],
    });
  expect((await deactivate(h, people.get("cy"))).status).toBe(200);
  expect((await deactivate(h, people.get("dee"))).status).toBe(409);

  const under = async (constraints: object) => (await losses(await constrained(h, constraints))).holds;
  expect(await under({ last, titled, mass })).toEqual([
    { rules: ["last"], count: 1, become: "judged" },
    { rules: ["titled"], count: 2, become: "judged" },
  ]);
  expect(await under({ last, titled: { ...titled, otherwise: "warn" } })).toEqual([
    { rules: ["last"], count: 1, become: "judged" },
    { rules: ["mass"], count: 1, become: "freed" },
    { rules: ["titled"], count: 2, become: "freed" },
  ]);
});
