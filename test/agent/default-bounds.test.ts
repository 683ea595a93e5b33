/** What holds a release whose environment names no bounds: 30% above 10 accounts, and never all access of everybody. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReleaseData } from "../../model/digest.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs", "releases/1"]);
});
afterEach(() => h.stop());

const people = (count: number) => Array.from({ length: count }, (_, index) => `dev${index + 10}`);
const edited = (edit: (release: ReleaseShape) => void) => h.release(edit);
const put = (release: ReleaseData, expected: string, accept?: object) =>
  h.admin("PUT", "/release", {
    body: { release, origin: {}, accept },
    headers: { "If-Match": `"${expected}"` },
  });

/** Plan and activation say the same; the reasons, of which the last is what to write. */
async function refusal(release: ReleaseData, active: string): Promise<string[]> {
  const impact = (await h.admin("POST", "/impact", { body: { release } })).body;
  expect(impact).toMatchObject({ acceptance: "absent", excesses: [{ bound: "lose", byDefault: true }] });
  const refused = await put(release, active);
  expect(refused).toMatchObject({ status: 409, body: { error: { code: "beyondBounds" } } });
  expect((await h.admin("GET", "/release")).body.digest).toBe(active);
  return refused.body.error.problems;
}

const mistakes: Record<string, (release: ReleaseShape) => void> = {
  "scope asks for what nobody has": (release) => {
    release.connectors.okta.scope = 'user.active && user.?userType.orValue("") == "employe"';
  },
  "mapping makes other accounts of everybody": (release) => {
    release.connectors.okta.mapping.account = '"x-" + user.userName.split("@")[0].lowerAscii()';
  },
  "patterns lost their **": (release) => {
    for (const [name, set] of Object.entries<ReleaseShape>(release.permissions))
      set.repositories = [`${name}/*/*`];
  },
  "the permission sets are gone": (release) => {
    release.permissions = {};
  },
  "every rule gets an end": (release) => {
    const until = "2999-01-01T00:00:00Z";
    for (const set of Object.values<ReleaseShape>(release.permissions))
      for (const right of ["read", "write"])
        set[right] = set[right].map((group: string) => ({ group, until, reason: "a", approver: "b" }));
  },
};

test.each(Object.entries(mistakes))(
  "%s: refused among three people too, until accepted",
  async (_, mistake) => {
    const first = await h.deploy(await h.release());
    await staff(h, { engineering: ["ada", "bob", "cy"] });
    const release = await edited(mistake);
    const problems = await refusal(release, first);
    expect(problems[0]).toBe(
      "3 of 3 accounts with access lose a right: ada, bob, cy (by default not everybody)",
    );
    expect(problems.at(-1)).toContain(`accept: { from: ${first}, lose: 3, gain: `);
    const accepted = await put(release, first, { from: first, lose: 3 });
    expect(accepted.status).toBe(200);
  },
);

test("the floor is 10 people, and above it 30%", async () => {
  const first = await h.deploy(await h.release());
  const everybody = people(40);
  await staff(h, { engineering: everybody, "core-team": everybody.slice(0, 13) });
  const withoutTeam = await edited((release) => {
    release.permissions.core.write = [];
  });
  const problems = await refusal(withoutTeam, first);
  expect(problems[0]).toMatch(/^13 of 40 accounts with access lose a right: .*\(by default 30%, above 10\)$/);
  const groups = (await h.scim("GET", `/Groups?filter=${encodeURIComponent('displayName eq "core-team"')}`))
    .body;
  const [{ id, members }] = groups.Resources;
  // 12 of 40 are 30%, and not more
  await h.scim("PATCH", `/Groups/${id}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "remove", path: `members[value eq "${members[0].value}"]` }],
  });
  expect((await put(withoutTeam, first)).status).toBe(200);
});

test("an end that was there, or comes later than it was, takes nothing; one for a protected group is told", async () => {
  const ends = (year: number) => (release: ReleaseShape) => {
    release.settings.bounds = { lose: "0%", above: 0, protected: ["okta/core-team"] };
    release.permissions.core.write = [
      { group: "okta/core-team", until: `${year}-01-01T00:00:00Z`, reason: "a", approver: "b" },
    ];
  };
  const first = await h.deploy(await edited(ends(2100)));
  await staff(h, { "core-team": ["ada"] });
  const impact = async (year: number) =>
    (await h.admin("POST", "/impact", { body: { release: await edited(ends(year)) } })).body;
  expect(await impact(2101)).toMatchObject({
    lose: 0,
    gain: 1,
    later: [{ at: Date.UTC(2100, 0), lose: [], gain: 1 }],
    excesses: [],
  });
  const second = await h.deploy(await edited(ends(2101)), first);
  expect(await impact(2099)).toMatchObject({
    lose: 1,
    gain: 0,
    changes: [],
    later: [{ at: Date.UTC(2099, 0), lose: ["ada"], gain: 0 }],
    excesses: [
      { bound: "lose", accounts: ["ada"] },
      { bound: "protected", accounts: ["ada"] },
    ],
  });
  expect((await put(await edited(ends(2099)), second)).status).toBe(409);
});

test("bounds of its own loosen nothing in the change that they would hold", async () => {
  const unnamed = await h.release();
  expect(unnamed.settings).not.toHaveProperty("bounds");
  const first = await h.deploy(unnamed);
  await staff(h, { engineering: ["ada", "bob", "cy"] });
  const loose = (release: ReleaseShape) => {
    release.settings.bounds = { lose: "100%", above: 0, protected: [] };
  };
  const both = await edited((release) => {
    loose(release);
    release.permissions = {};
  });
  expect((await refusal(both, first))[0]).toContain(
    "(the active release names no bounds: by default not everybody)",
  );
  // in two steps, each reviewed, it may
  const second = await h.deploy(await edited(loose), first);
  await h.deploy(both, second);
});

test("a release of an earlier version keeps its digest, and holds what comes after it", async () => {
  const first = await h.deploy(await h.release());
  await staff(h, { engineering: ["ada", "bob", "cy"] });
  await h.restart();
  expect((await h.admin("GET", "/release")).body.digest).toBe(first);
  const none = await edited((release) => {
    release.permissions = {};
  });
  await refusal(none, first);
  // who has nothing anyway loses nothing: the way back is free
  const second = (await put(none, first, { from: first, lose: 3 })).body.digest;
  expect(await h.deploy(await h.release(), second)).toBe(first);
});
