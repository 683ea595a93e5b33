/** A disk that is full, a folder that cannot be written, two deploys at once: refused in words, and nothing half done. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type Sent, send } from "../agent/request.ts";
import { long } from "../long.ts";
import { makeKillWorld } from "./kill-world.ts";

test("two deploys at once: one release is active whole, and the next deploy is clean", async () => {
  const world = await makeKillWorld();
  try {
    world.choose("core-team");
    expect(await world.hgscim("deploy", "local", "--yes")).toMatchObject({ code: 0 });
    world.choose("docs-team");
    const both = await Promise.all([
      world.hgscim("deploy", "local", "--yes"),
      world.hgscim("deploy", "local", "--yes"),
    ]);
    expect(both.map(({ code }) => code)).toContain(0);
    for (const { stderr, code } of both)
      if (code !== 0)
        expect(stderr).toMatch(
          /state lock|active release|another release is being judged|Saved plan is stale/,
        );
    expect((await world.hgscim("plan", "local")).stdout).toContain("No changes.");
    const history = await world.admin.history();
    // the change was made once
    expect(history.ok && history.value.entries.length).toBe(2);
  } finally {
    await world.stop();
  }
});

long(
  "a full disk at the agent: the deploy fails in words, what was active stays, and space brings it back",
  async () => {
    // a file of the agent may not grow beyond this: every write past it fails as on a full disk
    const world = await makeKillWorld({ largestFile: 512 * 1024 });
    try {
      expect(await world.hgscim("deploy", "local", "--yes")).toMatchObject({ code: 0 });
      const before = await world.admin.activeRelease();
      world.fill(2_000);
      const full = await world.hgscim("deploy", "local", "--yes");
      expect(full.code).toBe(1);
      expect(full.stderr).not.toMatch(/^\s+at /m);
      expect(full.stderr).toMatch(/503, nothing can be stored now/);
      expect(await world.admin.activeRelease()).toEqual(before);
      world.kill("agent");
      await world.revive();
      expect(await world.admin.activeRelease()).toEqual(before);
      expect(await world.hgscim("deploy", "local", "--yes")).toMatchObject({ code: 0 });
    } finally {
      await world.stop();
    }
  },
);

test("a full disk under SCIM: writes answer 503, what was acknowledged stays, reads go on, and space brings it back", async () => {
  const world = await makeKillWorld({ largestFile: 512 * 1024 });
  const scim = (method: string, path: string, body?: unknown) =>
    send(`${world.scim.url}/${path}`, {
      method,
      headers: { Authorization: `Bearer ${world.scim.token}`, "Content-Type": "application/scim+json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      ca: world.scim.ca,
    });
  const create = (name: string) =>
    scim("POST", "Users", { userName: `${name}@example.com`, title: "t".repeat(20_000) });
  const names = async () =>
    JSON.parse((await scim("GET", "Users?attributes=userName")).text)
      .Resources.map(({ userName }: { userName: string }) => userName.split("@")[0])
      .sort();
  try {
    expect(await world.hgscim("deploy", "local", "--yes")).toMatchObject({ code: 0 });
    const created: string[] = [];
    let refused: Sent | undefined;
    for (let i = 0; !refused && i < 100; i++) {
      const answer = await create(`user${i}`);
      if (answer.status === 201) created.push(`user${i}`);
      else refused = answer;
    }
    expect(refused).toMatchObject({ status: 503 });
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(JSON.parse(refused?.text ?? "")).toMatchObject({
      status: "503",
      detail: expect.stringContaining("nothing can be stored now"),
    });
    expect(await names()).toEqual(created.toSorted());
    world.enlarge();
    expect(await create("later")).toMatchObject({ status: 201 });
    world.kill("agent");
    await world.revive();
    expect(await names()).toEqual([...created, "later"].toSorted());
  } finally {
    await world.stop();
  }
});

test.each(["data", "access"] as const)(
  "a place for %s that cannot be written ends the start with one sentence",
  (key) => {
    const folder = mkdtempSync(join(tmpdir(), "hgscim-readonly-"));
    const places = { data: join(folder, "data"), access: join(folder, "access", "access.db") };
    // not even root can make a file here
    const config = {
      environment: "local",
      ...places,
      [key]: "/sys/hgscim/here",
      repositories: folder,
      scim: { listen: "127.0.0.1:0" },
      admin: { listen: "127.0.0.1:0" },
      references: [],
      tokens: [{ name: "ci", role: "reader", sha256: "0".repeat(64) }],
    };
    writeFileSync(join(folder, "agent.yaml"), JSON.stringify(config));
    const { status, stderr } = spawnSync(
      process.execPath,
      [resolve("dist/cli/main.js"), "agent", "--config", join(folder, "agent.yaml")],
      { encoding: "utf8" },
    );
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("/sys/hgscim");
  },
);
