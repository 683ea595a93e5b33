/** A right that somebody takes for themselves, on a real host: hg pushes from the taking on, and no longer than it lasts. */
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localAs, takeable, takenIn } from "../agent/break-glass/people.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { commit, hg } from "../agent/mercurial/client.ts";
import { World } from "../agent/mercurial/world.ts";
import { deactivate, staff } from "../agent/people.ts";

let world: World;
let h: Harness;
let ids: ReadonlyMap<string, string>;
beforeEach(async () => {
  world = await World.make();
  h = await startHarness([], { access: world.access, repositories: world.path("root") });
  await h.deploy(
    await h.release(
      takeable((draft) => {
        draft.permissions.core.branches = { stable: ["okta/core-team"] };
      }),
    ),
  );
  ids = await staff(h, { "release-managers": ["ada"], engineering: ["ada", "rob"] });
});
afterEach(async () => {
  await h.stop();
  await world.end();
});

const take = (account: string, duration = "1h") =>
  localAs(h, account).takeRight({ repository: "core/api", for: duration, reason: "the build is broken" });
const push = (account: string, clone: string, ...args: string[]) =>
  hg(clone, "push", ...args, world.url(account));
const missing = "the write right is missing";

test("ada pushes once she has taken it, and nobody else does; not to what is restricted; nor once she gives it back", async () => {
  const clone = await world.work("one");
  expect((await push("ada", clone)).output).toContain(missing);
  const taken = await take("ada");
  if (!taken.ok) throw new Error(taken.error.message);
  expect((await push("rob", clone)).output).toContain(missing);
  expect(await push("ada", clone)).toMatchObject({ code: 0 });

  await hg(clone, "branch", "-q", "stable");
  await commit(clone, "stable", "stable");
  expect((await push("ada", clone, "--new-branch")).output).toContain("only members of okta/core-team may");

  const more = await world.work("two");
  expect((await localAs(h, "ada").endRight(taken.value.id)).ok).toBe(true);
  expect((await push("ada", more)).output).toContain(missing);
});

test("once she is deactivated she has it no longer", async () => {
  const clone = await world.work("one");
  expect((await take("ada")).ok).toBe(true);
  await deactivate(h, ids.get("ada"));
  expect((await push("ada", clone)).output).toContain("the account is deactivated");
});

test("what has ended lets nobody push, though no agent runs that could take it out of the file", async () => {
  const clone = await world.work("one");
  expect((await take("ada")).ok).toBe(true);
  await h.agent.stop();
  // an hour and a moment later, by the host's clock
  const database = new Database(world.access);
  database.prepare("UPDATE grants SET until = ? WHERE permission LIKE 'break-glass/%'").run(Date.now() - 1);
  database.close();
  expect((await push("ada", clone)).output).toContain(missing);
  // what stopped cannot be stopped again
  h.agent = { ...h.agent, stop: async () => undefined };
  await h.restart();
  expect(takenIn(h)).toHaveLength(1);
  expect(await push("ada", clone)).toMatchObject({ code: 0 });
});
