/**
 * Kill -9 of agent, provider and terraform in turn, at moments that a seeded generator picks: afterwards one release is active
 * whole, the next deploy is clean, nothing is tainted. HGSCIM_KILLS=N plays N rounds, HGSCIM_SEED=S
 * another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { expect, test } from "vitest";
import { isSoak } from "../long.ts";
import { type KillWorld, makeKillWorld, type Victim } from "./kill-world.ts";
import { generator } from "./seeded.ts";

const rounds = Number(process.env.HGSCIM_KILLS ?? (isSoak ? 60 : 3));
const seed = Number(process.env.HGSCIM_SEED ?? 20261122);
const victims: readonly Victim[] = ["agent", "provider", "terraform"];
// a deploy takes a second or two: plan, plan again, apply
const longestDelay = 2_000;

/** What the access file says: which release, and who writes to core. */
function enforced(world: KillWorld): { release: string; writers: string[] } {
  const database = new Database(world.accessFile, { readonly: true });
  const release = database.prepare("SELECT value FROM meta WHERE key = 'release'").get() as { value: string };
  const rows = database
    .prepare(`SELECT subject AS name FROM grants WHERE permission = 'core' AND "right" = 'write'`)
    .all() as { name: string }[];
  database.close();
  return { release: release.value, writers: rows.map(({ name }) => name) };
}

async function activeDigest(world: KillWorld): Promise<string | undefined> {
  const active = await world.admin.activeRelease();
  if (!active.ok) throw new Error(active.error.message);
  return active.value?.digest;
}

test.each(victims)(
  "%s killed during the very first deploy: the next deploy is clean, and nothing is tainted",
  async (victim) => {
    const world = await makeKillWorld();
    try {
      let killed = false;
      const first = await world.deployUntil("hgscim_release.release: Modifying...", () => {
        // nobody is answered any more: what dies now dies with the activation under way
        world.hold();
        killed = world.kill(victim);
        // what the agent has received by now it may still do, with nobody left to hear of it
        if (victim !== "agent") world.letGo();
      });
      expect(killed).toBe(true);
      expect(first.code, first.stdout).toBe(1);
      await world.revive();

      const again = await world.hgscim("deploy", "local", "--yes");
      expect(again, again.stderr).toMatchObject({ code: 0 });
      expect(again.stdout).not.toContain("tainted");
      expect(enforced(world)).toEqual({ release: await activeDigest(world), writers: ["okta/core-team"] });
      expect(world.troubled()).toEqual([]);
      expect((await world.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);
      // made once, whoever heard of it
      const history = await world.admin.history();
      expect(history.ok && history.value.entries.length).toBe(1);
    } finally {
      await world.stop();
    }
  },
);

test(`after each of ${rounds} kills one release is active whole, and the next deploy is clean`, async () => {
  const random = generator(seed);
  const world = await makeKillWorld();
  try {
    const digests = new Map<string, string>();
    for (const writers of ["core-team", "docs-team"]) {
      world.choose(writers);
      expect(await world.hgscim("deploy", "local", "--yes")).toMatchObject({ code: 0 });
      digests.set(String(await activeDigest(world)), `okta/${writers}`);
    }
    expect(digests.size).toBe(2);

    let hits = 0;
    for (let round = 0; round < rounds; round++) {
      const victim = victims[round % victims.length] ?? "agent";
      const delay = Math.floor(random() * longestDelay);
      const note = `round ${round}, seed ${seed}: ${victim} after ${delay} ms`;
      const writers = round % 2 === 0 ? "core-team" : "docs-team";
      world.choose(writers);
      const deploy = world.hgscim("deploy", "local", "--yes");
      await sleep(delay);
      if (world.kill(victim)) hits++;
      await deploy;
      await world.revive();

      // whole: the release that is active is one of the two, and exactly it is enforced
      const active = String(await activeDigest(world));
      expect([...digests.keys()], note).toContain(active);
      expect(enforced(world), note).toEqual({ release: active, writers: [digests.get(active)] });

      // clean: the deploy goes through, with nothing tainted
      const again = await world.hgscim("deploy", "local", "--yes");
      expect(again, note).toMatchObject({ code: 0 });
      expect(again.stdout, note).not.toContain("tainted");
      expect(digests.get(String(await activeDigest(world))), note).toBe(`okta/${writers}`);
      expect(world.troubled(), note).toEqual([]);
    }
    expect((await world.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);
    // a series in which nothing was ever killed would prove nothing
    expect(hits).toBeGreaterThan(0);
  } finally {
    await world.stop();
  }
}, 3_600_000);
