/** Whoever has something held by a constraint that suspends them, on a real host: hg neither pulls nor pushes until that ends. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { change, decide, deployConstraints, held, holdId } from "../agent/held/world.ts";
import { hg } from "../agent/mercurial/client.ts";
import { World } from "../agent/mercurial/world.ts";
import { deactivate, staff } from "../agent/people.ts";

const suspended = "the account is suspended while something of it waits for approval";

let world: World;
let h: Harness;
beforeEach(async () => {
  world = await World.make();
  h = await startHarness([], { access: world.access, repositories: world.path("root") });
});
afterEach(async () => {
  await h.stop();
  await world.end();
});

test("ada neither pulls nor pushes from the 409 on, and does both once it is discarded", async () => {
  const titled = { ...held({ require: 'user.?title.orValue("") != "chief"' }), meanwhile: "suspend" };
  await deployConstraints(h, { titled });
  const ids = await staff(h, { "core-team": ["ada", "rob"], engineering: ["ada", "rob"] });
  const clone = await world.work("one");
  const ask = (verb: string, account: string) => hg(clone, verb, world.url(account));
  const promoted = await h.scim(
    "PATCH",
    `/Users/${ids.get("ada")}`,
    change({ op: "replace", path: "title", value: "chief" }),
  );
  expect(promoted.status).toBe(409);
  for (const verb of ["incoming", "push"]) {
    const { code, output } = await ask(verb, "ada");
    expect([code, output]).toEqual([255, expect.stringContaining(`: ${suspended}; ask `)]);
  }
  expect((await ask("incoming", "rob")).output).not.toMatch(/deactivated|suspended/);
  expect((await decide(h, holdId(promoted), "discard")).status).toBe(200);
  expect((await ask("incoming", "ada")).output).not.toMatch(/deactivated|suspended/);
  expect((await ask("push", "ada")).code).toBe(0);
  // who has left is not told that somebody could approve it, also where the file is made anew
  expect((await deactivate(h, ids.get("ada"))).status).toBe(200);
  expect((await ask("incoming", "ada")).output).toContain("the account is deactivated; ask ");
  const rob = { op: "replace", path: "title", value: "chief" };
  expect((await h.scim("PATCH", `/Users/${ids.get("rob")}`, change(rob))).status).toBe(409);
  await h.restart(() => rmSync(h.config.access));
  expect((await ask("incoming", "rob")).output).toContain(suspended);
  expect((await ask("incoming", "ada")).output).toContain("the account is deactivated; ask ");
});
