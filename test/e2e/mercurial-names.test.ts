/** Names that Mercurial reads otherwise than they are sent, in every kind of push, and such as look alike. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { local, makeRepository } from "../agent/mercurial/client.ts";
import { bytes, type ForgedPush, filesOf, Hostile } from "../agent/mercurial/hostile.ts";
import { password, World } from "../agent/mercurial/world.ts";

/** ada writes to all; rob releases besides. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/release-managers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      branches: { stable: ["okta/release-managers"] },
      bookmarks: { released: ["okta/release-managers"] },
    },
    lab: { repositories: ["lab"], write: ["okta/core-team"] },
  },
};
const only = "only members of okta/release-managers may; ask hg-admins@example.com";

let world: World;
let hostile: Hostile;
let base: string;
const name = "core/names";
beforeAll(async () => {
  world = await World.make();
  writeAccess(world.access, access);
  hostile = await Hostile.start();
  await makeRepository(world.path("root", name));
  await local(world.folder, "clone", "-q", world.path("root", name), world.path("clone"));
  base = (await local(world.path("clone"), "log", "-r", "0", "-T", "{node}")).output;
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

const push = (account: string, forged: ForgedPush, repository = name) =>
  hostile.push(world.path("clone"), `${world.host.url}/${repository}`, account, forged);

const everything = () => filesOf(world.path("root", name));

/** Nobody may, whatever rule there is. */
async function unfit(what: string, fault: string, forged: ForgedPush, account = "rob"): Promise<void> {
  const before = everything();
  const { answer } = await push(account, forged);
  expect(answer).toMatch(
    new RegExp(`${account} may not push ${what} to repository ${name}: Mercurial does not`),
  );
  expect(answer).toContain(`as it is sent, for it ${fault}; ask hg-admins@example.com`);
  expect(everything()).toEqual(before);
}

/** Names in bytes, as they are told, and what is wrong with them; the others are in test/agent/mercurial/names.test.ts. */
const misread: [stored: string, told: string, fault: string][] = [
  ["stable ", "'stable '", "begins or ends with a space"],
  [bytes("\xa0stable"), "'\\xa0stable'", "begins or ends with a space"],
  [`x\n${"0".repeat(40)} o stable`, `'x\\n${"0".repeat(40)} o stable'`, "has a control character"],
  ["st\xe4ble", "'st\\\\xe4ble'", "is not UTF-8"],
  ["", "''", "is empty"],
  ["tip", "'tip'", "is reserved"],
];
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

describe("a name that Mercurial reads otherwise than it is sent", () => {
  it("is no branch's", async () => {
    for (const [n, [branch, told, fault]] of misread.entries())
      await unfit(`branch ${literal(told)} of changeset [0-9a-f]{12}`, fault, {
        changesets: [{ on: base, extra: { branch } }],
        version: n % 2 ? 1 : 2,
      });
  });

  it("is no topic's, since the topic extension keeps it as one of a branch's", async () => {
    const changeset = { on: base, extra: { topic: `x\n${base} o stable` } };
    await unfit("topic .* of changeset [0-9a-f]{12}", "has a control character", { changesets: [changeset] });
    const spaced = { on: base, extra: { "topic-namespace": "x " } };
    await unfit("topic-namespace 'x '.*", "begins or ends with a space", { changesets: [spaced] });
  });

  it("is no bookmark's, in a bundle and by the older command", async () => {
    for (const [bookmark, told, fault] of misread)
      await unfit(`bookmark ${literal(told)}`, fault, { bookmarks: { [bookmark]: base } });
    const before = everything();
    for (const key of ["released ", `x\n${base} released`, "re\tleased"]) {
      const query = new URLSearchParams({ cmd: "pushkey", namespace: "bookmarks", key, old: "", new: base });
      const response = await fetch(`${world.host.url}/${name}?${query}`, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(`rob:${password}`).toString("base64")}` },
      });
      expect(response.status).toBe(403);
      expect(response.statusText).toContain("rob may not push bookmark '");
    }
    expect(everything()).toEqual(before);
  });

  it("is refused where no rule is", async () => {
    const { answer } = await push("ada", { changesets: [{ extra: { branch: "stable " } }] }, "lab");
    expect(answer).toMatch(
      /may not push branch 'stable ' of changeset .* to repository lab: Mercurial does not/,
    );
  });

  it("may be taken away where it is already", async () => {
    await push("rob", { bookmarks: { "x:y": null } });
    const { answer } = await push("ada", { bookmarks: { "x:y": null } });
    expect(answer).not.toContain("may not");
  });
});

describe("a name that cannot be told from one that a rule covers", () => {
  const alike = ["Stable", "ｓｔａｂｌｅ", "sta\u200bble"];

  it("is that one for those whom the rule does not name", async () => {
    for (const branch of alike) {
      const before = everything();
      const changesets = [{ on: base, extra: { branch: bytes(branch) } }];
      const { answer } = await push("ada", { changesets });
      expect(answer).toContain(`to branch ${escaped(branch)} of repository ${name}: ${only}`);
      const marked = await push("ada", { bookmarks: { [bytes(branch)]: base } });
      expect(marked.answer).toContain(`to branch ${escaped(branch)} of repository ${name}: ${only}`);
      expect(everything()).toEqual(before);
    }
    const { answer } = await push("ada", { bookmarks: { Released: base } });
    expect(answer).toContain(`ada may not push bookmark Released to repository ${name}: ${only}`);
    await push("rob", {
      changesets: [{ on: base, extra: { branch: "Stable" } }],
      bookmarks: { RELEASED: 0 },
    });
    const log = await local(world.path("root", name), "log", "-r", "RELEASED", "-T", "{branch}");
    expect(log.output).toBe("Stable");
  });
});

/** As a refusal tells what is not ASCII. */
const escaped = (text: string) =>
  text.replace(/[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });

it("other names are taken, and seen as they were sent", async () => {
  const names = ["feature/x y", "grün", "unstable", "1.0", "日本", "e\u0301"];
  for (const [n, each] of names.entries()) {
    const stored = bytes(each);
    const changesets = [
      { on: base, extra: { branch: stored, topic: bytes("ein/thema"), n: `${n}` } },
      { on: 0, extra: { branch: stored, close: "1" } },
    ];
    const { answer } = await push("ada", { changesets, bookmarks: { [bytes(`marks ${each}`)]: 0 } });
    expect(answer).not.toContain("may not");
  }
  const seen = await hostile.clone(world.url("ada", name), world.path("seen"), []);
  expect(Object.keys(seen.heads)).toEqual(expect.arrayContaining(names.map(bytes)));
  expect(Object.keys(seen.bookmarks)).toEqual(expect.arrayContaining(names.map((n) => bytes(`marks ${n}`))));
});
