/** The agent holds every activation to the bounds, in the activation itself, against what is active and who is there then. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../api/client.ts";
import type { ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs", "releases/1"]);
});
afterEach(() => h.stop());

const bounds = { lose: "20%", above: 1, protected: ["okta/release-managers"] };
const team = ["ada", "bob", "cy", "dee", "eve"];

/** Of the three repositories, engineering reads core and docs, the core team also pushes to core. */
const bounded = (edit?: (release: ReleaseShape) => void, to: object = bounds) =>
  h.release((release) => {
    release.settings.bounds = to;
    edit?.(release);
  });
const withoutTeam = (release: ReleaseShape) => {
  release.permissions.core.write = [];
};

async function activate(release: ReleaseData, expected: string | null, accept?: object): Promise<Reply> {
  return h.admin("PUT", "/release", {
    body: { release, origin: { sources: { "bounds.lose": "environments/local.yaml:9:3" } }, accept },
    headers: expected === null ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
  });
}

async function activated(release: ReleaseData, expected: string | null, accept?: object): Promise<string> {
  const reply = await activate(release, expected, accept);
  expect(reply.body).toMatchObject({ digest: expect.any(String) });
  return reply.body.digest;
}

const impact = async (release: ReleaseData, accept?: object) =>
  (await h.admin("POST", "/impact", { body: { release, accept }, token: h.tokens.reader })).body;
const activeDigest = async () => (await h.admin("GET", "/release")).body.digest;

test("the first release has nobody to lose", async () => {
  await activated(await bounded(undefined, { lose: "0%", above: 0, protected: [] }), null);
});

test("more people than the bound is refused, the same at plan and at activation, and changes nothing", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": team, engineering: [...team, "fay"] });
  const file = h.accessFile();
  const next = await bounded(withoutTeam);

  const foretold = await impact(next);
  expect(foretold).toMatchObject({ from: first, accounts: 6, lose: 5, gain: 0, acceptance: "absent" });
  expect(foretold.excesses).toEqual([
    { bound: "lose", of: "proposed", limit: "20%, above 1", accounts: team },
  ]);

  const refused = await activate(next, first);
  expect(refused.status).toBe(409);
  expect(refused.body.error.problems).toEqual([
    "5 of 6 accounts with access lose a right: ada, bob, cy, dee, eve (bounds.lose is 20%, above 1)",
    `when that is meant, have it reviewed and write: accept: { from: ${first}, lose: 5, gain: 0 }`,
  ]);
  expect(await activeDigest()).toBe(first);
  expect(h.accessFile()).toEqual(file);
  const { rows } = (await h.admin("GET", "/audit")).body;
  expect(rows.at(-1)).toMatchObject({
    operation: "release.activate",
    outcome: "refused",
    code: "beyondBounds",
    rule: "bounds.lose",
  });
  expect(rows.at(-1).detail).toContain("5 of 6 accounts");
});

test("up to the floor, and up to the share, nobody asks", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": ["ada"], engineering: team });
  // one of five: at the floor
  const second = await activated(await bounded(withoutTeam), first);
  // one of five again, above a floor of none: 20 % is not more than 20 %
  const third = await activated(await bounded(undefined, { lose: "20%", above: 0, protected: [] }), second);
  await activated(await bounded(withoutTeam, { lose: "20%", above: 0, protected: [] }), third);
});

test("nobody in a protected group loses anything, however few they are", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": team, "release-managers": ["eve"], engineering: ["fay"] });
  const refused = await activate(
    await bounded((release) => {
      release.permissions.releases.write = [];
      release.permissions.releases.read = ["okta/release-managers"];
    }),
    first,
  );
  expect(refused.body.error.problems).toContain(
    "eve loses a right in spite of a protected group (bounds.protected is okta/release-managers)",
  );
  expect(refused.body.error.problems.at(-1)).toContain("protected: [eve] }");
});

test("what was accepted lets exactly that through, once", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": team, "release-managers": ["eve"] });
  const next = await bounded(withoutTeam);
  const accept: Accept = { from: first, lose: 5, gain: 0, protected: ["eve"] };

  const shortages: [object, string][] = [
    [{ ...accept, lose: 4 }, "accept.lose is 4, and 5 lose a right"],
    [{ ...accept, protected: ["ada"] }, "accept.protected does not name eve"],
    [
      { ...accept, from: `sha256:${"0".repeat(64)}` },
      `accept.from is sha256:${"0".repeat(64)}, but ${first} is active`,
    ],
  ];
  for (const [one, problem] of shortages) {
    const refused = await activate(next, first, one);
    expect(refused.status).toBe(409);
    expect(refused.body.error.problems).toContain(problem);
  }
  expect((await impact(next, accept)).acceptance).toBe("enough");
  const second = await activated(next, first, accept);
  expect((await h.admin("GET", "/audit")).body.rows.at(-1).detail).toContain(
    "5 lose a right, 0 gain one, accepted beyond the bounds",
  );

  // back and forth again: what was said of the first step is not said of this one
  const third = await activated(await bounded(), second);
  expect(third).toBe(first);
  const again = await activate(next, third, { ...accept, from: second });
  expect(again.body.error.problems).toContain(`accept.from is ${second}, but ${third} is active`);
});

test("a stale accept is refused even where nobody loses, and one that is not needed does no harm", async () => {
  const first = await activated(await bounded(), null);
  const next = await bounded((release) => {
    release.permissions.docs.owner = "docs";
  });
  const stale = await activate(next, first, { from: `sha256:${"0".repeat(64)}`, lose: 3 });
  expect(stale.status).toBe(409);
  expect(stale.body.error.problems.at(-1)).toBe(
    "the release stays within the bounds: take accept out of the file",
  );
  expect((await impact(next, { from: first, lose: 3 })).acceptance).toBe("unneeded");
  await activated(next, first, { from: first, lose: 3 });
});

test("a release cannot loosen the bounds that hold it", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": team });
  const loose = await h.release((release) => {
    delete release.settings.bounds;
    withoutTeam(release);
  });
  const refused = await activate(loose, first);
  expect(refused.status).toBe(409);
  expect(refused.body.error.problems[0]).toBe(
    "5 of 5 accounts with access lose a right: ada, bob, cy, dee, eve (the active release allows 20%, above 1, environments/local.yaml:9:3)",
  );
  // in two steps, each reviewed, it may
  const second = await activated(
    await h.release((release) => {
      delete release.settings.bounds;
    }),
    first,
  );
  await activated(loose, second);
});

test("who came between plan and activation counts", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": ["ada"] });
  const next = await bounded(withoutTeam);
  expect((await impact(next)).excesses).toEqual([]);
  await staff(h, { "docs-team": [], engineering: ["bob", "cy"] });
  const { body } = await h.scim("GET", `/Groups?filter=${encodeURIComponent('displayName eq "core-team"')}`);
  const users = (await h.scim("GET", "/Users")).body.Resources;
  await h.scim("PUT", `/Groups/${body.Resources[0].id}`, {
    displayName: "core-team",
    members: users.map(({ id }: { id: string }) => ({ value: id })),
  });
  const late = await activate(next, first);
  expect(late.status).toBe(409);
  expect(late.body.error.problems[0]).toMatch(/^3 of 3 accounts with access lose a right/);
});

test("over the local socket the same bounds hold", async () => {
  const first = await activated(await bounded(), null);
  await staff(h, { "core-team": team });
  const local = adminClient({ url: `unix:${h.agent.socket}`, user: "root" });
  const refused = await local.activate({ release: await bounded(withoutTeam), origin: {} }, first);
  expect(refused).toMatchObject({ ok: false, error: { kind: "refused", status: 409 } });
});

test("the active release says whether it may be ended, and no bound holds that", async () => {
  const held = await bounded((release) => {
    release.settings.delivery.destroy = "prevent";
  });
  const first = await activated(held, null);
  await staff(h, { "core-team": team });
  const none = (await h.admin("POST", "/impact", { body: { release: null } })).body;
  expect(none.failures).toEqual([
    "delivery.destroy of the active release is prevent (expected a deploy with allow before)",
  ]);
  expect(none.lose).toBe(5);
  const prevented = await h.admin("DELETE", "/release", { headers: { "If-Match": `"${first}"` } });
  expect(prevented.status).toBe(409);
  expect(await activeDigest()).toBe(first);

  const second = await activated(await bounded(), first);
  const ended = await h.admin("DELETE", "/release", { headers: { "If-Match": `"${second}"` } });
  expect(ended.status).toBe(204);
});
