/** What a push changes without a changeset that says so: a file's history, what was hidden, and what names lead to. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { commit, hg, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { type ForgedPush, filesOf, Hostile, storeOf } from "../agent/mercurial/hostile.ts";
import { World } from "../agent/mercurial/world.ts";

/** ada writes to all; rob writes what rules cover besides. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/writers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      paths: { "docs/**": ["okta/writers"] },
      branches: { stable: ["okta/writers"], "release-*": ["okta/writers"] },
      bookmarks: { released: ["okta/writers"], "**": ["okta/core-team"] },
    },
    // only writers make bookmarks, whatever their names
    marks: { repositories: ["core/marks"], bookmarks: { "**": ["okta/writers"], default: ["okta/writers"] } },
    lab: { repositories: ["lab"], write: ["okta/core-team"] },
  },
};
const only = "only members of okta/writers may; ask hg-admins@example.com";
const evolving = ["--config", "experimental.evolution=all", "--config", "phases.publish=no"];

let world: World;
let hostile: Hostile;
let made = 0;
beforeAll(async () => {
  world = await World.make({ more: "[phases]\npublish = no\n[experimental]\nevolution = all\n" });
  writeAccess(world.access, access);
  hostile = await Hostile.start();
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

const run = (cwd: string, ...args: string[]) => succeed(local(cwd, ...evolving, ...args));
const server = (name: string) => world.path("root", name);

/** A repository on the server, with `docs/x` and another file, and a clone that stays as it is. */
async function repository(name = `core/history${++made}`): Promise<{ name: string; clone: string }> {
  await makeRepository(server(name));
  mkdirSync(join(server(name), "docs"));
  await commit(server(name), "docs/x", "one\n");
  await commit(server(name), "other", "other\n");
  return { name, clone: await clone(name) };
}

async function clone(name: string): Promise<string> {
  const folder = world.path(`clone${++made}`);
  await run(world.folder, "clone", "-q", server(name), folder);
  return folder;
}

const node = async (folder: string, revset = ".") => run(folder, "log", "-r", revset, "-T", "{node}");
const push = (account: string, folder: string, name: string, ...args: string[]) =>
  local(folder, "push", "-f", ...evolving, ...args, world.url(account, name));
const forge = async (account: string, { name, clone }: { name: string; clone: string }, forged: ForgedPush) =>
  (await hostile.push(clone, `${world.host.url}/${name}`, account, forged)).answer;

/** Is refused with a sentence, and leaves nothing, caches and empty folders too. */
async function nothing(
  name: string,
  sentence: string | RegExp,
  pushed: () => Promise<string>,
): Promise<void> {
  const before = [filesOf(server(name)), storeOf(server(name))];
  expect(await pushed()).toMatch(sentence);
  expect([filesOf(server(name)), storeOf(server(name))]).toEqual(before);
}

describe("a revision of a file", () => {
  it("comes with the changeset that has it, and for no other", async () => {
    const place = await repository();
    const { name, clone } = place;
    const tip = await node(clone, "tip");
    const old = (file: string, revision = tip) => ({ path: file, content: "two\n", link: revision });
    const stray = (what: string) =>
      `may not push a revision of ${what} for changeset [0-9a-f]{12} to repository ${name}: the changeset did not come`;
    const refused = (what: string, forged: ForgedPush, account = "ada") =>
      nothing(name, new RegExp(stray(what)), () => forge(account, place, forged));
    await refused("file 'docs/x'", { stray: [old("docs/x")] });
    await refused("file 'docs/x'", { stray: [old("docs/x")], version: 1 });
    // whoever pushes, of files without a rule too, and of none that is there
    await refused("file 'docs/x'", { stray: [old("docs/x")] }, "rob");
    await refused("file 'other'", { stray: [old("other", await node(clone, "0"))] });
    await refused("file 'made/for/this'", { stray: [old("made/for/this")] });
    await refused("file '../00changelog'", { stray: [old("../00changelog")] });
    await refused("manifest ''", { stray: [{ ...old("x"), path: null }] });
    // beside a changeset that is as it should be, for an older one, for this one, and for what it says of itself
    const changesets = [{ on: tip, files: { mine: ["mine", ""] }, extra: { branch: "work" } }] as const;
    await refused("file 'docs/x'", { changesets, stray: [old("docs/x")] });
    await refused("file 'docs/x'", { changesets, stray: [{ ...old("docs/x"), link: 0 }] });
    await refused("file 'mine'", { changesets, stray: [{ ...old("mine"), link: 0 }] });
    const copied = { path: "third", content: `\u0001\ncopy: docs/x\ncopyrev: ${tip}\n\u0001\n`, link: 0 };
    await refused("file 'third'", { changesets, stray: [copied] });
    expect(await forge("ada", place, { changesets })).not.toContain("may not");
    // and where no rule is
    await run(world.folder, "clone", "-q", server("lab"), world.path("lab"));
    const lab = { name: "lab", clone: world.path("lab") };
    const first = await node(lab.clone, "0");
    await nothing("lab", "a revision of file 'README'", () =>
      forge("ada", lab, { stray: [old("README", first)] }),
    );
    expect((await run(server(name), "log", "-T", "{desc} ", "docs/x")).trim()).toBe("docs/x");
    await run(server(name), "verify", "-q");
  });

  it("that hg pushes is one, however it came about", async () => {
    const { name, clone: work } = await repository();
    const pushed = async (folder: string, ...args: string[]) => {
      const { output } = await push("ada", folder, name, ...args);
      expect(output).not.toMatch(/may not|abort/);
    };
    // the same revision in two heads, at once and one after the other, and then merged
    const [one, two] = [await clone(name), await clone(name)];
    for (const [n, folder] of [work, one, two].entries()) {
      await commit(folder, "same", "same\n");
      await run(folder, "commit", "-q", "--amend", "-m", `same ${n}`);
    }
    await run(work, "pull", "-q", "-f", one);
    await pushed(work);
    await run(two, "pull", "-q", work);
    await pushed(two);
    await run(two, "merge", "-q", "-r", await node(work));
    await run(two, "commit", "-qm", "merge");
    await pushed(two, "--config", "devel.legacy.exchange=bundle1");
    // again, and with what others have pushed meanwhile
    await pushed(two);
    await pushed(two, "--config", "experimental.changegroup4=yes", "-r", "0");
    // copies of what a rule covers; what is amended; a secret that is none any more
    await run(work, "copy", "-q", "docs/x", "copied");
    await run(work, "commit", "-qm", "copied");
    await pushed(work);
    await run(work, "rename", "-q", "copied", "renamed");
    await run(work, "commit", "-q", "--amend", "-m", "renamed");
    await pushed(work);
    await commit(work, "later", "later");
    await run(work, "phase", "--secret", "--force", "-r", ".");
    await commit(work, "latest", "latest");
    await pushed(work);
    await run(work, "phase", "--draft", "-r", ".");
    await pushed(work);
    // once more after it was taken away from the host
    const strip = ["--config", "extensions.strip=", "strip", "-q", "--no-backup"];
    await succeed(hg(server(name), ...evolving, ...strip, "-r", await node(work)));
    await pushed(work);
    expect(await node(server(name), "tip")).toBe(await node(work));
    await run(server(name), "verify", "-q");
  });

  it("may be one of a folder, where folders have manifests", async () => {
    const tree = ["--config", "experimental.treemanifest=yes"];
    const name = "core/tree";
    await run(world.folder, "init", ...tree, server(name));
    mkdirSync(join(server(name), "a/b"), { recursive: true });
    await commit(server(name), "a/b/c", "c");
    await commit(server(name), "d", "d");
    const folder = await clone(name);
    await commit(folder, "a/b/c", "more");
    mkdirSync(join(folder, "e/f"), { recursive: true });
    await commit(folder, "e/f/g", "more");
    expect((await push("ada", folder, name)).output).toContain("added 2 changesets");
  });
});

describe("what was hidden", () => {
  it("comes back by nobody whom its rule does not name", async () => {
    const place = await repository();
    const { name, clone: work } = place;
    // two on the branch of a rule, and one that changes a file of one; all of them made obsolete by rob
    await run(work, "branch", "-q", "stable");
    await commit(work, "s1", "s1");
    await commit(work, "s2", "s2");
    const stable = await node(work);
    await run(work, "update", "-q", "0");
    await run(work, "branch", "-q", "work");
    mkdirSync(join(work, "docs"), { recursive: true });
    await commit(work, "docs/new", "x");
    const ruled = await node(work);
    await run(work, "update", "-q", "0");
    await run(work, "branch", "-q", "free");
    await commit(work, "free", "free");
    const free = await node(work);
    expect((await push("rob", work, name)).output).toContain("added 4 changesets");
    await run(work, "update", "-q", "default");
    const drop = [ruled, free, stable, await node(work, `${stable}^`)];
    const seer = await clone(name);
    for (const each of drop) await run(work, "debugobsolete", "--record-parents", each);
    await push("rob", work, name);
    expect(await run(server(name), "log", "-r", "all()", "-T", "{branch} ")).toBe("default default default ");

    const hostilePlace = { name, clone: seer };
    const back = /push what brings back changeset [0-9a-f]{12} to branch stable of/;
    const child = (on: string) =>
      ({ changesets: [{ on, files: { z: ["z", ""] }, extra: { branch: "z" } }] }) as const;
    await nothing(name, back, () => forge("ada", hostilePlace, child(stable)));
    await nothing(name, back, () => forge("ada", hostilePlace, { bookmarks: { mark: stable } }));
    await nothing(name, back, () =>
      forge("ada", hostilePlace, {
        changesets: [{ on: stable, extra: { branch: "z", topic: "t" } }],
        version: 1,
      }),
    );
    await nothing(name, /which changes docs\/new, to repository/, () =>
      forge("ada", hostilePlace, { bookmarks: { mark: ruled } }),
    );
    await nothing(name, /which changes docs\/new, to repository/, () =>
      forge("ada", hostilePlace, child(ruled)),
    );
    const published = (hex: string) => `\0\0\0\0${Buffer.from(hex, "hex").toString("latin1")}`;
    const phase = (hex: string) => ({ parts: [["phase-heads", {}, {}, published(hex)]] }) as const;
    await nothing(name, back, () => forge("ada", hostilePlace, phase(stable)));
    await nothing(name, /which changes docs\/new, to repository/, () =>
      forge("ada", hostilePlace, phase(ruled)),
    );
    // the older command for bookmarks looks at what is shown
    const legacy = ["--config", "devel.legacy.exchange=bookmarks"];
    await run(seer, "bookmark", "mark", "-r", stable);
    const older = async () => (await push("ada", seer, name, ...legacy, "-B", "mark")).output;
    await nothing(name, "exporting bookmark mark failed", older);
    // what no rule covers does
    expect(await forge("ada", hostilePlace, { bookmarks: { mark: free } })).not.toContain("may not");
    // and hides again, by whoever may take the bookmark away
    expect(await forge("ada", hostilePlace, { bookmarks: { mark: null } })).not.toContain("may not");
    expect(await forge("rob", hostilePlace, { bookmarks: { mark: stable } })).not.toContain("may not");
    expect(await run(server(name), "log", "-r", "3:", "-T", "{desc} ")).toBe("s1 s2 ");
  });

  it("may be a secret of the host's, which becomes a draft with what descends from it", async () => {
    const { name, clone: work } = await repository();
    await run(server(name), "branch", "-q", "stable");
    await commit(server(name), "secret", "secret");
    await run(server(name), "phase", "--secret", "--force", "-r", ".");
    await run(work, "pull", "-q", "--config", "phases.publish=no", server(name));
    const secret = await node(server(name));
    await run(work, "pull", "-q", "-f", await bundled(server(name), secret));
    const place = { name, clone: work };
    await nothing(name, /to branch stable of/, () =>
      forge("ada", place, { changesets: [{ on: secret, files: { z: ["z", ""] }, extra: { branch: "z" } }] }),
    );
  });
});

/** A bundle file of a changeset that no pull tells of. */
async function bundled(folder: string, revision: string): Promise<string> {
  const file = world.path(`bundle${++made}.hg`);
  await run(folder, "bundle", "-q", "--base", "2", "-r", revision, "-f", file);
  return file;
}

describe("a name that a rule has", () => {
  it("is looked up among tags, bookmarks, branches and topics: none of them comes from others", async () => {
    const place = await repository();
    const { name, clone: work } = place;
    const tip = await node(work, "tip");
    await commit(work, "new", "new");
    const changed = await node(work);
    const tags = (content: string) => ({ ".hgtags": [content, ""] }) as const;
    const tagging = (tag: string, extra = {}, on = tip) =>
      ({
        changesets: [{ on, files: tags(`${changed} ${tag}\n`), extra: { branch: "work", ...extra } }],
      }) as const;
    const refused = (what: string, forged: ForgedPush) =>
      nothing(name, new RegExp(`ada may not push ${what} .*repository ${name}: ${only}`), () =>
        forge("ada", place, forged),
      );
    for (const tag of ["released", "Released", "stable", "release-1"])
      await refused(`tag ${tag} to`, tagging(tag));
    // in a head of its own, and where a later changeset of it has that one for its parent
    await refused("tag stable to", {
      changesets: [{ files: tags(`${tip} stable\n`), extra: { branch: "root" } }],
    });
    const branch = (called: string, extra = {}) =>
      ({ changesets: [{ on: tip, files: { b: ["b", ""] }, extra: { branch: called, ...extra } }] }) as const;
    await refused("changeset [0-9a-f]{12} to branch released of", branch("released"));
    await refused("changeset [0-9a-f]{12} to branch RELEASED of", branch("RELEASED"));
    await refused("changeset [0-9a-f]{12} of topic released to", branch("work", { topic: "released" }));
    await refused("changeset [0-9a-f]{12} of topic stable to", branch("work", { topic: "stable" }));
    // what is wild as a whole names nothing
    for (const forged of [tagging("v1"), branch("work2", { topic: "fix" }), branch("default")])
      expect(await forge("ada", place, forged)).not.toContain("may not");
    // what is there moves and goes by nobody else either
    await run(work, "pull", "-q", "-u", server(name));
    await run(work, "update", "-q", "work");
    await run(work, "tag", "-r", tip, "released");
    expect((await push("ada", work, name)).output).toContain("ada may not push tag released to");
    expect((await push("rob", work, name)).output).toContain("added 2 changesets");
    await run(work, "tag", "-f", "-r", "0", "released");
    expect((await push("ada", work, name)).output).toContain("ada may not push tag released to");
    expect((await push("rob", work, name)).output).toContain("added 1 changesets");
    await run(work, "tag", "--remove", "released");
    expect((await push("ada", work, name)).output).toContain("ada may not push tag released to");
    const head = await node(work, "tip^");
    const emptied = {
      changesets: [{ on: head, files: { ".hgtags": null }, extra: { branch: "work" } }],
    } as const;
    await refused("tag released to", emptied);
    // changes beside it are anybody's
    await run(work, "update", "-q", head);
    await run(work, "tag", "-f", "v2");
    expect((await push("ada", work, name, "-r", ".")).output).toContain("added 1 changesets");
    await run(work, "merge", "-q", "-r", "branch(work2)");
    await run(work, "commit", "-qm", "merge");
    expect((await push("ada", work, name, "-r", ".")).output).toContain("added 1 changesets");
  });

  it("is no hindrance where a rule is about all bookmarks, or about one that would hide the default branch", async () => {
    const place = await repository("core/marks");
    const { name, clone: work } = place;
    await commit(work, "new", "new");
    await run(work, "branch", "-q", "new");
    await run(work, "tag", "v1");
    expect((await push("ada", work, name)).output).toContain("added 2 changesets");
    await nothing(name, "ada may not push bookmark mark to", () =>
      forge("ada", place, { bookmarks: { mark: 0 }, changesets: [{ extra: { branch: "x" } }] }),
    );
    await nothing(name, "ada may not push tag default to", () =>
      forge("ada", place, {
        changesets: [{ files: { ".hgtags": [`${"1".repeat(40)} default\n`, ""] }, extra: { branch: "y" } }],
      }),
    );
  });

  it("goes by no marker that hides the head with its tag", async () => {
    const { name, clone: work } = await repository();
    await run(work, "branch", "-q", "work");
    await run(work, "tag", "released");
    expect((await push("rob", work, name)).output).toContain("added 1 changesets");
    await run(work, "debugobsolete", "--record-parents", await node(work));
    await nothing(
      name,
      "ada may not push tag released to",
      async () => (await push("ada", work, name)).output,
    );
    await push("rob", work, name);
    expect(await run(server(name), "tags", "-q")).toBe("tip\n");
  });

  it("is frozen by no longer history of it, and does not go or come with what it names", async () => {
    const place = await repository();
    const { name, clone: work } = place;
    await run(work, "branch", "-q", "work");
    await commit(work, "candidate", "candidate");
    const [x, y] = [await node(work, "0"), await node(work)];
    await run(work, "update", "-q", "default");
    await run(work, "tag", "-r", y, "released");
    expect((await push("rob", work, name)).output).toContain("added 2 changesets");
    const lines = [x, x, x, y].map((each) => `${each} released\n`).join("");
    const frozen = {
      changesets: [
        { on: await node(work, "tip"), files: { ".hgtags": [lines, ""] }, extra: { branch: "work" } },
      ],
    } as const;
    const refused = "ada may not push tag released to";
    await nothing(name, refused, () => forge("ada", place, frozen));
    await run(work, "debugobsolete", y, "--record-parents");
    await nothing(name, refused, async () => (await push("ada", work, name)).output);
    await push("rob", work, name);
    await nothing(name, refused, () =>
      forge("ada", place, { changesets: [{ on: y, files: { c: ["c", ""] }, extra: { branch: "work" } }] }),
    );
  });

  it("has its lines in the history of it: none is dropped, from a head or by a merge", async () => {
    const place = await repository();
    const { name, clone: work } = place;
    const [x, y] = [await node(work, "0"), await node(work, "tip")];
    const hgtags = (...lines: string[]) =>
      ({ ".hgtags": [lines.map((line) => `${line}\n`).join(""), ""] }) as const;
    const changeset = (on: string, files: object, more = {}) =>
      ({ changesets: [{ on, files, extra: { branch: "work" }, ...more }] }) as ForgedPush;
    const [first, second] = [`${x} released`, `${y} released`];
    expect(await forge("rob", place, changeset(y, hgtags(first, second, first, second)))).toContain(
      "added 1",
    );
    const tagged = await node(server(name), "tip");
    expect(await forge("ada", place, changeset(y, { other: ["more", ""] }))).toContain("added 1");
    const mine = await node(server(name), "tip");
    await run(work, "pull", "-q", server(name));
    for (const fewer of [
      hgtags(second),
      hgtags(first, second),
      hgtags(first, second, second),
      hgtags(`${x} v1`),
    ])
      await nothing(name, "ada may not push tag released to", () =>
        forge("ada", place, changeset(tagged, fewer)),
      );
    await nothing(name, "ada may not push tag released to", () =>
      forge("ada", place, changeset(mine, hgtags(second), { with: tagged })),
    );
    // what is the same, or of other tags, is anybody's
    const same = hgtags(`${x} v1`, first, second, first, second);
    expect(await forge("ada", place, changeset(mine, same, { with: tagged }))).toContain("added 1");
    const merged = await node(server(name), "tip");
    await run(work, "pull", "-q", server(name));
    const others = hgtags(first, second, first, second);
    expect(await forge("ada", place, changeset(merged, others))).toContain("added 1");
    expect(await forge("rob", place, changeset(merged, hgtags(second)))).toContain("added 1");
  });
});
