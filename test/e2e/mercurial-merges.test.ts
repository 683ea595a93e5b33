/** Merges, by people whom no rule names, of what others did where rules are. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { commit, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { type ForgedChangeset, Hostile } from "../agent/mercurial/hostile.ts";
import { World } from "../agent/mercurial/world.ts";

/** ada writes to all; rob writes what the rule covers besides. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/writers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      paths: { "docs/**": ["okta/writers"] },
    },
  },
};

let world: World;
let hostile: Hostile;
let made = 0;
beforeAll(async () => {
  world = await World.make();
  writeAccess(world.access, access);
  hostile = await Hostile.start();
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

const run = (cwd: string, ...args: string[]) => succeed(local(cwd, ...args));
const server = (name: string) => world.path("root", name);

/** A repository of its own, and a clone of it. */
async function repository(): Promise<{ name: string; clone: string }> {
  const name = `core/merges${++made}`;
  await makeRepository(server(name));
  const clone = world.path(`clone${made}`);
  await run(world.folder, "clone", "-q", server(name), clone);
  return { name, clone };
}
type Repository = Awaited<ReturnType<typeof repository>>;

async function push(account: string, { name, clone }: Repository, ...changesets: ForgedChangeset[]) {
  const pushed = await hostile.push(clone, `${world.host.url}/${name}`, account, { changesets });
  if (pushed.answer.includes("may not")) return pushed;
  await run(clone, "pull", "-q", server(name));
  return pushed;
}

/** Rob's changesets; their nodes. */
async function pushed(repository: Repository, ...changesets: ForgedChangeset[]): Promise<string[]> {
  const { nodes, answer } = await push("rob", repository, ...changesets);
  expect(answer).not.toContain("may not");
  return nodes;
}

/** A file of the rule's, or none. */
const docs = (content: string | null) => ({ "docs/x": content === null ? null : ([content, ""] as const) });
const refusal = "which changes docs/x, to repository";

describe("a file after two lines were merged into each other", () => {
  it("may be merged as hg does it, without a conflict", async () => {
    const it = await repository();
    await pushed(it, { on: await run(it.clone, "log", "-r", "0", "-T", "{node}"), files: docs("one\n") });
    await run(it.clone, "update", "-q", "tip");
    await commit(it.clone, "a", "a");
    await run(it.clone, "update", "-q", "tip^");
    await commit(it.clone, "docs/x", "two\n");
    for (const [on, other] of [
      ["3", "2"],
      ["2", "3"],
    ] as const) {
      await run(it.clone, "update", "-q", on);
      await run(it.clone, "merge", "-q", "-r", other);
      await run(it.clone, "commit", "-qm", `both, on ${on}`);
    }
    await run(it.clone, "update", "-q", "4");
    await commit(it.clone, "docs/x", "two\nthree\n");
    expect((await local(it.clone, "push", "-qf", world.url("rob", it.name))).code).toBe(0);
    await run(it.clone, "update", "-q", "5");
    await run(it.clone, "merge", "-q", "-r", "6", "--config", "ui.merge=internal:fail");
    await run(it.clone, "commit", "-qm", "as hg does it");
    const { output } = await local(it.clone, "push", world.url("ada", it.name));
    expect(output).toContain("added 1 changesets");
  });

  /** Both lines, then what rob has on each: `null` where he changes nothing, or removes the file. */
  const lines = async (it: Repository, was: string | null, one: ForgedChangeset, other: ForgedChangeset) => {
    const nodes = await pushed(
      it,
      { files: docs(was) },
      { on: 0, files: { a: ["a", ""] } },
      { on: 0, files: docs("two") },
      { on: 1, with: 2, files: docs("two") },
      { on: 2, with: 1, files: { a: ["a", ""] } },
      { ...one, on: 3 },
      { ...other, on: 4 },
    );
    return [nodes[5], nodes[6]] as [string, string];
  };
  const other = { files: { b: ["b", ""] } } as const;
  /** Of the first line's and the second line's file, the second one wins. */
  const merged = (it: Repository, [one, two]: [string, string], content: string | null) =>
    push("ada", it, { on: one, with: two, files: { ...docs(content), b: ["b", ""] } });

  it("is what no merge undoes: by an older one, or by that of a line that has not changed it", async () => {
    for (const was of ["one", null])
      for (const [one, two, taken, undone] of [
        // a change, the file as it was again (or gone again), and that while the other line changes it too
        ["three", "two", "three", "two"],
        [was, "two", was, "two"],
        [was, "four", undefined, "four"],
        [was, "four", undefined, was],
      ] as const) {
        const it = await repository();
        const change = (content: string | null) =>
          content === "two" ? other : { files: { ...docs(content), ...other.files } };
        const nodes = await lines(it, was, change(one), change(two));
        expect((await merged(it, nodes, undone)).answer, `${was} ${one} ${two}`).toContain(refusal);
        if (taken !== undefined)
          expect((await merged(it, nodes, taken)).answer, `${was} ${one} ${two}`).not.toContain("may not");
      }
  });

  it("is what it is for three lines, of which one took the change back", async () => {
    const it = await repository();
    const nodes = await pushed(
      it,
      { files: docs("one") },
      { on: 0, files: { a: ["a", ""] } },
      { on: 0, files: docs("two") },
      { on: 2, files: { ...docs("one"), c: ["c", ""] } },
      { on: 2, files: { d: ["d", ""] } },
      // both have all three; one has the file as it was again, the other one has it changed
      { on: 1, with: 3, files: { c: ["c", ""] } },
      { on: 5, with: 4, files: { d: ["d", ""] } },
      { on: 4, with: 1, files: { a: ["a", ""] } },
      { on: 7, with: 3, files: { c: ["c", ""] } },
    );
    const undone = await push("ada", it, {
      on: nodes[6] as string,
      with: nodes[8] as string,
      files: docs("two"),
    });
    expect(undone.answer).toContain(refusal);
  });
});

describe("a subrepository", () => {
  const sub = (source: string | null, revision = 1) => {
    const state = source === null ? "" : `${`${revision}`.repeat(40)} docs/v\n`;
    const named = source === null ? "" : `docs/v = ${source}\n`;
    return { ".hgsub": [named, ""], ".hgsubstate": [state, ""] } as const;
  };
  const refused = "which changes the subrepository docs/v, to repository";

  it("of the rule's is undone, moved or removed by no merge", async () => {
    for (const changed of [sub("../v", 2), sub("../w"), sub(null)]) {
      const it = await repository();
      const [base, fixed, mine] = (await pushed(
        it,
        { files: sub("../v") },
        { on: 0, files: changed },
        { on: 0, files: { mine: ["mine", ""] } },
      )) as [string, string, string];
      const merge = (files: ForgedChangeset["files"], on = fixed) =>
        push("ada", it, { on, with: mine, files: { ...files, mine: ["mine", ""] } });
      expect((await merge(sub("../v"))).answer).toContain(refused);
      expect((await merge(sub("../v", 3))).answer).toContain(refused);
      // as a merge has it
      expect((await merge(changed)).answer).not.toContain("may not");
      expect((await push("ada", it, { on: base, files: sub("../v", 2) })).answer).toContain(refused);
    }
  });

  it("that one line has added is removed by no merge", async () => {
    const it = await repository();
    const [, added, mine] = (await pushed(
      it,
      { files: { a: ["a", ""] } },
      { on: 0, files: sub("../v") },
      { on: 0, files: { mine: ["mine", ""] } },
    )) as [string, string, string];
    const merge = (on: string, other: string, files: ForgedChangeset["files"]) =>
      push("ada", it, { on, with: other, files: { ...files, mine: ["mine", ""] } });
    expect((await merge(mine, added, {})).answer).toContain(refused);
    expect((await merge(mine, added, sub("../v"))).answer).not.toContain("may not");
  });

  it("of the rule's is sent elsewhere by no rewriting of sources", async () => {
    const good = "docs/v = https://good.example.com/v\n";
    const evil = "[subpaths]\ngood.example = evil.example\n";
    const hgsub = (content: string) => ({ ".hgsub": [content, ""] }) as const;
    const it = await repository();
    const [base] = (await pushed(it, { files: hgsub(good) })) as [string];
    for (const files of [
      hgsub(good + evil),
      { ...hgsub(`${good}%include more\n`), more: [evil, ""] as const },
    ])
      expect((await push("ada", it, { on: base, files })).answer).toContain(refused);
    // what others were allowed to rewrite is merged, and not taken back
    const [rewritten, mine] = (await pushed(
      it,
      { on: base, files: hgsub(good + evil) },
      { on: base, files: { mine: ["mine", ""] } },
    )) as [string, string];
    const merge = (files: ForgedChangeset["files"]) =>
      push("ada", it, { on: rewritten, with: mine, files: { ...files, mine: ["mine", ""] } });
    expect((await merge(hgsub(good))).answer).toContain(refused);
    expect((await merge({})).answer).not.toContain("may not");
    // where no subrepository is the rule's, it is free
    const free = { files: hgsub(`lib/v = https://good.example.com/v\n${evil}`) };
    expect((await push("ada", await repository(), free)).answer).not.toContain("may not");
  });
});
