/**
 * Kill -9 of the agent at moments of routing and delivery that a seeded generator picks, with a receiver that takes some, refuses
 * some and hangs: each event is delivered at least once, by one id, or still there. HGSCIM_KILLS=N plays N rounds,
 * HGSCIM_SEED=S another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { Receiver, signingSecret } from "../agent/alerts/receiver.ts";
import { until } from "../agent/alerts/until.ts";
import type { ReleaseShape } from "../agent/harness.ts";
import { isSoak } from "../long.ts";
import { type KillWorld, makeKillWorld } from "./kill-world.ts";
import { generator } from "./seeded.ts";

const rounds = Number(process.env.HGSCIM_KILLS ?? (isSoak ? 200 : 5));
const seed = Number(process.env.HGSCIM_SEED ?? 20261129);
const longestDelay = 800;
const eventsEach = 12;

async function deploy(world: KillWorld): Promise<void> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release: ReleaseShape = structuredClone(loaded.value.release);
  Object.assign(release.variables, {
    ALERT_WEBHOOK: { type: "secret", secret: "alert-webhook" },
    ALERT_SECRET: { type: "secret", secret: "alert-secret" },
  });
  Object.assign(release.secrets, {
    "alert-webhook": { refs: ["ref+env://SCIM_ALERT_WEBHOOK"] },
    "alert-secret": { refs: ["ref+env://SCIM_ALERT_SECRET"] },
  });
  release.settings.alerts = [
    { to: { var: "ALERT_WEBHOOK" }, secret: { var: "ALERT_SECRET" }, on: ["held"], coolDown: "0s" },
  ];
  // what failed is tried again at once, so that rounds are short
  release.connectors.okta.retry = { attempts: 1_000, first: "1s", max: "1s" };
  const active = await world.admin.activate({ release, origin: {} }, null);
  if (!active.ok) throw new Error(active.error.message + active.error.problems.join());
}

/** Events as the transaction of their cause writes them. */
function happen({ store }: KillWorld, names: readonly string[]): void {
  const database = new Database(store, { timeout: 10_000 });
  const insert = database.prepare(
    "INSERT INTO events (at, kind, connector, rule, subject, summary, detail) VALUES (?, 'held', 'okta', ?, ?, ?, ?)",
  );
  database.transaction(() => {
    for (const name of names) insert.run(Date.now(), name, name, name, name);
  })();
  database.close();
}

const rowsOf = ({ store }: KillWorld, query: string) => {
  const database = new Database(store, { readonly: true });
  const rows = database.prepare(query).raw().all().map(String);
  database.close();
  return rows;
};

test(`after each of ${rounds} kills every alert is delivered, by one id, or still there`, async () => {
  const random = generator(seed);
  const receiver = new Receiver();
  await receiver.start();
  receiver.answer = (response) => {
    const luck = random();
    if (luck < 0.6) response.writeHead(204).end();
    else if (luck < 0.9) response.writeHead(500).end();
    // taken, and the agent never hears of it
    else response.destroy();
  };
  const world = await makeKillWorld({
    egress: [receiver.host],
    secrets: { SCIM_ALERT_WEBHOOK: receiver.url, SCIM_ALERT_SECRET: signingSecret },
  });
  try {
    await deploy(world);
    const raised: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const names = Array.from({ length: eventsEach }, (_, i) => `round-${round}-${i}`);
      happen(world, names);
      raised.push(...names);
      const delay = Math.floor(random() * longestDelay);
      await sleep(delay);
      world.kill("agent");
      await world.gone();
      const note = `round ${round}, seed ${seed}: after ${delay} ms`;
      const stored = rowsOf(world, "SELECT matter FROM deliveries WHERE matter LIKE 'held/%'");
      const waiting = rowsOf(world, "SELECT rule FROM events WHERE sequence > (SELECT event FROM outbox)");
      // each is a delivery once, or is going to be
      expect([...stored.map((matter) => matter.replace("held/okta/", "")), ...waiting].sort(), note).toEqual(
        raised.toSorted(),
      );
      await world.revive();
    }
    receiver.answer = undefined;
    await until(() => rowsOf(world, "SELECT 1 FROM deliveries WHERE state = 'waiting'").length === 0);
    await until(() => rowsOf(world, "SELECT 1 FROM deliveries").length === raised.length);
    const ids = new Map<string, Set<string>>();
    for (const { body, headers } of receiver.of("held")) {
      const of = ids.get(body.data.rule) ?? new Set();
      ids.set(body.data.rule, of.add(String(headers["webhook-id"])));
    }
    expect([...ids.keys()].sort()).toEqual(raised.toSorted());
    expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
    // some were sent more than once: the rounds have hit something
    expect(receiver.received.length).toBeGreaterThan(raised.length);
  } finally {
    await world.stop();
    await receiver.stop();
  }
}, 3_600_000);
