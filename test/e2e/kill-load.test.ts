/**
 * Kill -9 of the agent while many connections write users and memberships at once, at moments that a seeded generator
 * picks: what was acknowledged is there, what was not is there whole or not at all, and Mercurial sees what the store
 * says. After every other kill the access file is gone too, as on a tmpfs after a reboot: whoever reads it meanwhile finds nothing or
 * all of it. HGSCIM_KILLS=N plays N rounds, HGSCIM_SEED=S another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import type { ReleaseShape } from "../agent/harness.ts";
import { send } from "../agent/request.ts";
import { isSoak } from "../long.ts";
import { type KillWorld, makeKillWorld } from "./kill-world.ts";
import { Lane, ownGroup, sharedGroups } from "./load-lane.ts";
import { describeState, partOf, readDirectory, rightsAfterKill, rightsOf, rightsSeen } from "./load-views.ts";
import { generator } from "./seeded.ts";

const rounds = Number(process.env.HGSCIM_KILLS ?? (isSoak ? 50 : 6));
const seed = Number(process.env.HGSCIM_SEED ?? 20261124);
// writes that wait while another commit is under way go together in the next
const connections = 80;
const longestDelay = 1_000;

/** Activates a release that also selects the lanes' own groups. */
async function deploy(world: KillWorld): Promise<void> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release: ReleaseShape = structuredClone(loaded.value.release);
  release.connectors.okta.groups.push({ pattern: ownGroup("*") });
  const active = await world.admin.activate({ release, origin: {} }, null);
  if (!active.ok) throw new Error(active.error.message);
}

/** The rows of a query on a file that is SQLite, each as one text. */
function rowsOf(file: string, query: string): string[] {
  const database = new Database(file, { readonly: true });
  const rows = database.prepare(query).raw().all();
  database.close();
  return rows.map(String).sort();
}

/** Holds the store to itself: what one write did to several tables is there in all of them. */
function expectWholeStore(store: string, note: string): void {
  const broken = {
    "a member of nothing": `SELECT * FROM members WHERE user_id NOT IN (SELECT id FROM users)
      OR roster NOT IN (SELECT roster FROM groups)`,
    "an account that is not its owner's": `SELECT u.id, u.account FROM users u LEFT JOIN owners o
      ON o.account = u.account AND o.user_id = u.id WHERE u.account IS NOT NULL AND o.account IS NULL`,
    "an account against the scope": `SELECT id, account FROM users
      WHERE (account IS NOT NULL) <> json_extract(resource, '$.active')`,
    "another version than writes": `SELECT id, version FROM
      (SELECT id, version FROM users UNION ALL SELECT id, version FROM groups) WHERE version <>
      (SELECT count(*) FROM audit WHERE target = id AND outcome = 'done')`,
  };
  const found = Object.entries(broken).map(([what, query]) => [what, rowsOf(store, query)]);
  expect(found, note).toEqual(Object.keys(broken).map((what) => [what, []]));
}

/** Holds the access file to the store: each owned account is there, active if someone has it, with that user's groups. */
function expectEnforced({ accessFile, store }: KillWorld, note: string): void {
  expect(rowsOf(accessFile, "SELECT account, active FROM accounts"), note).toEqual(
    rowsOf(
      store,
      `SELECT o.account, u.id IS NOT NULL FROM owners o LEFT JOIN users u ON u.account = o.account`,
    ),
  );
  expect(rowsOf(accessFile, `SELECT account, "group" FROM memberships`), note).toEqual(
    rowsOf(
      store,
      `SELECT u.account, g.connector || '/' || g.display_name FROM members m
       JOIN users u ON u.id = m.user_id JOIN groups g ON g.roster = m.roster WHERE u.account IS NOT NULL`,
    ),
  );
}

/** Creates the groups that all lanes write; answers their ids. */
async function createSharedGroups({ scim }: KillWorld): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const displayName of sharedGroups) {
    const group = await send(`${scim.url}/Groups`, {
      method: "POST",
      headers: { Authorization: `Bearer ${scim.token}` },
      body: JSON.stringify({ displayName }),
      ca: scim.ca,
    });
    ids.set(displayName, JSON.parse(group.text).id);
  }
  return ids;
}

/** Lets all lanes write, and kills the agent so many milliseconds after its first answer. */
async function writeUntilKilled(world: KillWorld, lanes: readonly Lane[], delay: number): Promise<void> {
  let load: Promise<unknown> = Promise.resolve();
  await new Promise<void>((answered, failed) => {
    load = Promise.all(lanes.map((lane) => lane.run(answered)));
    load.catch(failed);
  });
  await sleep(delay);
  world.kill("agent");
  await Promise.all([load, world.gone()]);
}

/** Everything that a reader sees in the access file while an agent starts. */
async function seenUntil(file: string, started: Promise<void>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let isStarted = false;
  started.then(
    () => (isStarted = true),
    () => (isStarted = true),
  );
  for (; !isStarted; await sleep(1)) {
    const rights = rightsSeen(file);
    if (rights) seen.add(JSON.stringify([...rights]));
  }
  await started;
  return seen;
}

/** Holds what SCIM answers to what lanes were told, and tells them what of the rest was done. */
async function expectAcknowledged(world: KillWorld, lanes: readonly Lane[], note: string): Promise<void> {
  const directory = await readDirectory(world);
  for (const lane of lanes) {
    const found = describeState(partOf(directory, lane.number));
    const { state, pending } = lane;
    const possible = [state, pending?.after ?? state].map(describeState);
    expect(possible, `${note}, lane ${lane.number}: ${pending?.operation}`).toContain(found);
    if (pending && found === possible[1])
      lane.settle(pending, directory.ids.get(pending.name) ?? lane.ids.get(pending.name) ?? "");
    lane.pending = undefined;
    for (const [name, id] of lane.ids) expect(directory.ids.get(name), note).toBe(id);
  }
}

test(`after each of ${rounds} kills under load every acknowledged write is there, and none is half`, async () => {
  const random = generator(seed);
  const world = await makeKillWorld();
  try {
    await deploy(world);
    const shared = await createSharedGroups(world);
    const created = [...shared.values()].map((id) => `group.create ${id}`);
    const lanes = Array.from(
      { length: connections },
      (_, number) => new Lane(number, world, shared, generator(Math.floor(random() * 2 ** 32))),
    );

    let hits = 0;
    for (let round = 0; round < rounds; round++) {
      const delay = Math.floor(random() * longestDelay);
      const note = `round ${round}, seed ${seed}: after ${delay} ms`;
      await writeUntilKilled(world, lanes, delay);
      if (lanes.filter(({ pending }) => pending).length > connections / 2) hits++;

      const acknowledged = lanes.map(({ state }) => state);
      // as Mercurial sees it while there is no agent
      const rights = rightsAfterKill(world.accessFile);

      const isReboot = round % 2 === 1;
      if (isReboot) world.reboot();
      const seen = await seenUntil(world.accessFile, world.revive());
      await expectAcknowledged(world, lanes, note);
      // no more and no less than what was acknowledged, or than what was stored: a leaver is out
      for (const [index, { number, state }] of lanes.entries())
        expect([acknowledged[index] ?? state, state].map(rightsOf), `${note}, lane ${number}`).toContainEqual(
          rights.get(number) ?? [],
        );
      const audited = rowsOf(
        world.store,
        "SELECT operation || ' ' || target FROM audit WHERE actor = 'scim:okta' AND outcome = 'done'",
      );
      expect(audited, note).toEqual([...created, ...lanes.flatMap(({ done }) => done)].sort());
      expectWholeStore(world.store, note);
      expectEnforced(world, note);
      const whole = JSON.stringify([...(rightsSeen(world.accessFile) ?? [])]);
      if (isReboot)
        expect(
          [...seen].filter((rights) => rights !== "[]" && rights !== whole),
          note,
        ).toEqual([]);
    }
    // kills between writes would prove nothing
    expect(hits).toBeGreaterThanOrEqual(rounds / 2);
  } finally {
    await world.stop();
  }
}, 3_600_000);
