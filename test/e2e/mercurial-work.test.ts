/** What a push may cost to judge: in proportion to what it changes, and bounded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { type ForgedChangeset, filesOf, Hostile, type Part } from "../agent/mercurial/hostile.ts";
import { World } from "../agent/mercurial/world.ts";

/** ada writes to all; only rob changes docs, and that in core alone. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/writers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      paths: { "docs/**": ["okta/writers"] },
    },
    names: {
      repositories: ["names/**"],
      write: ["okta/core-team"],
      branches: { stable: ["okta/writers"] },
    },
    free: { repositories: ["free/**"], write: ["okta/core-team"] },
  },
};

let world: World;
let hostile: Hostile;
let made = 0;
beforeAll(async () => {
  world = await World.make({ more: "[hgscim]\njudge-up-to = 1000\n" });
  writeAccess(world.access, access);
  hostile = await Hostile.start();
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

/** Pushes changesets to a new repository; the answer, and that nothing is stored of what is refused. */
async function push(changesets: readonly ForgedChangeset[], folder = "core"): Promise<string> {
  const name = `${folder}/work${++made}`;
  await makeRepository(world.path("root", name));
  const clone = world.path(`clone${made}`);
  await succeed(local(world.folder, "clone", "-q", world.path("root", name), clone));
  const before = filesOf(world.path("root", name));
  const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "rob", { changesets });
  if (answer.includes("may not")) expect(filesOf(world.path("root", name))).toEqual(before);
  else expect(answer).toMatch(/added \d+ changesets/);
  return answer;
}

/** Changesets, each on the one before. */
const line = (count: number, files: (n: number) => ForgedChangeset["files"]): ForgedChangeset[] =>
  Array.from({ length: count }, (_, n) => ({ ...(n ? { on: n - 1 } : {}), files: files(n) ?? {} }));
const some = (count: number, content: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, [content, ""] as const]));
const toolong =
  "rob may not push so much at once to repository core/work\\d+: it takes too long to judge; push less at a time";

describe("what a push changes", () => {
  it("is compared once for each change, and so much of it at once", async () => {
    // a hundred changesets that only go back and forth are two changes, of twenty files each
    const alternating = (n: number) => some(20, `${n % 2}`);
    const same = Array.from({ length: 100 }, (_, n) => ({ on: n + 1, manifest: n % 2 }));
    expect(await push([...line(2, alternating), ...same])).not.toContain("may not");
    // a file more for each makes it so many
    const different = (n: number) => ({ ...alternating(n), other: [`${n}`, ""] as const });
    expect(await push(line(100, different))).toMatch(new RegExp(toolong));
    expect(await push(line(40, different))).not.toContain("may not");
    expect(await push(line(100, different), "free")).not.toContain("may not");
  });

  it("is compared with what lines of a merge had in common, likewise", async () => {
    const fork = (n: number, content: string) => ({ on: 0, files: some(n, content) });
    const merges = Array.from({ length: 20 }, (_, n) => ({
      on: 1,
      with: 2,
      files: { ...some(50, "one"), ...{ other: [`${n}`, ""] as const } },
    }));
    const base = { files: some(100, "base") };
    const merged = [base, fork(50, "one"), { on: 0, files: { other: ["x", ""] as const } }];
    expect(await push(merged)).not.toContain("may not");
    expect(await push([...merged, ...merges])).toMatch(new RegExp(toolong));
  });

  it("is no path that takes all memory to look for others beside it", async () => {
    const deep = (n: number) => `${n}/${"d/".repeat(1_900)}x`;
    expect(await push([{ files: { [deep(0)]: ["x", ""] } }])).toMatch(new RegExp(toolong));
    const alike = Array.from({ length: 64 }, (_, n) =>
      [...n.toString(2).padStart(6, "0")].map((bit) => (bit === "1" ? "A" : "a")).join(""),
    );
    const files = Object.fromEntries(alike.map((path) => [path, ["x", ""] as const]));
    expect(await push([{ files }])).toMatch(new RegExp(toolong));
  });
});

describe("the tags of heads", () => {
  it("are so many, where rules for names are", async () => {
    const node = "1".repeat(40);
    const heads = (count: number): ForgedChangeset[] =>
      Array.from({ length: count }, (_, n) => ({ files: { ".hgtags": [`${node} t${n}\n`.repeat(10), ""] } }));
    const refused = /may not push so much at once to repository names/;
    expect(await push(heads(20), "names")).not.toContain("may not");
    expect(await push(heads(40), "names")).toMatch(refused);
    expect(await push(heads(40), "free")).not.toContain("may not");
    const long = { files: { ".hgtags": [`${node} t\n`.repeat(500), ""] } } as const;
    expect(await push([long], "names")).toMatch(refused);
    // only what heads have is read
    const line = Array.from({ length: 40 }, (_, n) => ({
      ...(heads(n + 1)[n] as ForgedChangeset),
      ...(n ? { on: n - 1 } : {}),
    }));
    expect(await push(line, "names")).not.toContain("may not");
  });
});

describe("a .hgsub", () => {
  const sub = (content: string) => [content, ""] as const;
  const subs = (count: number, source: string) =>
    Array.from({ length: count }, (_, n) => `s${n} = ${source}\n`).join("");
  const large = `# ${"x".repeat(1 << 20)}\n`;

  it("is as large as somebody writes one, where rules for files are", async () => {
    const refused = /nobody can read its \.hgsub: it has more than 1048576 bytes/;
    expect(await push([{ files: { ".hgsub": sub(large) } }])).toMatch(refused);
    expect(await push([{ files: { ".hgsub": sub("a = b\n"), ".hgsubstate": sub(large) } }])).toMatch(refused);
    const half = sub(`# ${"x".repeat(1 << 19)}\n`);
    const including = sub(`%include one\n%include two\n`);
    expect(await push([{ files: { ".hgsub": including, one: half, two: half } }])).toMatch(refused);
    expect(await push([{ files: { ".hgsub": sub(large) } }], "free")).not.toContain("may not");
  });

  it("is read once for all changesets that have it", async () => {
    const same = (n: number) => ({ ".hgsub": sub(subs(50, "x")), other: [`${n}`, ""] as const });
    expect(await push(line(50, same))).not.toContain("may not");
    const other = (n: number) => ({ ".hgsub": sub(subs(50, `${n}`)) });
    expect(await push(line(50, other))).toMatch(new RegExp(toolong));
    // what it includes may be another file in each
    const included = (n: number) => ({ ".hgsub": sub("%include x\n"), x: sub(subs(50, `${n}`)) });
    expect(await push(line(50, included))).toMatch(new RegExp(toolong));
  });
});

describe("the keys of a push", () => {
  it("are a thousand at most, as bookmarks or by themselves", async () => {
    const name = "core/keys";
    await makeRepository(world.path("root", name));
    await succeed(local(world.folder, "clone", "-q", world.path("root", name), world.path("keys")));
    const [node = ""] = await world.changesets(name);
    const at = Buffer.from(node, "hex").toString("latin1");
    const forge = async (...parts: Part[]) =>
      (await hostile.push(world.path("keys"), `${world.host.url}/${name}`, "rob", { parts })).answer;
    const bookmark = (_: unknown, n: number) => `${at}\0\x05b${1_000 + n}`;
    const bookmarks = (count: number): Part => [
      "BOOKMARKS",
      {},
      {},
      Array.from({ length: count }, bookmark).join(""),
    ];
    const key = (_: unknown, n: number): Part => [
      "PUSHKEY",
      { namespace: "bookmarks", key: `k${n}`, old: "", new: node },
      {},
      "",
    ];
    const before = filesOf(world.path("root", name));
    expect(await forge(bookmarks(1_001))).toContain("a push has 1000 keys at most");
    expect(await forge(...Array.from({ length: 1_001 }, key))).toContain("a push has 1000 keys at most");
    expect(await forge(bookmarks(600), ...Array.from({ length: 600 }, key))).toContain(
      "a push has 1000 keys at most",
    );
    expect(filesOf(world.path("root", name))).toEqual(before);
    expect(await forge(bookmarks(1_000))).not.toContain("at most");
    const { output } = await local(world.path("root", name), "bookmarks");
    expect(output.trim().split("\n")).toHaveLength(1_000);
  });
});
