/** The system's clock jumps: nothing that goes by time gets longer, whoever has to leave leaves, and it takes an approver's word. */
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adminClient } from "../../../api/client.ts";
import { digestsOf, type ReleaseData } from "../../../model/digest.ts";
import { version } from "../../../model/package.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { acceptClockOf, Clocks, day, hour, restartAfter, second, year } from "./world.ts";

let clocks: Clocks;
let h: Harness;
let others: Harness[] = [];
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(async () => {
  for (const one of [h, ...others]) await one.stop();
  others = [];
});

const put = async (release: ReleaseData, active: string) =>
  h.admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${active}"` } });
const otherPages = (size = 700) =>
  h.release((draft) => {
    draft.variables.SCIM_PAGE_SIZE.value = size;
  });
const attested = async (release: ReleaseData) =>
  (await h.admin("GET", `/policies/${digestsOf(release).policy}`)).body;
const accept = (said: object = {}, token = h.tokens.approver) => acceptClockOf(h, clocks, said, token);
const inDoubt = async () => (await h.admin("GET", "/agent")).body.clock.inDoubt;
const usersStatus = async (token?: string) => (await h.scim("GET", "/Users", undefined, token)).status;

describe.each([
  ["goes back three days", -3 * day],
  ["goes ahead ten years", 10 * year],
])("a clock that %s", (_, off) => {
  test.each([
    ["while the agent runs", async (jump: () => void) => jump()],
    ["while it is stopped", (jump: () => void) => restartAfter(h, jump)],
  ])("%s is in doubt: nothing becomes active, and who leaves is out at once", async (_when, when) => {
    const release = await h.release();
    const digest = await h.deploy(release);
    const people = await staff(h, { "core-team": ["ann", "bob"] });
    const [group] = (await h.scim("GET", "/Groups")).body.Resources;
    clocks.pass(hour);
    await when(() => {
      clocks.off = off;
    });

    expect((await h.admin("GET", "/agent")).body).toEqual({
      environment: "local",
      version,
      clock: { time: clocks.now, system: clocks.now + off, inDoubt: true },
      lineage: expect.stringMatching(/^[0-9a-f]{32}$/),
      planners: [],
    });
    const words = `the clock is in doubt: the system's says ${new Date(clocks.now + off).toISOString().slice(0, 19)}Z, and by what the agent has measured it is 2026-01-05T11:00:00Z (expected the system's clock to be set right, or an approver to accept it: hgscim agent clock --accept)`;
    expect(h.logs.filter((line) => line.includes(words))).toHaveLength(1);
    const refused = { status: 409, body: { error: { code: "clockInDoubt", message: words } } };
    expect(await put(await otherPages(), digest)).toMatchObject(refused);
    expect(await h.admin("GET", `/policies/${digestsOf(release).policy}`)).toMatchObject(refused);
    const impact = await h.admin("POST", "/impact", { body: { release: await otherPages() } });
    expect(impact.body.failures).toEqual([words]);
    expect(
      await h.admin("PUT", "/renumberings/okta", {
        token: h.tokens.approver,
        body: { until: clocks.now + hour },
      }),
    ).toMatchObject(refused);

    expect((await deactivate(h, people.get("ann"))).status).toBe(200);
    expect(h.accessFile().accounts).toContain("ann,0");
    const leaves = { Operations: [{ op: "remove", path: `members[value eq "${people.get("bob")}"]` }] };
    expect((await h.scim("PATCH", `/Groups/${group.id}`, leaves)).status).toBe(204);
    expect(h.accessFile().memberships).toEqual([]);
    expect((await h.scim("DELETE", `/Users/${people.get("bob")}`)).status).toBe(204);
    const ended = await h.admin("PUT", "/renumberings/okta", {
      token: h.tokens.approver,
      body: { until: null },
    });
    expect(ended.status).toBe(200);
    const { rows } = (await h.admin("GET", "/audit?last=1")).body;
    expect(rows[0].at).toBe(clocks.now);

    // the system's clock is right again: there is nothing left to doubt
    clocks.off = 0;
    clocks.pass(second);
    expect((await put(await otherPages(), digest)).status).toBe(200);
    expect(await inDoubt()).toBe(false);
  });

  test("and is accepted by an approver goes on from there, and the release may end meanwhile", async () => {
    const digest = await h.deploy(
      await h.release((draft) => {
        draft.settings.delivery.destroy = "allow";
      }),
    );
    clocks.off = off;
    expect((await accept()).body).toEqual({
      time: clocks.now + off,
      system: clocks.now + off,
      inDoubt: false,
    });
    const { rows } = (await h.admin("GET", "/audit?last=1")).body;
    expect(rows[0]).toMatchObject({
      at: clocks.now,
      actor: "admin:approver",
      operation: "clock.accept",
      outcome: "done",
      detail: `the system's clock is right: it is ${new Date(clocks.now + off).toISOString().slice(0, 19)}Z, and was taken for 2026-01-05T10:00:00Z; by my watch`,
    });
    clocks.pass(second);
    await h.restart();
    expect(await inDoubt()).toBe(false);
    expect((await put(await otherPages(), digest)).status).toBe(200);
    expect((await h.admin("GET", "/audit?last=1")).body.rows[0].at).toBe(clocks.now + off);
    // said twice, it says nothing more
    expect((await accept()).status).toBe(200);
    expect((await h.admin("GET", "/audit?last=1")).body.rows[0].detail).toBe("nothing changed");

    clocks.off = off < 0 ? -9 * day : 0;
    expect(await inDoubt()).toBe(true);
    const { body: active } = await h.admin("GET", "/release");
    const ending = await h.admin("DELETE", "/release", { headers: { "If-Match": `"${active.digest}"` } });
    expect([204, 409]).toContain(ending.status);
    if (ending.status === 409) expect(ending.body.error.code).toBe("endPrevented");
  });
});

test("a release ends while the clock is in doubt: nobody has access", async () => {
  const digest = await h.deploy(
    await h.release((draft) => {
      draft.settings.delivery.destroy = "allow";
    }),
  );
  clocks.off = -3 * day;
  const ended = await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
  expect(ended.status).toBe(204);
});

test("only an approver accepts it, with a reason, and by the time that the system says", async () => {
  await h.deploy(await h.release());
  clocks.off = 10 * year;
  expect((await accept({}, h.tokens.deployer)).status).toBe(403);
  for (const body of [{ reason: "" }, { reason: 7 }, { time: "now" }, { time: -1 }, { time: 2 ** 53 - 1 }])
    expect((await accept(body)).body.error.code).toBe("invalidRequest");
  expect((await accept({ time: clocks.now })).body.error).toMatchObject({
    code: "clockDiffers",
    message:
      "it is 2026-01-05T10:00:00Z by your word, and 2036-01-03T10:00:00Z by the system's clock (expected the same within 5 minutes)",
  });
  expect(await inDoubt()).toBe(true);
  const local = adminClient({ url: `unix:${h.agent.socket}`, user: "ada" });
  const word = { time: clocks.now + clocks.off, reason: "the host was off" };
  expect(await local.acceptClock(word)).toMatchObject({ ok: true, value: { inDoubt: false } });
  expect((await h.admin("GET", "/audit?last=1")).body.rows[0]).toMatchObject({ actor: "local:ada" });
});

test("sleep, small steps and the hours of summer are nothing to accept", async () => {
  const digest = await h.deploy(await h.release());
  clocks.sleep(14 * hour);
  expect(await inDoubt()).toBe(false);
  expect(h.logs.join("")).toContain("the system's clock went ahead by 14 h at once, as after a sleep");
  clocks.off = 2 * 60 * second;
  expect(await inDoubt()).toBe(false);
  clocks.off = -2 * 60 * second;
  expect(await inDoubt()).toBe(false);
  clocks.sleep(3 * day);
  await h.restart();
  expect(await inDoubt()).toBe(false);
  // what changes with summer is how a time is written
  clocks.now = Date.parse("2026-03-29T00:59:59+01:00");
  await accept();
  clocks.pass(2 * second);
  expect(await inDoubt()).toBe(false);
  expect((await put(await otherPages(), digest)).status).toBe(200);
});

describe("soak", () => {
  test("an activation at three days ago is none of three days", async () => {
    const release = await h.release();
    await restartAfter(h, () => {
      clocks.off = -3 * day;
    });
    await expect(h.deploy(release)).rejects.toThrow("clockInDoubt");
    await accept();
    await h.deploy(release);
    clocks.off = 0;
    clocks.pass(5 * second);
    expect(await inDoubt()).toBe(false);
    expect(await attested(release)).toMatchObject({ active: true, ran: 5 * second });
  });

  test("nor is one on a store that knew no other time", async () => {
    clocks.off = -3 * day;
    const fresh = await startHarness([], {}, clocks.given);
    others.push(fresh);
    const release = await fresh.release();
    await fresh.deploy(release);
    clocks.off = 0;
    clocks.pass(second);
    await fresh.restart();
    clocks.pass(second);
    const path = `/policies/${digestsOf(release).policy}`;
    expect((await fresh.admin("GET", path)).body).toMatchObject({ active: true, ran: 2 * second });
  });

  test("it counts while the agent runs, whatever the clock does meanwhile, and not while it is stopped or sleeps", async () => {
    const release = await h.release();
    await h.deploy(release);
    clocks.pass(hour);
    clocks.sleep(5 * day);
    clocks.pass(hour);
    clocks.off = 10 * year;
    expect(await inDoubt()).toBe(true);
    clocks.pass(hour);
    await restartAfter(h, () => {
      clocks.sleep(day);
      clocks.off = 0;
    });
    clocks.pass(hour);
    expect(await attested(release)).toMatchObject({ active: true, ran: 4 * hour });
  });
});

describe("lifetimes", () => {
  const tokens = async () => (await h.admin("GET", "/tokens")).body.tokens;

  test("a token that is seen first in ten years lasts no longer for it", async () => {
    clocks.off = 10 * year;
    const fresh = await startHarness([], {}, clocks.given);
    others.push(fresh);
    await fresh.deploy(await fresh.release());
    clocks.pass(day);
    clocks.off = 0;
    await fresh.restart();
    clocks.pass(day);
    const body = { time: clocks.now, reason: "by my watch" };
    expect((await fresh.admin("POST", "/clock", { token: fresh.tokens.approver, body })).status).toBe(200);
    const told = { since: clocks.now - 2 * day, expires: clocks.now + 28 * day, valid: true };
    for (const restart of [async () => {}, () => fresh.restart()]) {
      await restart();
      expect((await fresh.admin("GET", "/tokens")).body.tokens).toMatchObject([told]);
    }
    clocks.pass(28 * day - 1);
    expect((await fresh.scim("GET", "/Users")).status).toBe(200);
    clocks.pass(1);
    expect((await fresh.scim("GET", "/Users")).status).toBe(401);
  });

  test("a token that comes while the clock is in doubt is as old as the agent's own time", async () => {
    await h.deploy(await h.release());
    const seen = clocks.now;
    clocks.pass(hour);
    clocks.off = 10 * year;
    const [variable] = Object.keys(process.env).filter((name) => process.env[name] === h.tokens.scim);
    process.env[String(variable)] = "another-token-by-now";
    await h.restart();
    expect(await tokens()).toMatchObject([{ since: seen + hour, expires: seen + hour + 30 * day }]);
    expect(await usersStatus("another-token-by-now")).toBe(200);
    expect(await usersStatus()).toBe(401);
  });

  test.each([
    ["while the agent runs", async (jump: () => void) => jump()],
    ["while it is stopped", (jump: () => void) => restartAfter(h, jump)],
  ])("a token that has ended stays so when the clock goes back %s, accepted or not", async (_, when) => {
    const digest = await h.deploy(await h.release());
    clocks.pass(30 * day);
    expect(await usersStatus()).toBe(401);
    await when(() => {
      clocks.off = -5 * day;
    });
    expect(await usersStatus()).toBe(401);
    await accept();
    expect(await usersStatus()).toBe(401);
    await h.restart();
    expect(await usersStatus()).toBe(401);
    // nor by a release that names it again
    expect((await put(await otherPages(), digest)).status).toBe(200);
    expect(await usersStatus()).toBe(401);
  });

  test("a token that a wrong future has ended has ended", async () => {
    await h.deploy(await h.release());
    clocks.off = 10 * year;
    expect(await usersStatus()).toBe(200);
    await accept();
    expect(await usersStatus()).toBe(401);
    clocks.off = 0;
    await accept();
    expect(await usersStatus()).toBe(401);
    expect(await tokens()).toMatchObject([{ valid: false }]);
  });

  test("to set it ahead and back again and again makes no token younger", async () => {
    await h.deploy(await h.release());
    for (let round = 0; round < 6; round++) {
      clocks.off = round % 2 === 0 ? 6 * day : 0;
      clocks.pass(5 * day);
      if (round % 3 === 0) await h.restart();
      await accept();
    }
    expect(await usersStatus()).toBe(401);
  });

  test("a connector may renumber for no longer", async () => {
    await h.deploy(await h.release());
    const allow = (until: number) =>
      h.admin("PUT", "/renumberings/okta", { token: h.tokens.approver, body: { until } });
    const allowed = async () => (await h.admin("GET", "/owners")).body.renumbering.length;
    expect((await allow(clocks.now + 6 * hour)).status).toBe(200);
    clocks.pass(hour);
    clocks.off = -5 * day;
    await accept();
    expect(await allowed()).toBe(1);
    clocks.pass(5 * hour);
    expect(await allowed()).toBe(0);
  });
});

test("to accept it shuts nobody out where the stored release was altered and does not run", async () => {
  await h.deploy(await h.release());
  await staff(h, { "core-team": ["ann"] });
  const before = h.accessFile();
  await restartAfter(h, () => {
    const database = new Database(`${h.config.data}/store.db`);
    for (const table of ["releases", "release_copy"]) database.exec(`UPDATE ${table} SET release = '{'`);
    database.close();
    clocks.off = 10 * year;
  });
  expect((await accept()).body).toMatchObject({ inDoubt: false, time: clocks.now + clocks.off });
  expect(h.accessFile()).toEqual(before);
});

test("a store from before knows how late it was by its audit", async () => {
  await h.deploy(await h.release());
  await restartAfter(h, () => {
    const database = new Database(`${h.config.data}/store.db`);
    database.exec("DELETE FROM clock");
    database.close();
    clocks.off = -3 * day;
  });
  expect(await inDoubt()).toBe(true);
  clocks.off = 0;
  clocks.pass(second);
  expect(await inDoubt()).toBe(false);
});
