/** A push takes time. What happens when the right to it ends on the way, up to the last moment. */
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { change, writeAccess, writer, writerWaits } from "../agent/mercurial/access.ts";
import { hg, local } from "../agent/mercurial/client.ts";
import { HeldUpload } from "../agent/mercurial/held-upload.ts";
import { access, appears, meddle, password, until, World } from "../agent/mercurial/world.ts";

const deactivation = "UPDATE accounts SET active = 0 WHERE account = 'ada'";
const refusal =
  "ada may not write to repository core/api: the account is deactivated; ask hg-admins@example.com";

const authorization = `Basic ${Buffer.from(`ada:${password}`).toString("base64")}`;

let world: World;
afterEach(() => world.end());

async function host(more = ""): Promise<void> {
  world = await World.make({ more });
  writeAccess(world.access, access);
}

describe("a writer who is deactivated while the push uploads", () => {
  beforeEach(() => host());

  it.each([
    ["bundle2", []],
    ["bundle1", ["--config", "devel.legacy.exchange=bundle1"]],
  ])("is refused, with %s", async (_, config) => {
    const relay = await HeldUpload.before(world.host.url);
    try {
      const clone = await world.work("large", randomBytes(1 << 20));
      const before = await world.changesets();
      const push = hg(clone, "push", ...config, world.url("ada", "core/api", relay.url));
      // the first check is passed once the server stores what comes in
      await until(() => readdirSync(world.path("tmp")).some((name) => name.startsWith("hg-unbundle-")));
      change(world.access, deactivation);
      relay.resume();
      const { code, output } = await push;
      expect(code).toBe(255);
      expect(output).toMatch(new RegExp(`^remote: .*${refusal}$`, "m"));
      expect(await world.changesets()).toEqual(before);
      expect((await local(world.path("root", "core", "api"), "verify")).code).toBe(0);
    } finally {
      await relay.end();
    }
  });
});

describe("a writer who is deactivated while the server takes the push in", () => {
  it.each([
    ["bundle2", []],
    ["bundle1", ["--config", "devel.legacy.exchange=bundle1"]],
  ])("is refused when the transaction closes, with %s", async (_, config) => {
    await host(`${meddle}at = pretxnclose\n`);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", ...config, world.url("ada"));
    await appears(world.signal("reached"));
    change(world.access, deactivation);
    world.go();
    const { code, output } = await push;
    expect(code).toBe(255);
    expect(output).toContain(`remote: ${refusal}\n`);
    expect(output.split(refusal)).toHaveLength(2);
    expect(output).toContain("remote: rollback completed");
    expect(await world.changesets()).toEqual(before);
    expect((await local(world.path("root", "core", "api"), "verify")).code).toBe(0);
  });

  it("is refused when the access file is gone by then", async () => {
    await host(`${meddle}at = pretxnclose\n`);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    rmSync(world.access);
    world.go();
    expect((await push).output).toContain(
      "remote: access cannot be checked, so nothing is allowed: the access file is missing",
    );
    expect(await world.changesets()).toEqual(before);
  });

  it.each([
    ["prepushkey", 200, `\npushkey-abort: ${refusal}\n`],
    ["pretxnopen", 403, refusal],
    ["pretxnclose", 403, refusal],
  ])("is refused a bookmark by the legacy command at %s", async (point, status, sentence) => {
    await host(`${meddle}at = ${point}\n`);
    const [node] = await world.changesets();
    const push = fetch(
      `${world.host.url}/core/api?cmd=pushkey&namespace=bookmarks&key=late&old=&new=${node}`,
      {
        method: "POST",
        headers: { authorization },
      },
    );
    await appears(world.signal("reached"));
    change(world.access, deactivation);
    world.go();
    const answer = await push;
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.statusText).toBe(sentence);
    expect(await answer.text()).toContain(sentence);
    expect((await local(world.path("root", "core", "api"), "bookmarks")).output).toContain("no bookmarks");
  });
});

describe("a push that is judged", () => {
  const repositories = ["core/*"];
  const branches = { stable: ["okta/release-managers"] };
  const core = { repositories, write: ["okta/core-team"], branches };
  const ruled = { ...access, permissions: { core } };

  it("holds nobody up meanwhile, and is judged again where what was read has changed", async () => {
    await host(`${meddle}at = judged\n`);
    writeAccess(world.access, ruled);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    change(world.access, `PRAGMA busy_timeout = 0; ${deactivation}`);
    world.go();
    expect((await push).output).toContain(`remote: ${refusal}\n`);
    expect(await world.changesets()).toEqual(before);
    // what has nothing to do with it
    for (const name of ["reached", "go"] as const) rmSync(world.signal(name));
    change(world.access, "UPDATE accounts SET active = 1 WHERE account = 'ada'");
    const again = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    change(world.access, "PRAGMA busy_timeout = 0; UPDATE accounts SET active = 0 WHERE account = 'eve'");
    world.go();
    expect((await again).output).toContain("added 1 changesets");
  });

  it("is refused where a rule comes to restrict it meanwhile", async () => {
    await host(`${meddle}at = judged\n`);
    writeAccess(world.access, ruled);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    change(
      world.access,
      "INSERT INTO restrictions VALUES ('core', 'path', 'chan*', 'okta/release-managers')",
    );
    world.go();
    expect((await push).output).toContain("only members of okta/release-managers may");
    expect(await world.changesets()).toEqual(before);
  });

  it("is refused where the rules change as often as it is judged", async () => {
    await host(`${meddle}shifting = $SIGNALS/../access.db\n`);
    writeAccess(world.access, ruled);
    const clone = await world.work("change");
    const before = await world.changesets();
    expect((await hg(clone, "push", world.url("ada"))).output).toContain(
      "the rules keep changing during the push",
    );
    expect(await world.changesets()).toEqual(before);
  });
});

describe("a deactivation while the transaction closes", () => {
  it("waits for the push that was allowed, and holds right after it", async () => {
    await host(`${meddle}at = finalize\n[hgscim]\nclose-within = 60\n`);
    const clone = await world.work("change");
    const [id] = (await local(clone, "log", "-r", ".", "-T", "{node}")).output.split("\n");
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    const { committed } = writer(world.access, deactivation);
    // SQLite lets no reader in any more: the commit has begun, and waits for the push alone
    await until(() => writerWaits(world.access));
    for (let i = 0; i < 50; i++) {
      expect(writerWaits(world.access)).toBe(true);
      await sleep(5);
    }
    // whoever asks meanwhile waits too, without holding the push up
    const pull = hg(world.folder, "identify", world.url("ada"));
    world.go();
    expect(await committed).toBe(true);
    // what was committed after is in effect, and what went before is whole
    expect((await world.changesets())[0]).toBe(id);
    expect((await push).output).toContain("added 1 changesets");
    await pull;
    expect((await hg(clone, "push", "-f", world.url("ada"))).output).toContain("the account is deactivated");
  });

  it("goes on at once when the transaction fails after its last check", async () => {
    await host(`${meddle}at = finalize\n[hgscim]\nclose-within = 60\n`);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    const { committed } = writer(world.access, deactivation);
    await until(() => writerWaits(world.access));
    world.go("fail");
    expect(await committed).toBe(true);
    expect((await push).output).toContain("meddled with");
    expect(await world.changesets()).toEqual(before);
  });

  it("goes on at once when a transaction in which nothing was written fails", async () => {
    // Mercurial then runs no abort callback: the end of the request is what ends the hold
    await host(`${meddle}at = finalize\n[hgscim]\nclose-within = 60\n`);
    world.go("fail");
    const emptyBundle = Buffer.from("HG20\0\0\0\0\0\0\0\0");
    const url = `${world.host.url}/core/api?cmd=unbundle&heads=${Buffer.from("force").toString("hex")}`;
    const push = await fetch(url, { method: "POST", headers: { authorization }, body: emptyBundle });
    expect(await push.text()).toContain("meddled with");
    change(world.access, "PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; COMMIT");
  });

  it("goes on after a while of the second transaction of a request too", async () => {
    await host(`${meddle}at = finalize\nafter = 1\n[hgscim]\nclose-within = 1\n`);
    const [node] = await world.changesets();
    const key = (name: string) => `pushkey namespace=bookmarks,key=${name},old=,new=${node}`;
    const commands = encodeURIComponent(`${key("one")};${key("two")}`);
    const batch = fetch(`${world.host.url}/core/api?cmd=batch&cmds=${commands}`, {
      method: "POST",
      headers: { authorization },
    });
    await appears(world.signal("reached"));
    expect(await writer(world.access, deactivation).committed).toBe(true);
    world.go();
    expect(await (await batch).text()).toContain("the push took too long to close");
    const { output } = await hg(world.path("root", "core", "api"), "bookmarks");
    expect([output.includes("one"), output.includes("two")]).toEqual([true, false]);
  });

  it("goes on when the host is killed", async () => {
    await host(`${meddle}at = finalize\n[hgscim]\nclose-within = 60\n`);
    const clone = await world.work("change");
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    const { committed } = writer(world.access, deactivation);
    await until(() => writerWaits(world.access));
    process.kill(world.host.pid, "SIGKILL");
    expect(await committed).toBe(true);
    expect((await push).code).not.toBe(0);
  });

  it("goes on after a while, and then the push is refused", async () => {
    await host(`${meddle}at = finalize\n[hgscim]\nclose-within = 1\n`);
    const clone = await world.work("change");
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada"));
    await appears(world.signal("reached"));
    expect(await writer(world.access, deactivation).committed).toBe(true);
    world.go();
    const { code, output } = await push;
    expect(code).toBe(255);
    expect(output).toContain("the push took too long to close; nothing was stored");
    expect(await world.changesets()).toEqual(before);
    expect((await local(world.path("root", "core", "api"), "verify")).code).toBe(0);
  });
});

it("several pushes at once leave nothing held", async () => {
  await host();
  const clones = await Promise.all([1, 2, 3, 4].map((n) => world.work(`work-${n}`)));
  const pushes = clones.map((clone) => hg(clone, "push", "-f", world.url("ada")));
  for (const { code, output } of await Promise.all(pushes))
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
  change(world.access, "PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; COMMIT");
});
