import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { local } from "../agent/mercurial/client.ts";
import { bytes, type ForgedChangeset, filesOf, Hostile, type Part } from "../agent/mercurial/hostile.ts";
import { World } from "../agent/mercurial/world.ts";
import { isSoak } from "../long.ts";

/** ada writes to all; rob writes what rules cover besides. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/writers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      paths: { "docs/**": ["okta/writers"], "Straße/*.md": ["okta/writers"] },
      branches: { stable: ["okta/writers"] },
      bookmarks: { released: ["okta/writers"] },
    },
    lab: { repositories: ["lab"], write: ["okta/core-team"] },
  },
};

let world: World;
let hostile: Hostile;
let base: string;
let made = 0;
const name = "core/api";
beforeAll(async () => {
  world = await World.make();
  writeAccess(world.access, access);
  hostile = await Hostile.start();
  await local(world.folder, "init", world.path("clone"));
  const files = { "docs/x": ["x", ""], src: ["src", ""], "aux.c": ["old", ""] } as const;
  const first = { files, extra: { branch: "stable" } };
  // it was there before the rules were
  writeAccess(world.access, {
    ...access,
    permissions: { all: { repositories: ["**"], write: ["okta/core-team"] } },
  });
  const { nodes } = await hostile.push(world.path("clone"), `${world.host.url}/${name}`, "rob", {
    changesets: [first],
    bookmarks: { released: 0 },
  });
  writeAccess(world.access, access);
  base = nodes[0] as string;
  await local(world.path("clone"), "pull", "-q", world.path("root", name));
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

const push = (account: string, changesets: readonly ForgedChangeset[], repository = name) =>
  hostile.push(world.path("clone"), `${world.host.url}/${repository}`, account, { changesets });
/** A changeset on what is there, with a file more. */
const adding = (path: string, flags = ""): ForgedChangeset => ({
  on: base,
  files: { [bytes(path)]: [`${++made}`, flags] },
  extra: { branch: "work" },
});

async function refused(sentence: string, account: string, ...changesets: ForgedChangeset[]): Promise<void> {
  const before = filesOf(world.path("root", name));
  const { answer } = await push(account, changesets);
  expect(answer).toContain(sentence);
  expect(filesOf(world.path("root", name))).toEqual(before);
}
const only = `to repository ${name}: only members of okta/writers may`;

describe("files that a rule covers", () => {
  it("are looked for in a .hgsub that has an end, and is one", async () => {
    const twice = (next: string) => `%include ${next}\n`.repeat(2);
    const chain = Array.from({ length: 40 }, (_, i) => [`a${i}`, [twice(`a${i + 1}`), ""]] as const);
    for (const [content, why] of [
      [twice("a0"), "it includes too many files"],
      ["%include .hgsub\n", "it includes too many files"],
      ["[\n", "it is malformed"],
    ] as const) {
      const files = { ...Object.fromEntries(chain), ".hgsub": [content, ""] as const };
      await refused(`nobody can read its .hgsub: ${why}`, "ada", {
        on: base,
        files,
        extra: { branch: "work" },
      });
    }
  });

  it("are covered by every path that a client takes for theirs", async () => {
    for (const path of [
      "Docs/y",
      "DOCS/w",
      "ｄｏｃｓ/y",
      "do\u200bcs/y",
      "straße/a.md",
      "STRASSE/A.MD",
      "docs/Z",
    ])
      await refused(`${only}; ask`, "ada", adding(path));
    // that which stands in place of their folder is in place of them
    const removed = { on: base, files: { "docs/x": null } } as const;
    const link = { on: 0, files: { docs: ["src", "l"] } } as const;
    await refused("only members", "ada", removed, link);
    await refused(`which changes strasse, ${only}`, "ada", adding("strasse", "l"));
    const hgsub = ["STRASSE = ../elsewhere\n", ""] as const;
    await refused(`which changes the subrepository STRASSE, ${only}`, "ada", {
      on: base,
      files: { ".hgsub": hgsub, ".hgsubstate": [`${base} STRASSE\n`, ""] },
    });
  });

  it("are not others that only resemble them", async () => {
    for (const path of ["docs2/x", "src2/docs/x", "straße/a.txt", "dоcs/x", "grün/ä b", ".hgignore", "x.~1~"])
      expect((await push("ada", [adding(path)])).answer, path).not.toContain("may not");
    // a link to them changes nothing that others see there
    expect((await push("ada", [adding("other", "l")])).answer).not.toContain("may not");
  });
});

describe("a push that breaks checkouts", () => {
  it("is refused where rules for files are, to everybody", async () => {
    const broken: [path: string, why: string][] = [
      ["docs\\evil", "Windows reads a folder there"],
      ["docs./x", "filename ends with '.', which is not allowed on Windows"],
      ["docs /x", "filename ends with ' ', which is not allowed on Windows"],
      ["./docs/x", "a part of it is not seen"],
      ["x/../docs/x", "Mercurial keeps out of it"],
      ["x//y", "a part of it is not seen"],
      ["x/.HG/hgrc", "Mercurial keeps out of it"],
      ["docs:y", "filename contains ':', which is reserved on Windows"],
      ["SECRET~1/x", "it is a short name on Windows"],
      ["a/con.txt", "filename contains 'con', which is reserved on Windows"],
      ["x".repeat(256), "it is too long"],
    ];
    for (const [path, why] of broken)
      await refused(
        `to repository ${name}: not every system can check that out: ${why}`,
        "rob",
        adding(path),
      );
    const latin1 = { on: base, files: { "gr\xfcn": ["x", ""] as const } };
    await refused("not every system can check that out: it is not UTF-8", "rob", latin1);
  });

  it("is one with two files for one place, in one changeset or one after the other", async () => {
    await refused("not beside 'docs/x'", "rob", adding("docs"));
    await refused("not beside 'src'", "rob", adding("src/y"));
    await refused("not beside 'src'", "rob", adding("SRC"));
    const two = { "new/a": ["1", ""], "NEW/A": ["2", ""] } as const;
    await refused("not beside 'new/a'", "rob", { on: base, files: two });
    const after = { on: 0, files: { "new/B": ["2", ""], new: null } } as const;
    await refused("not beside 'NEW'", "rob", adding("NEW"), after);
    // one in place of the other is none
    const moved = { on: base, files: { src: null, SRC: ["moved", ""] }, extra: { branch: "work" } } as const;
    expect((await push("rob", [moved])).answer).not.toContain("may not");
  });

  it("is none that changes or takes away what is there already, nor any where no rule is", async () => {
    const changed = { on: base, files: { "aux.c": ["new", ""] }, extra: { branch: "work" } } as const;
    const removed = { on: 0, files: { "aux.c": null }, extra: { branch: "work" } };
    expect((await push("ada", [changed, removed])).answer).not.toContain("may not");
    const elsewhere = { files: { "con.txt": ["x", ""], "CON.txt": ["y", ""] } } as const;
    expect((await push("ada", [elsewhere], "lab")).answer).not.toContain("may not");
  });
});

/** What a case-insensitive system that drops what it does not show makes of a path. */
function seenAs(path: string): string {
  const segments: string[] = [];
  for (const segment of Buffer.from(path, "latin1").toString("utf8").replaceAll("\\", "/").split("/")) {
    const seen =
      segment
        .split(":")[0]
        ?.replace(/[\u200b\u200d]/gu, "")
        .normalize("NFKC")
        .toLowerCase() ?? "";
    if (seen === "..") segments.pop();
    else if (seen.replace(/[. ]+$/, "")) segments.push(seen.replace(/[. ]+$/, ""));
  }
  return segments.join("/");
}

describe("whatever is pushed by somebody whom no rule names", () => {
  const of = (...pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((a) => a.join(""));
  const labels = of(
    "stable",
    "stable",
    "released",
    "released",
    "Stable",
    "x",
    "y/z",
    " ",
    "\n",
    "\0",
    "\t",
    ":",
    "\u200b",
    "\xa0",
    "é",
    "7",
  );
  const paths = of(
    "docs",
    "Docs",
    "docs",
    "x",
    "src",
    "new",
    "/",
    "/",
    "\\",
    ".",
    "..",
    " ",
    ":",
    "\u200b",
    "~1",
  ).filter((path) => path !== "");
  const node = fc.constant("").map(() => base);
  const lines = fc
    .tuple(node, fc.constantFrom(" o ", " c ", " "), labels)
    .map(([at, between, to]) => `x\n${at}${between}${to}`);
  const plain = fc.constantFrom("x", "y/z", "é", "two words", "unstable", "stable-2", "releases");
  const names = fc.oneof({ weight: 6, arbitrary: plain }, { weight: 3, arbitrary: labels }, lines).map(bytes);
  const parts = fc.constantFrom<readonly Part[]>(
    ...Array.from({ length: 12 }, () => []),
    [["hgtagsfnodes", {}, {}, "\xff".repeat(40)]],
    [["cache:rev-branch-cache", {}, {}, "\0".repeat(12)]],
    [["phase-heads", {}, {}, ""]],
    [["bookmarks", {}, {}, `${"\xff".repeat(20)}\0\x08released`]],
    [["pushkey", { namespace: "bookmarks", key: "released", old: "", new: "0".repeat(40) }, {}, ""]],
  );
  const pushes = fc.record({
    branch: names,
    topic: fc.option(names),
    bookmark: fc.option(names),
    path: fc.oneof(paths, fc.constantFrom("new/x", "dоcs/x", "src2", "a b/é")).map(bytes),
    flags: fc.constantFrom("", "", "l", "x"),
    parts,
    changegroup: fc.constantFrom(
      ...Array.from({ length: 9 }, () => ({})),
      { treemanifest: "1" },
      { targetphase: "2" },
    ),
    version: fc.constantFrom<1 | 2>(1, 2, 2, 2),
  });

  it("is seen by others as it was judged, and what rules cover is as it was", async () => {
    const seed = Number(process.env.HGSCIM_SEED ?? (isSoak ? Date.now() % 1_000_000 : 1));
    const protectedNow = async () => {
      const seen = await hostile.clone(world.url("rob", name), world.path(`seen${++made}`), [
        "stable",
        "released",
      ]);
      const covered = Object.entries(seen.changes).filter(([path]) => /^docs(\/|$)/.test(seenAs(path)));
      const kept = {
        stable: seen.heads.stable,
        names: seen.names,
        released: seen.bookmarks.released,
        covered,
      };
      return { seen, kept };
    };
    const { kept } = await protectedNow();
    expect(kept.names).toEqual({ stable: base, released: base });
    let taken = 0;
    for (const tried of fc.sample(pushes, { numRuns: isSoak ? 400 : 30, seed })) {
      const { branch, topic, bookmark, path, flags } = tried;
      const extra = topic === null ? { branch } : { branch, topic };
      const before = filesOf(world.path("root", name));
      const { nodes, answer } = await hostile.push(world.path("clone"), `${world.host.url}/${name}`, "ada", {
        changesets: [{ on: base, extra, files: { [path]: [`${++made}`, flags] } }],
        ...(bookmark === null ? {} : { bookmarks: { [bookmark]: 0 } }),
        parts: tried.parts,
        changegroup: tried.changegroup,
        version: tried.version,
      });
      const why = `seed ${seed}: ${JSON.stringify(tried)}\n${answer}`;
      const now = filesOf(world.path("root", name));
      if (/may not push|hg pushes nothing|hook failed/.test(answer)) {
        expect(now, why).toEqual(before);
        continue;
      }
      expect(now, why).not.toEqual(before);
      taken++;
      const { seen, kept: keptNow } = await protectedNow();
      expect(keptNow, why).toEqual(kept);
      expect(seen.heads[branch], why).toContain(nodes[0]);
      expect(seen.changes[path], why).toContain(nodes[0]);
      if (bookmark !== null && tried.version === 2) expect(seen.bookmarks[bookmark], why).toBe(nodes[0]);
    }
    expect(taken).toBeGreaterThan(0);
  }, 600_000);
});
