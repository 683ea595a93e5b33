/** An approval holds while nobody loses or gains more than was said; what it was is remembered, and it stands in for nothing else. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ReleaseData } from "../../../model/digest.ts";
import { copiesOf } from "../copies.ts";
import type { ReleaseShape } from "../harness.ts";
import { deactivate } from "../people.ts";
import { dumpOf } from "../store/file.ts";
import { type ApprovalWorld, approvalWorld, approvedChange } from "./world.ts";

let now = Date.UTC(2026, 0, 5, 10);
let w: ApprovalWorld;
// one agent for all: each test begins with the release and the people of the beginning
beforeAll(async () => {
  w = await approvalWorld("local", { clock: () => now });
});
beforeEach(() => w.goBack());
afterAll(() => w.h.stop());

const isHeld = async (line: string, release?: ReleaseData) => {
  const { status, body } = await w.put(line, release && { release });
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined });
};

test("people come and go within it: who is not concerned, who leaves, and who by now has less to lose", async () => {
  const line = await w.approve();
  await w.hire("eve", "engineering");
  await w.move("add", "cy", "release-managers");
  await deactivate(w.h, w.ids.get("dee"));
  await w.move("remove", "bob", "core-team");
  await w.move("remove", "bob", "engineering");
  // ada does not push there any more, and gains on docs as was said
  await w.move("remove", "ada", "core-team");
  expect(await w.approve()).not.toBe(line);
  await isHeld(line);
  for (const [name, ...groups] of [
    ["ada", "core-team"] as const,
    ["bob", "core-team", "engineering"] as const,
  ])
    for (const group of groups) await w.move("add", name, group);
  await deactivate(w.h, w.ids.get("eve"));
});

test("the same release in other words, from another line, is the same; and so is the line of a later review", async () => {
  const line = await w.approve();
  now += 60_000;
  expect(await w.approve()).toBe(line);
  const turned = (value: unknown): unknown =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, one]) => [key, turned(one)]),
        );
  const { status } = await w.h.admin("PUT", "/release", {
    body: {
      release: turned(w.next),
      origin: { sources: { "permissions.core": "elsewhere.yaml:1:1" }, revision: "merged" },
      approval: { line },
    },
    headers: { "If-Match": `"${w.base}"` },
  });
  expect(status).toBe(200);
});

test("a rule that ends meanwhile does then what the review said of then, and nothing earlier", async () => {
  const until = "2026-01-08";
  const release = await w.h.release((release: ReleaseShape) => {
    release.permissions.core.write = [{ group: "okta/core-team", until, reason: "moves", approver: "grace" }];
  });
  const { body } = await w.review({ release });
  expect(body.effect).toEqual([]);
  expect(body.later).toMatchObject([{ lose: ["ada", "bob"] }]);
  now += 5 * 86_400_000;
  // who came after the review and would lose at once is not in it
  await w.hire("fay", "core-team");
  const { status, body: told } = await w.put(body.approval, { release });
  expect([status, told.error.code]).toEqual([409, "approvalExceeded"]);
  expect(told.error.problems).toEqual(["fay loses all access to core/api"]);
  await deactivate(w.h, w.ids.get("fay"));
  await isHeld(body.approval, release);
});

test("what ends later counts too: who comes and would lose by it is told with its time", async () => {
  const release = await w.h.release((release: ReleaseShape) => {
    release.permissions.core.write = [
      { group: "okta/core-team", until: "2026-03-01", reason: "moves", approver: "grace" },
    ];
  });
  const line = await w.approve(release);
  await w.hire("gus", "core-team");
  const { body } = await w.put(line, { release });
  expect(body.error.problems).toEqual(["from 2026-03-01T00:00:00Z on: gus loses all access to core/api"]);
  await deactivate(w.h, w.ids.get("gus"));
});

test("history and audit say to what it was held and who approved; a name that nobody says is none", async () => {
  const line = await w.approve();
  const effect = `sha256:${line.split(":")[5]}`;
  expect((await w.put(line, { by: "  grace  " })).status).toBe(200);
  const back = await w.h.release();
  expect((await w.put(await w.approve(back), { release: back })).status).toBe(200);
  const { entries } = (await w.h.admin("GET", "/history")).body;
  expect(entries).toMatchObject([
    { approval: { effect: expect.stringMatching(/^sha256:/) } },
    { approval: { effect, by: "grace" } },
    { digest: w.base },
    ...entries.slice(3),
  ]);
  expect(Object.keys(entries[0].approval)).toEqual(["effect"]);
  expect(entries[2].approval).toBeUndefined();
  const { rows } = (await w.h.admin("GET", "/audit?last=2")).body;
  expect(rows[0].detail).toContain(`within what grace approved, effect ${effect}`);
  expect(rows[1].detail).toMatch(/within what was approved, effect sha256:/);
});

test("it stands in for no bound", async () => {
  const release = await w.h.release((release: ReleaseShape) => {
    approvedChange(release);
    release.settings.bounds = { lose: "10%", above: 0, protected: [] };
  });
  const { status, body } = await w.put(await w.approve(release), { release });
  expect([status, body.error.code]).toEqual([409, "beyondBounds"]);
});

test("a first release is approved over none", async () => {
  await w.h.admin("DELETE", "/release", { headers: { "If-Match": `"${w.base}"` } });
  const line = await w.approve();
  expect(line).toMatch(/^hgscim1:local:[0-9a-f]{64}:none:/);
  await isHeld(line);
  // what is active already needs none, and one that is sent again does not stand in the way of the plan
  const { body } = await w.review({ release: w.next });
  expect([body.approval, body.unapproved]).toEqual([undefined, "it is active already"]);
  const impact = await w.h.admin("POST", "/impact", { body: { release: w.next, approval: line } });
  expect(impact.body.failures).toEqual([]);
  // nor of the deploy that has the access file made anew
  await isHeld(line);
});

test("a review that cannot be approved, or not be kept, is answered all the same, and says why", async () => {
  const unapproved = async (body: object) => {
    const answer = await w.review(body);
    expect(answer).toMatchObject({ status: 200, body: { digest: expect.stringMatching(/^sha256:/) } });
    expect(answer.body.approval).toBeUndefined();
    return answer.body.unapproved;
  };
  const other = await w.h.release((release: ReleaseShape) => {
    release.permissions = {};
  });
  expect(await unapproved({ release: w.next, base: other })).toBe(
    "it is compared with another release than the active one",
  );
  const forbidden = await w.h.release((release: ReleaseShape) => {
    release.secrets["okta-token"].refs = ["ref+env://PATH"];
  });
  expect(await unapproved({ release: forbidden })).toBe("the agent would refuse the release as it is");
  // its very own base is none of another
  const base = await w.h.release();
  expect((await w.review({ release: w.next, base })).body.approval).toBe(await w.approve());
});

test("whom a reader may not know is in it by their resource: the line tells nobody's name", async () => {
  const release = await w.h.release((release: ReleaseShape) => {
    release.connectors.okta.mapping.account = 'user.userName.split("@")[0].lowerAscii() + "-x"';
  });
  const { body } = await w.review({ release });
  const shown = body.effect.flatMap(({ accounts }: { accounts: string[] }) => accounts);
  expect(shown).toContain(`okta/${w.ids.get("ada")}`);
  expect(shown).not.toContain("ada-x");
  const { file } = copiesOf(w.h);
  expect(JSON.stringify(dumpOf(file).reviewed_effects)).not.toContain("ada-x");
  await w.hire("hal", "core-team");
  const refused = await w.put(body.approval, { release });
  expect(refused.body.error.problems.join()).toContain(`okta/${w.ids.get("hal")}`);
  expect(refused.body.error.problems.join()).not.toContain("hal-x");
  await deactivate(w.h, w.ids.get("hal"));
  const accept = { from: w.base, lose: 3, gain: 3 };
  expect((await w.put(body.approval, { release, accept })).status).toBe(200);
});
