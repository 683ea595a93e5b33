/** What a push is made of: the parts that hg sends, and of all others nothing stays behind. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAccess } from "../agent/mercurial/access.ts";
import { commit, hg, local, makeRepository } from "../agent/mercurial/client.ts";
import { type ForgedPush, filesOf, Hostile, type Part } from "../agent/mercurial/hostile.ts";
import { password, World } from "../agent/mercurial/world.ts";

let world: World;
let hostile: Hostile;
let base: string;
const name = "core/parts";
beforeAll(async () => {
  world = await World.make({ more: "[push]\npushvars.server = yes\n" });
  writeAccess(world.access, {
    accounts: { ada: true },
    memberships: { ada: ["okta/core-team"] },
    permissions: { core: { repositories: ["core/**"], write: ["okta/core-team"] } },
  });
  hostile = await Hostile.start();
  await makeRepository(world.path("root", name));
  await local(world.path("root", name), "tag", "v1");
  await local(world.folder, "init", world.path("root", "core", "empty"));
  await local(world.folder, "clone", "-q", world.path("root", name), world.path("clone"));
  base = (await local(world.path("clone"), "log", "-r", "tip", "-T", "{node}")).output;
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

const push = (forged: ForgedPush, repository = name) =>
  hostile.push(world.path("clone"), `${world.host.url}/${repository}`, "ada", forged);
const node = (hex: string) => Buffer.from(hex, "hex").toString("latin1");
const part = (type: string, content = "", mandatory = {}, advisory = {}): Part => [
  type,
  mandatory,
  advisory,
  content,
];

/** Is refused in one sentence, and leaves the repository's files, caches too, as they were. */
async function refused(sentence: string, forged: ForgedPush, repository = name): Promise<void> {
  const before = filesOf(world.path("root", repository));
  const { answer } = await push(forged, repository);
  expect(answer).toContain(`hg pushes nothing like ${sentence}, so this host does not take it`);
  expect(answer).not.toContain("Traceback");
  expect(filesOf(world.path("root", repository))).toEqual(before);
}

describe("a push", () => {
  const changesets = [{ files: { new: ["new\n", ""] } }] as const;

  it("cannot bring what hg keeps to pulls and to files, ahead of changesets or alone", async () => {
    const parts: Part[] = [
      // would take the tag v1 away from everybody
      part("hgtagsfnodes", node(base) + "\xff".repeat(20)),
      part("hgtagsfnodes"),
      part("cache:rev-branch-cache", "\0".repeat(12)),
      part("CACHE:REV-BRANCH-CACHE", "\0".repeat(12)),
      part("stream2", "", { requirements: "", filecount: "0", bytecount: "0" }),
      part("stream3-exp", "", { requirements: "" }),
      part("listkeys", "a\tb", { namespace: "bookmarks" }),
      part("reply:changegroup", "", {}, { return: "1", "in-reply-to": "0" }),
      part("error:abort", "", { message: "no" }),
      part("output", "said"),
      part("narrow:spec"),
      part("something-new"),
    ];
    for (const each of parts) {
      const sentence = `a part '${each[0].toLowerCase()}'`;
      await refused(sentence, { parts: [each], changesets });
      await refused(sentence, { parts: [each] });
    }
    expect((await local(world.path("root", name), "tags")).output).toContain("v1");
  });

  it("cannot have other parameters, nor other values", async () => {
    const parameters = [
      { targetphase: "2" },
      { nbchanges: "1" },
      { "exp-wanted-sidedata": "" },
      { treemanifest: "1" },
      { version: "99" },
    ];
    for (const changegroup of parameters) {
      const [parameter] = Object.keys(changegroup);
      await refused(`a part 'changegroup' with such a '${parameter}'`, { changesets, changegroup });
    }
    await refused("a part 'bookmarks' with such a 'mode'", {
      parts: [part("bookmarks", "", {}, { mode: "x" })],
    });
    // the word of an advisory one would count
    const key = { namespace: "bookmarks", key: "x", old: "", new: base };
    await refused("a part 'pushkey' with such a 'source'", {
      parts: [part("pushkey", "", key, { source: "x" })],
    });
    await refused("a bundle with parameters", { changesets, stream: { Compression: "BZ" } });
    await refused("a bundle with parameters", { changesets, stream: { harmless: "x" } });
    await refused("a bundle with parameters", { changesets, stream: { Unknown: "x" } });
  });

  it("cannot change what an empty repository is", async () => {
    await refused(
      "a part 'changegroup' with such a 'treemanifest'",
      { changesets, changegroup: { treemanifest: "1" } },
      "core/empty",
    );
    const before = filesOf(world.path("root", "core", "empty"));
    const { answer } = await push({ changesets: [{ extra: { branch: "x " } }] }, "core/empty");
    expect(answer).toContain("may not push branch 'x '");
    expect(filesOf(world.path("root", "core", "empty"))).toEqual(before);
    const { nodes } = await push({ changesets }, "core/empty");
    expect(await world.changesets("core/empty")).toEqual(nodes);
  });

  it("cannot make the host fetch from elsewhere, nor from within another part", async () => {
    const asked: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/bundle`;
    const remote = part("remote-changegroup", "", { url, size: "1", digests: "" });
    await refused("a part 'remote-changegroup'", { parts: [remote] });
    await refused("a part 'remote-changegroup' within another one", {
      parts: [["bookmarks", {}, {}, "", remote]],
    });
    expect(asked).toEqual([]);
    elsewhere.close();
  });

  it("cannot move keys that hg does not", async () => {
    const key = { namespace: "namespaces", key: "x", old: "", new: "y" };
    const { answer } = await push({ parts: [part("pushkey", "", key)] });
    expect(answer).toContain("hg pushes no key like this one");
    const response = await fetch(`${world.host.url}/${name}?cmd=pushkey&${new URLSearchParams(key)}`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`ada:${password}`).toString("base64")}` },
    });
    expect(await response.text()).toContain("hg pushes no key like this one");
  });
});

it("hg pushes all that it can", async () => {
  const clone = world.path("working");
  await hg(world.folder, "clone", "-q", world.url("ada", name), clone);
  await commit(clone, "file", "content");
  await local(clone, "bookmark", "mark");
  const pushed = await hg(clone, "push", "-B", "mark", "--pushvars", "REASON=x", world.url("ada", name));
  expect(pushed.output).toContain("added 1 changesets");
  await commit(clone, "more", "content");
  for (const part of ["bundle1", "phases", "bookmarks", "obsmarkers"]) {
    await commit(clone, part, part);
    const { code } = await local(
      clone,
      "push",
      "--config",
      `devel.legacy.exchange=${part}`,
      world.url("ada", name),
    );
    expect(code).toBe(0);
  }
});
