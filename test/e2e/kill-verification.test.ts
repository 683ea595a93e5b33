/**
 * Kill -9 of the agent between the steps of a verification: after the activation, when the access file was made anew, while the release
 * before comes back, and at moments that a seeded generator picks. The next agent goes on with it, and what runs then is whole.
 * HGSCIM_KILLS=N plays N rounds of those, HGSCIM_SEED=S another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReleaseData } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { until } from "../agent/alerts/until.ts";
import type { ReleaseShape } from "../agent/harness.ts";
import { AnsweringHost, letsIn, refuses } from "../agent/verification/answering-host.ts";
import { isSoak } from "../long.ts";
import { type KillWorld, makeKillWorld } from "./kill-world.ts";
import { generator } from "./seeded.ts";

const rounds = Number(process.env.HGSCIM_KILLS ?? (isSoak ? 60 : 3));
const seed = Number(process.env.HGSCIM_SEED ?? 20261130);
const longestDelay = 500;

let host: AnsweringHost;
let world: KillWorld;
beforeEach(async () => {
  host = new AnsweringHost();
  world = await makeKillWorld({ host: await host.start(), secrets: { SCIM_TEST_PROBE: "a password" } });
  host.beside(world.accessFile);
});
afterEach(async () => {
  await world.stop();
  await host.stop();
});

async function release(writers: string): Promise<ReleaseData> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const draft: ReleaseShape = structuredClone(loaded.value.release);
  draft.permissions.core.write = [`okta/${writers}`];
  return draft;
}
const activate = async (writers: string, expected: string | null) =>
  world.admin.activate({ release: await release(writers), origin: {} }, expected);

async function first(): Promise<string> {
  const activated = await activate("core-team", null);
  if (!activated.ok) throw new Error(activated.error.message);
  return activated.value.digest;
}

const cell = (file: string, query: string) => {
  const database = new Database(file, { readonly: true, timeout: 10_000 });
  const [value] = (database.prepare(query).raw().get() ?? []) as unknown as unknown[];
  database.close();
  return value;
};
const kept = () => cell(world.store, "SELECT state FROM verification");
const active = async () => {
  const answer = await world.admin.activeRelease();
  return answer.ok ? answer.value : undefined;
};
/** What Mercurial goes by. */
const enforced = () => ({
  release: cell(world.accessFile, "SELECT value FROM meta WHERE key = 'release'"),
  writers: cell(
    world.accessFile,
    `SELECT group_concat(subject) FROM grants WHERE permission = 'core' AND "right" = 'write'`,
  ),
});
const isShut = () =>
  cell(world.accessFile, "SELECT application_id FROM pragma_application_id") === 0x68675358;

/** Deploys another release, and kills the agent when it asks the host for the n-th time. */
async function killedAt(n: number, digest: string): Promise<void> {
  const { answer } = host;
  host.asked = 0;
  host.answer = (...asked) => {
    if (host.asked !== n) return answer(...asked);
    world.kill("agent");
    asked[0].destroy();
  };
  expect((await activate("docs-team", digest)).ok).toBe(false);
  expect(host.asked).toBe(n);
  await world.gone();
  host.answer = answer;
}

test("the next agent goes on with it: the release before is back, whole, however far it was", async () => {
  const digest = await first();
  const before = enforced();
  expect(before).toEqual({ release: digest, writers: "okta/core-team" });
  host.answer = (response, asked) =>
    asked.release === digest ? refuses(response, asked) : letsIn(response, asked);
  for (const [n, state] of [
    [1, "pending"],
    [2, "pending"],
    [3, "returned"],
  ] as const) {
    await killedAt(n, digest);
    expect(kept(), `killed at ${n}`).toBe(state);
    await world.revive();
    await until(() => kept() === "settled");
    expect(await active(), `killed at ${n}`).toMatchObject({ digest, activatedBy: "agent:verification" });
    expect(enforced(), `killed at ${n}`).toEqual(before);
  }

  // a release that the host goes by is as it was deployed
  host.answer = refuses;
  await killedAt(1, digest);
  await world.revive();
  await until(() => kept() === "settled");
  const other = await active();
  expect(other?.activatedBy).toBe("ci");
  expect(enforced()).toEqual({ release: other?.digest, writers: "okta/docs-team" });

  // neither does it go by the one before: everything is refused
  const again = await activate("core-team", other?.digest ?? "");
  expect(again).toMatchObject({ ok: true, value: { digest } });
  host.answer = letsIn;
  await killedAt(3, digest);
  expect([kept(), isShut()]).toEqual(["returned", false]);
  await world.revive();
  await until(() => kept() === "shut" && isShut());
  world.kill("agent");
  await world.revive();
  expect(isShut()).toBe(true);
  const health = await world.admin.health();
  expect(health.ok && health.value.conditions.map(({ code }) => code)).toEqual(["accessShut"]);
});

test(`after each of ${rounds} kills the release that the host goes by is active, whole`, async () => {
  const random = generator(seed);
  const digest = await first();
  const before = enforced();
  host.answer = (response, asked) =>
    asked.release === digest ? refuses(response, asked) : letsIn(response, asked);
  for (let round = 0; round < rounds; round++) {
    const delay = Math.floor(random() * longestDelay);
    const note = `round ${round}, seed ${seed}: after ${delay} ms`;
    await Promise.all([activate("docs-team", digest), sleep(delay).then(() => world.kill("agent"))]);
    await world.gone();
    await world.revive();
    await until(async () => kept() === "settled" && (await active())?.verification?.state === "settled");
    expect((await active())?.digest, note).toBe(digest);
    expect(enforced(), note).toEqual(before);
    expect(isShut(), note).toBe(false);
  }
}, 3_600_000);
