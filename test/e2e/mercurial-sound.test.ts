/** A push that would keep others from cloning, reading or verifying the repository is refused, whoever pushes. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAccess } from "../agent/mercurial/access.ts";
import { clientEnvironment, commit, hg, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { Hostile } from "../agent/mercurial/hostile.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { access, World } from "../agent/mercurial/world.ts";

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

/** A repository and a clone of it. */
async function repository() {
  const name = `core/sound${++made}`;
  await makeRepository(world.path("root", name));
  const clone = world.path(`clone${made}`);
  await succeed(local(world.folder, "clone", "-q", world.path("root", name), clone));
  return { name, clone };
}

/** Commits in a repository what hg would not, by Python that patches it first. */
async function forge(repository: string, patch: string, paths = "[]", parent = "tip"): Promise<void> {
  const program = `
import sys
from mercurial import changelog, context, extensions, hg, manifest, ui as uimod
${patch}
repo = hg.repository(uimod.ui.load(), sys.argv[1].encode())
with repo.wlock(), repo.lock(), repo.transaction(b'forged'):
    content = lambda repo, made, path: context.memfilectx(repo, made, path, path)
    made = context.memctx(repo, (repo[b'${parent}'].node(), None), b'forged', ${paths}, content, b'u', b'0 0')
    repo.commitctx(made)
`;
  execFileSync((await installed()).python, ["-c", program, repository], { env: clientEnvironment });
}

const push = async (clone: string, name: string, ...args: string[]) =>
  (await hg(clone, "push", "-f", ...args, world.url("ada", name))).output;

/** Nothing of a push is stored, and whoever clones can read all that is there. */
async function unharmed(name: string): Promise<void> {
  const folder = world.path(`seen${++made}`);
  await succeed(hg(world.folder, "clone", world.url("rob", name), folder));
  expect(
    (await succeed(local(folder, "log", "-T", "{date|isodate} {desc}\n"))).trim().split("\n"),
  ).toHaveLength(1);
}

describe("a changeset", () => {
  it.each([
    ["the revision of its file", "files", "missing file data for"],
    ["its manifest", "manifests", "abort"],
  ])("does not come without %s", async (_, what, sentence) => {
    const { name, clone } = await repository();
    await commit(clone, "lacking", "x");
    const extension = world.path("lack.py");
    writeFileSync(
      extension,
      `from mercurial import changegroup, extensions
def files(orig, *args, **kwargs):
    return iter(())
def manifests(orig, *args, **kwargs):
    for tree, deltas in orig(*args, **kwargs):
        list(deltas)
        yield tree, ()
def extsetup(ui):
    extensions.wrapfunction(changegroup.cgpacker, 'generate${what}', ${what})
`,
    );
    const output = await push(clone, name, "--config", `extensions.lack=${extension}`);
    expect(output).toContain(sentence);
    expect(output).not.toContain("added 1");
    await unharmed(name);
  });

  it.each([
    ["nan 0", "its date is none"],
    ["inf 0", "its date is none"],
    ["99999999999 0", "its date is none"],
    ["x 0", "its date is none"],
    ["0 x", "its date is none"],
    [`0 ${"9".repeat(20)}`, "its time zone is none"],
  ])("has a date that everybody can read: %s", async (date, sentence) => {
    const { name, clone } = await repository();
    await forge(
      clone,
      `extensions.wrapfunction(changelog.changelog, 'addrevision', lambda orig, self, text, *a, **k:
    orig(self, text.replace(b'\\n0 0', b'\\n${date}', 1), *a, **k))`,
    );
    for (const config of [[], ["--config", "devel.legacy.exchange=bundle1"]])
      expect(await push(clone, name, ...config)).toContain(sentence);
    await unharmed(name);
  });

  it.each<[string, string, [string, string]]>([
    ["a manifest", "it is malformed", ["\n", "z\n"]],
    ["a user", "its user is none", ["mallory\n", "\n"]],
    ["a user without a line break", "its user is none", ["mallory\n", "mal\rlory\n"]],
    ["a description", "it is malformed", ["\n\n", "\n"]],
    ["a date with a time zone", "it is malformed", ["\n0 0", "\n0"]],
    ["names for what it says besides", "it is malformed", ["\n0 0", "\n0 0 x"]],
    ["each of them once", "it is malformed", ["\n0 0", "\n0 0 a:1\0a:2"]],
    ["them as they are read", "it is malformed", ["\n0 0", "\n0 0 a:\\x41"]],
    ["nothing empty among them", "it is malformed", ["\n0 0", "\n0 0 a:1\0\0b:2"]],
    ["its branch once", "it is malformed", ["\n0 0", "\n0 0 branch:stable\0branch:default"]],
    ["the files that it changes", "it does not list the file 'a', which it changes", ["\na\n", "\n"]],
    ["no others", "it lists the file 'none', which is not there", ["\na\n", "\na\nnone\n"]],
  ])("says %s, as hg writes it", async (_, why, alteration) => {
    const { name, clone } = await repository();
    const changesets = [
      { on: (await world.changesets(name))[0] as string, files: { a: ["a", ""] }, text: [alteration] },
    ] as const;
    for (const version of [1, 2] as const) {
      const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "ada", {
        changesets,
        version,
      });
      expect(answer).toMatch(new RegExp(`${why}|hg pushes nothing like what is in this bundle|^.*\n0\n`));
      expect(answer).not.toContain("added 1");
    }
    expect(world.log.join("")).not.toContain("Traceback");
    await unharmed(name);
  });

  it("says what it likes besides, as long as that is read as it is written", async () => {
    const { name, clone } = await repository();
    const extra = {
      close: "1",
      source: "\xff\0\n\r\\",
      "a-b": "x:y",
      a: "",
      rebase_source: "x".repeat(5_000),
    };
    const changesets = [
      { on: (await world.changesets(name))[0] as string, files: { a: ["a", ""] }, extra },
    ] as const;
    const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "ada", { changesets });
    expect(answer).toContain("added 1 changesets");
  });

  it("has dates as hg has always committed them", async () => {
    const { name, clone } = await repository();
    for (const date of ["0 0", "-2000000000 -50400", "2147483647 43200"]) {
      writeFileSync(`${clone}/README`, date);
      await succeed(local(clone, "commit", "-qm", date, "-d", date));
    }
    await forge(
      clone,
      `extensions.wrapfunction(changelog.changelog, 'addrevision', lambda orig, self, text, *a, **k:
    orig(self, text.replace(b'\\n0 0', b'\\n1165411790.5 18000', 1), *a, **k))`,
    );
    expect(await push(clone, name)).toContain("added 4 changesets");
  });
});

describe("a path", () => {
  const forbidden = "manifest._checkforbidden = lambda paths: None";

  it.each(["a\\r\\rb", "a\\r", "a\\nb", "folder\\r/b"])(
    "has no line break, also where no path rule is: %s",
    async (path) => {
      const { name, clone } = await repository();
      await forge(clone, forbidden, `[b'${path}']`).catch(() => {});
      const pushed = await push(clone, name);
      expect(pushed).toMatch(/has a line break|nobody can read its manifest|no changes found|abort/);
      expect(pushed).not.toContain("added 1");
      await unharmed(name);
      await succeed(
        hg(world.folder, "clone", "--stream", world.url("rob", name), world.path(`streamed${made}`)),
      );
    },
  );

  it("that was there before may stay and be removed", async () => {
    const { name, clone } = await repository();
    await forge(world.path("root", name), forbidden, "[b'a\\r']");
    await succeed(local(clone, "pull", "-q", "-u", world.path("root", name)));
    await commit(clone, "beside", "x");
    expect(await push(clone, name)).toContain("added 1 changesets");
    await succeed(local(clone, "remove", "a\r"));
    await succeed(local(clone, "commit", "-qm", "removed"));
    expect(await push(clone, name)).toContain("added 1 changesets");
  });
});

describe("a revision of a file", () => {
  const head = (...lines: string[]) => ["\x01", ...lines, "\x01", "content"].join("\n");
  it.each([
    ["it is censored", head("censored: by mallory"), undefined],
    ["it is malformed", "\x01\ncopy: README", undefined],
    ["it is malformed", head("copy"), undefined],
    ["it is malformed", head("copy: README"), undefined],
    ["it is malformed", head("copy: README", "copyrev: 12"), undefined],
    ["its content is another one", "content", "another"],
  ])("is one that everybody can read: %s", async (why, content, named) => {
    const { name, clone } = await repository();
    const on = (await world.changesets(name))[0] as string;
    const stray = [{ path: "README", content, link: 0, ...(named === undefined ? {} : { named }) }];
    for (const version of [1, 2] as const) {
      const push = { changesets: [{ on, files: { a: ["a", ""] } }], stray, version } as const;
      const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "ada", push);
      const checked = `${why}|hg pushes nothing like what is in this bundle`;
      expect(answer).toMatch(new RegExp(version === 1 ? `${checked}|^.*\\n0\\n$` : checked));
      expect(answer).not.toContain("added 1");
    }
    await unharmed(name);
  });
});

describe("a manifest", () => {
  const node = "0123456789".repeat(4);
  it.each<[string, [string, string]]>([
    ["entries in order", ["README", "z"]],
    ["an entry of each path once", ["a\0", `README\0${node}\na\0`]],
    ["a path for each", ["a\0", "\0"]],
    ["nodes for each", ["a\0", "a\0zz"]],
    ["flags that there are", ["\n", "q\n"]],
    ["one flag for each", ["\n", "lx\n"]],
    ["an end", ["\n", ""]],
    ["files that came", ["a\0", `Z\0${node}\na\0`]],
  ])("has %s", async (_, entries) => {
    const { name, clone } = await repository();
    const on = (await world.changesets(name))[0] as string;
    for (const [version, apart] of [
      [1, false],
      [2, false],
      [2, true],
    ] as const) {
      const changesets = [{ on, files: { a: ["a", ""] as const }, entries: [entries], apart }];
      const push = { changesets, version };
      const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "ada", push);
      expect(answer).toMatch(
        /nobody can read its manifest|hg pushes nothing like what is in|has another one|missing file data|^.*\n0\n/,
      );
      expect(answer).not.toContain("added 1");
    }
    expect(world.log.join("")).not.toContain("Traceback");
    await unharmed(name);
  });
});
