/** Ways in which an activation differs from what was approved: each is refused with what moved, at the plan and at the apply, and changes nothing. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ReleaseData } from "../../../model/digest.ts";
import { copiesOf } from "../copies.ts";
import type { ReleaseShape } from "../harness.ts";
import { deactivate } from "../people.ts";
import { change } from "../store/file.ts";
import { type ApprovalWorld, approvalWorld, approvedChange } from "./world.ts";

const day = 86_400_000;
let now = Date.UTC(2026, 0, 5, 10);
let w: ApprovalWorld;
let line: string;
// one agent for all: each way is gone back, and what cannot be gone back comes last
beforeAll(async () => {
  w = await approvalWorld("local", { clock: () => now });
});
beforeEach(async () => {
  await w.goBack();
  line = await w.approve();
});
afterAll(() => w.h.stop());

/** Refused by the agent, when it is asked and when it is told; `told` is in what either says. */
async function refused(code: string, told: readonly string[], sent = line, release?: ReleaseData) {
  const before = await w.present();
  const { status, body } = await w.put(sent, release && { release });
  expect({ status, code: body.error?.code }).toEqual({ status: 409, code });
  const said = [body.error.message, ...body.error.problems];
  for (const part of told) expect(said.join("\n")).toContain(part);
  expect(await impactOf(sent, release)).toEqual(said);
  expect(await w.present()).toEqual(before);
  return said;
}

/** Why the agent would refuse it. */
async function impactOf(approval: string, release = w.next): Promise<string[]> {
  return (await w.h.admin("POST", "/impact", { body: { release, approval } })).body.failures;
}

test("the file was edited", async () => {
  const release = await w.h.release((release: ReleaseShape) => {
    approvedChange(release);
    release.permissions.docs.write = ["okta/core-team", "okta/docs-team"];
  });
  await refused("approvalOtherRelease", [`sha256:${line.split(":")[2]} was approved`], line, release);
});

test("it is of another environment, or of another agent of this one", async () => {
  for (const [environment, told] of [
    ["staging", "of the environment staging, and this is the agent of local"],
    ["local", "of another agent of local, or of this one from before its store was accepted as a copy"],
  ] as const) {
    const other = await approvalWorld(environment);
    try {
      // the very same, but for the secrets' names
      const elsewhere = await other.approve(environment === "local" ? w.next : other.next);
      await refused("approvalElsewhere", [told], elsewhere);
    } finally {
      await other.h.stop();
    }
  }
});

test("the line was cut off, or another word of it put in: of nothing that was reviewed", async () => {
  const before = await w.present();
  for (const cut of [line.slice(0, -1), line.slice(0, 40), "", `${line}0`]) {
    const { status, body } = await w.put(cut);
    expect([status, body.error.code]).toEqual([400, "invalidRequest"]);
    expect(body.error.problems).toEqual([expect.stringMatching(/^approval\.line: no approval: .*expected/)]);
  }
  // one that names more is there, and is another release's
  const wide = await w.h.release((release: ReleaseShape) => {
    release.permissions = {};
  });
  const words = line.split(":");
  const others = (await w.approve(wide)).split(":");
  const codes = ["approvalOtherRelease", "approvalOtherBase", "approvalElsewhere", "approvalUnknown"];
  const digits = ["f".repeat(64), "none", "f".repeat(32), others[5]];
  for (const [index, code] of codes.entries()) {
    const tampered = words.with(2 + index, digits[index] ?? "").join(":");
    await refused(code, [], tampered);
  }
  expect(await w.present()).toEqual(before);
});

/** What moved, what of it is told, and the way back. */
type Way = [code: string, told: string[], move: () => Promise<unknown>, back?: () => unknown];
const ways: Readonly<Record<string, Way>> = {
  "a newer release is active": [
    "approvalOtherBase",
    ["it was reviewed over sha256:", "is active since 2026-01-05T10:00:00Z, by deployer"],
    async () =>
      w.h.deploy(
        await w.h.release((release: ReleaseShape) => {
          release.permissions.docs.read = [];
        }),
        w.base,
      ),
  ],
  "no release is active any more": [
    "approvalOtherBase",
    ["and no release is active"],
    () => w.h.admin("DELETE", "/release", { headers: { "If-Match": `"${w.base}"` } }),
  ],
  "somebody came who would lose and gain as others do": [
    "approvalExceeded",
    ["1 account would lose or gain", "eve loses push on core/api", "eve gains push on docs"],
    () => w.hire("eve", "core-team", "engineering"),
    () => deactivate(w.h, w.ids.get("eve")),
  ],
  "somebody who is here joined a group": [
    "approvalExceeded",
    ["cy loses push on core/api", "cy gains push on docs"],
    () => w.move("add", "cy", "core-team"),
    () => w.move("remove", "cy", "core-team"),
  ],
  "somebody left a group, and would lose and gain more": [
    "approvalExceeded",
    ["ada loses all access to core/api", "ada gains push on docs"],
    () => w.move("remove", "ada", "engineering"),
    () => w.move("add", "ada", "engineering"),
  ],
  "a repository came": [
    "approvalExceeded",
    ["2 accounts would lose or gain", "ada, bob lose push on core/web"],
    async () => mkdirSync(join(w.h.config.repositories, "core/web/.hg"), { recursive: true }),
  ],
  "what the agent keeps of the review was altered": [
    "approvalUnknown",
    ["keeps no review"],
    () => w.h.restart(() => change(copiesOf(w.h).file, "UPDATE reviewed_effects SET effect = '[]'")),
  ],
};

test.each(Object.entries(ways))("%s", async (_, [code, told, move, back]) => {
  await move();
  await refused(code, told);
  await back?.();
  // gone back, it is what was approved
  if (back) expect(await impactOf(line)).toEqual([]);
});

test("the store is a copy from before: none holds until it is accepted, and none from before afterwards", async () => {
  const copies = copiesOf(w.h);
  const lineage = async () => (await w.h.admin("GET", "/agent")).body.lineage;
  const before = await lineage();
  await w.h.restart(() => copies.backUp());
  expect(await lineage()).toBe(before);
  await deactivate(w.h, w.ids.get("cy"));
  await copies.restore();
  const accept = { from: w.base, lose: 9, gain: 9 };
  for (const asked of [{}, { accept }]) {
    const { status, body } = await w.put(line, asked);
    expect([status, body.error.code]).toEqual([409, "storeRestored"]);
  }
  const { body: unapproved } = await w.review({ release: w.next, accept });
  expect(unapproved.approval).toBeUndefined();
  expect(unapproved.unapproved).toContain("the store is a copy from before");

  // the release of before comes back: all but the store is as it was
  const accepted = await w.h.admin("PUT", "/release", {
    body: { release: await w.h.release(), origin: {}, accept },
    headers: { "If-None-Match": "*" },
  });
  expect(accepted.body.digest).toBe(w.base);
  expect(await lineage()).not.toBe(before);
  await refused("approvalElsewhere", ["from before its store was accepted as a copy"]);
  expect((await w.put(await w.approve())).status).toBe(200);
});

test("of very many the first ten are named, and the others counted", async () => {
  for (let n = 10; n < 23; n++) await w.hire(`x${n}`, "core-team");
  const [summary, ...lines] = await refused("approvalExceeded", []);
  expect(summary).toBe("13 accounts would lose or gain what was not approved");
  expect(lines.at(-1)).toBe("and 3 accounts more");
  expect(lines.join()).toContain("x10, x11, x12, x13, x14, x15, x16, x17, x18, x19 gain push on docs");
});

test("the review is forgotten, since it is old", async () => {
  now += 31 * day;
  await refused("approvalUnknown", ["keeps no review of this release with the effect sha256:"]);
});
