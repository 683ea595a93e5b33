/** What a request may cost the host: a search is no program, and a bundle unpacks to what is in proportion. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeAccess } from "../agent/mercurial/access.ts";
import { clientEnvironment, hg, local } from "../agent/mercurial/client.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { access, password, World } from "../agent/mercurial/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.make({ more: "[hgscim]\nunpack-up-to = 8 MB\n" });
});
afterAll(() => world.end());
beforeEach(() => writeAccess(world.access, access));

const request = (account: string, query: string, init: RequestInit = {}) =>
  fetch(`${world.host.url}/core/api${query}`, {
    ...init,
    headers: { authorization: `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}` },
  });

describe("a search", () => {
  const search = async (query: string) => {
    const answer = await request("rob", `/log?style=json&rev=${encodeURIComponent(query)}`);
    const { entries } = (await answer.json()) as { entries: { desc: string }[] };
    return [answer.status, entries.map(({ desc }) => desc)];
  };

  it("finds words, and the changeset that an identifier names", async () => {
    // of a repository with one changeset Mercurial searches none
    const [first = ""] = await world.changesets();
    await local(await world.work("second"), "push", world.path("root", "core", "api"));
    for (const query of ["readme", "README tester", "0", first])
      expect([query, ...(await search(query))]).toEqual([query, 200, ["README"]]);
    for (const query of ["second", "tester", "tip"]) expect((await search(query))[1]).toContain("second");
  });

  const doubled = (times: number, text: string): string =>
    times === 0 ? text : `(${doubled(times - 1, text)}##${doubled(times - 1, text)})`;
  it.each([
    ["a set", "all()"],
    ["a range", "0:tip"],
    ["a function of another", "sort(reverse(all()), -date)"],
    ["an expression that is made of itself", `desc(${doubled(10, '"a"')})`],
    ["one that ends nowhere", "(".repeat(5_000)],
    ["a pattern", 'grep("(a+)+$")'],
  ])("is no program: %s", async (_, query) => {
    expect(await search(query)).toEqual([200, []]);
  });
});

describe("a command", () => {
  const batch = (account: string, commands: readonly string[]) => {
    const body = `cmds=${encodeURIComponent(commands.join(";"))}`;
    return post(account, "?cmd=batch", body);
  };
  const post = async (account: string, query: string, body: string, length = `${body.length}`) => {
    const authorization = `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}`;
    const init = { method: "POST", body, headers: { authorization, "x-hgargs-post": length } };
    const answer = await fetch(`${world.host.url}/core/api${query}`, init);
    return { status: answer.status, answer: await answer.text() };
  };
  const many = (command: string, times: number) => Array.from({ length: times }, () => command);

  it("is one of a thousand in a batch at most", async () => {
    const found = await batch("rob", many("lookup key=tip", 1_000));
    expect(found.answer.split(";")).toHaveLength(1_000);
    for (const commands of [many("lookup key=tip", 1_001), many("heads ", 95_000), many("", 2_000)])
      expect(await batch("rob", commands)).toEqual({
        status: 413,
        answer: expect.stringContaining("a batch has 1000 commands at most"),
      });
    // which nobody learns who may not read
    expect((await batch("eve", many("heads ", 1_001))).status).toBe(403);
    // as hg asks for many revisions
    const [first = ""] = (await world.changesets()).slice(-1);
    await local(world.folder, "init", world.path("many"));
    const revisions = many(first, 300).flatMap((revision) => ["-r", revision]);
    const pulled = await local(world.path("many"), "pull", ...revisions, world.url("rob"));
    expect(pulled.output).toContain("added 1 changesets");
  });

  it("is in a batch as hg has it there: no batch, and nothing that streams", async () => {
    const nested = `batch cmds=${many("lookup key:ex", 900).join(":s")}`;
    const [none] = await world.changesets();
    for (const command of [
      nested,
      "getbundle ",
      "stream_out ",
      "unbundle heads=",
      "no ",
      "heads",
      "hello ",
      "__init__ ",
    ])
      for (const commands of [[command], ["heads ", command]])
        expect([command, await batch("ada", commands)]).toEqual([
          command,
          { status: 400, answer: expect.stringContaining("hg asks for nothing like this in a batch") },
        ]);
    expect((await world.changesets())[0]).toBe(none);
    const few = ["lookup key=tip", "heads ", "known nodes=", "branchmap ", "listkeys namespace=phases"];
    expect((await batch("rob", few)).status).toBe(200);
  });

  it.each(["between", "branches", "changegroup", "changegroupsubset"])(
    "is none that hg 1.9 has no need of: %s",
    async (command) => {
      const [tip] = await world.changesets();
      const args = `pairs=${tip}-${"0".repeat(40)}&nodes=${tip}&roots=${tip}&bases=${tip}&heads=${tip}`;
      expect(await post("rob", `?cmd=${command}`, args)).toEqual({
        status: 400,
        answer: expect.stringContaining("hg 1.9 and newer have no need of this command"),
      });
      expect((await post("eve", `?cmd=${command}`, args)).status).toBe(403);
    },
  );

  it("has answers that a host has room for, in a batch", async () => {
    // each answers what it is asked for, of some MB
    const unknown = `known nodes=${many("1".repeat(40), 100_000).join(" ")}`;
    const before = peak();
    const few = await batch("rob", [unknown, "heads "]);
    expect(few).toMatchObject({ status: 200, answer: expect.stringMatching(/^0{100000};[0-9a-f]/) });
    const names = Array.from({ length: 3_000 }, (_, n) => `${n}-${"x".repeat(200)}`);
    const [node = ""] = await world.changesets();
    writeFileSync(
      world.path("root/core/api/.hg/bookmarks"),
      names.map((name) => `${node} ${name}\n`).join(""),
    );
    const commands = many("listkeys namespace=bookmarks", 1_000);
    expect(await batch("rob", commands)).toEqual({
      status: 413,
      answer: expect.stringContaining("a batch has 67108864 bytes of answers at most"),
    });
    expect(peak()).toBeLessThan(before + 400);
    writeFileSync(world.path("root/core/api/.hg/bookmarks"), "");
  });

  it("has arguments that a host has room for", async () => {
    const key = "key=tip";
    expect((await post("rob", "?cmd=lookup", key)).answer).toMatch(/^1 /);
    for (const length of ["8388609", "-1", "1_0", "x", `${"0".repeat(30)}7`, "9".repeat(5_000)]) {
      expect([length, await post("rob", "?cmd=lookup", key, length)]).toEqual([
        length,
        { status: 413, answer: expect.stringContaining("a command has 8388608 bytes of arguments at most") },
      ]);
      expect((await post("eve", "?cmd=lookup", key, length)).status).toBe(403);
    }
  });
});

/** The most memory that the host has had, in MiB. */
const peak = () =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${world.host.pid}/status`, "utf8"))?.[1]) / 1024;

describe("a bundle", () => {
  const push = async (bundle: Buffer) => {
    const heads = Buffer.from("force").toString("hex");
    const answer = await request("ada", `?cmd=unbundle&heads=${heads}`, {
      method: "POST",
      body: new Uint8Array(bundle),
    });
    return answer.text();
  };

  it.each(["HG20ZS", "HG10GZ", "HG10BZ"])(
    "of kind %s that unpacks to thousands of times what was sent is refused before it has",
    async (kind) => {
      const bomb = fileURLToPath(new URL("../agent/mercurial/bomb.py", import.meta.url));
      const bundle = execFileSync((await installed()).python, [bomb, kind, "512"], {
        env: clientEnvironment,
        maxBuffer: 1 << 26,
      });
      const before = await world.changesets();
      const answer = await push(bundle);
      // bundle1 is told by what is said meanwhile, of which an abort is none
      if (kind.startsWith("HG20")) expect(answer).toContain("a bundle with parameters");
      else expect(world.log.join("")).toContain("out of proportion to what was sent");
      expect(world.log.join("")).not.toContain("MemoryError");
      expect(peak()).toBeLessThan(300);
      expect(await world.changesets()).toEqual(before);
    },
  );

  it.each([[], ["--config", "devel.legacy.exchange=bundle1"]])(
    "of what shrinks well is taken: %s",
    async (...config) => {
      const clone = await world.work(`large${config.length}`, Buffer.alloc(6 << 20, "some text\n"));
      // and one that is larger than what any may become, and does not shrink
      writeFileSync(join(clone, "noise"), randomBytes(10 << 20));
      await local(clone, "commit", "-qAm", "noise");
      const { output } = await hg(clone, "push", "-f", ...config, world.url("ada"));
      expect(output).toContain("added 2 changesets");
    },
  );
});
