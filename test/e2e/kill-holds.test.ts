/**
 * Kill -9 of the agent while it holds, and while it does what is approved, at moments that a seeded generator picks: each write is
 * held or not, and each hold is done once or still there. HGSCIM_KILLS=N plays N rounds, HGSCIM_SEED=S another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { send } from "../agent/request.ts";
import { isSoak } from "../long.ts";
import { type KillWorld, makeKillWorld } from "./kill-world.ts";
import { generator } from "./seeded.ts";

const rounds = Number(process.env.HGSCIM_KILLS ?? (isSoak ? 200 : 30));
const seed = Number(process.env.HGSCIM_SEED ?? 20261129);
const people = Array.from({ length: 12 }, (_, i) => `u${i}`);

/** What the connector is answered; undefined where nobody answers. */
async function scim(world: KillWorld, method: string, path: string, body?: object) {
  const { url, token, ca } = world.scim;
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" };
  const text = body && JSON.stringify(body);
  const reply = await send(`${url}${path}`, { method, headers, body: text, ca }).catch(() => undefined);
  return reply && { status: reply.status, body: reply.text === "" ? null : JSON.parse(reply.text) };
}

/** Kills the agent so long after something has begun, and starts it again when that has ended. */
async function killDuring(world: KillWorld, delay: number, work: () => Promise<unknown>): Promise<void> {
  const [, killed] = await Promise.all([work(), sleep(delay).then(() => world.kill("agent"))]);
  expect(killed).toBe(true);
  await world.gone();
  await world.revive();
}

async function held(world: KillWorld) {
  const page = await world.admin.held({ limit: 1_000 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.held;
}

async function letIn(world: KillWorld): Promise<string[]> {
  const access = await world.admin.access();
  if (!access.ok) throw new Error(access.error.message);
  return access.value.accounts.map(({ account }) => account).sort();
}

test(`${rounds} rounds: what is held is there after the end of the agent, and what is approved is done once`, async () => {
  const random = generator(seed);
  const world = await makeKillWorld();
  try {
    const loaded = await loadEnvironment("environments/local.yaml");
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    const release = structuredClone(loaded.value.release);
    const mass = { limit: { deactivations: 0, above: 0, per: "1h" }, otherwise: "hold", owner: "on-call" };
    Object.assign(release, { constraints: { mass } });
    delete release.variables.SCIM_MAIL_DOMAIN;
    const activated = await world.admin.activate({ release, origin: {} }, null);
    if (!activated.ok) throw new Error(JSON.stringify(activated.error));
    const ids = new Map<string, string>();
    for (const name of people) {
      const user = { userName: `${name}@example.com`, externalId: `id-${name}`, active: true };
      ids.set((await scim(world, "POST", "/Users", user))?.body.id, name);
    }
    const off = { Operations: [{ op: "replace", path: "active", value: false }] };
    const decided = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const fire = () => Promise.all([...ids.keys()].map((id) => scim(world, "PATCH", `/Users/${id}`, off)));
      await killDuring(world, Math.floor(random() * 60), fire);
      const kept = await held(world);
      for (const reply of await fire()) expect(reply?.status).toBe(409);
      const all = await held(world);
      // each is held once, and what was there before is the same
      expect(all.map(({ target }) => ids.get(target ?? "")).sort()).toEqual([...people].sort());
      expect(kept.every(({ id }) => all.some((one) => one.id === id))).toBe(true);
      expect(await letIn(world)).toEqual([...people].sort());

      const holds = all.map(({ id, fingerprint }) => ({ id, fingerprint }));
      const approve = (some: typeof holds) =>
        world.admin.decideHolds({ decision: "approve", reason: "left", holds: some });
      await killDuring(world, Math.floor(random() * 60), () => approve(holds));
      const waiting = new Set((await held(world)).map(({ id }) => id));
      const there = all.filter(({ id }) => waiting.has(id)).map(({ target }) => ids.get(target ?? ""));
      expect(await letIn(world)).toEqual(there.sort());
      const rest = holds.filter(({ id }) => waiting.has(id));
      if (rest.length > 0) expect(await approve(rest)).toMatchObject({ ok: true });
      expect([await held(world), await letIn(world)]).toEqual([[], []]);
      for (const { id } of holds) decided.add(id);
      for (const id of ids.keys())
        await scim(world, "PATCH", `/Users/${id}`, {
          Operations: [{ op: "replace", path: "active", value: true }],
        });
    }
    const words: string[] = [];
    for (let after = 0; ; ) {
      const page = await world.admin.audit(after);
      if (!page.ok) throw new Error(page.error.message);
      const last = page.value.rows.at(-1);
      if (!last) break;
      for (const { operation, outcome, target } of page.value.rows)
        if (operation === "hold.approve" && outcome === "done") words.push(target);
      after = last.sequence;
    }
    expect(words.sort()).toEqual([...decided].sort());
  } finally {
    await world.stop();
  }
}, 3_600_000);
