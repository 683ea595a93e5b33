/** `hgscim hook`: real Git and Mercurial stop a merge and a push after which environments are not in order, and let others through. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";
import { long } from "../long.ts";
import { hgscim, run } from "./hgscim.ts";

let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-hook-"));
  const ada = { GIT_AUTHOR_NAME: "ada", GIT_AUTHOR_EMAIL: "ada@acme.example", GIT_COMMITTER_NAME: "ada" };
  env = {
    HOME: folder,
    ...ada,
    GIT_COMMITTER_EMAIL: "ada@acme.example",
    GIT_CONFIG_NOSYSTEM: "1",
    HGUSER: "ada",
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = () => join(folder, "own");
const origin = () => join(folder, "origin");
const attempt = (program: string, ...args: string[]) => run(program, args, { cwd: own(), env });
const must = async (program: string, ...args: string[]) => {
  const { code, stdout, stderr } = await attempt(program, ...args);
  expect(code, `${program} ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  return stdout.trim();
};
const policy = () => join(own(), "environments/shared/policy.yaml");
const edit = (...changes: (readonly [from: string, to: string])[]) =>
  writeFileSync(
    policy(),
    changes.reduce(
      (text, [from, to]) => {
        expect(text).toContain(from);
        return text.replace(from, to);
      },
      readFileSync(policy(), "utf8"),
    ),
  );
const lineOf = (text: string) =>
  readFileSync(policy(), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1;

/** A project that `init` begins in a checkout, with the package where npm has it. */
async function begin(system: "git" | "hg"): Promise<void> {
  mkdirSync(join(own(), "node_modules"), { recursive: true });
  symlinkSync(resolve("."), join(own(), "node_modules", "hgscim"));
  await must(system, "init", ...(system === "git" ? ["-q", "--initial-branch=main"] : []));
  const begun = await hgscim(["init", "--host", "hg.acme.example"], { cwd: own(), env });
  expect(begun, begun.stderr).toMatchObject({ code: 0 });
  // what scans commits is none of these tests' business
  const scans = join(own(), system === "git" ? ".git/hooks/pre-commit" : ".hg/hgrc");
  writeFileSync(
    scans,
    readFileSync(scans, "utf8").replace(/^(exec .* scan|pretxncommit.hgscim-scan).*$/m, ""),
  );
  // two places that do not touch: a group that may be taken out, and a set that may name it
  edit(["groups: [", "groups: [spare, "]);
  await commit(system, "begin");
}

async function commit(system: "git" | "hg", message: string): Promise<void> {
  await must(system, "add", "environments", system === "git" ? ".gitignore" : ".hgignore");
  await must(system, "commit", "-q", "-m", message);
}

/** Changes that are each in order: `spare` is taken out and named, and who pushes to `next` is said twice. */
const changes = {
  one: [["groups: [spare, ", "groups: ["]],
  two: [["permissions:\n", 'permissions:\n  more: { repositories: ["docs/**"], read: [spare] }\n']],
  three: [["stable: [release-managers] }", "stable: [release-managers], next: [engineering] }"]],
  four: [
    [
      "permissions:\n",
      'permissions:\n  more:\n    { repositories: ["docs/**"], write: [release-managers], branches: { next: [release-managers] } }\n',
    ],
  ],
  five: [["# A change here", "# Each change here"]],
  six: [["stable: [release-managers] }", "stable: [engineering, release-managers] }"]],
} as const;
type Change = keyof typeof changes;
const together = (one: string, other: string) =>
  new RegExp(`${one}.* and ${other}.* are each in order, and together they are not:`);

long(
  "Git makes no merge, and takes no push from here or elsewhere, after which environments are not in order",
  async () => {
    await begin("git");
    for (const name of Object.keys(changes) as Change[]) {
      await must("git", "checkout", "-q", "-b", name, "main");
      edit(...changes[name]);
      // tests of its own say otherwise
      if (name !== "six") await commit("git", name);
      else await must("git", "commit", "-q", "-a", "-m", name);
    }
    await must("git", "clone", "-q", "--bare", own(), origin());
    await must("git", "remote", "add", "origin", origin());
    await must("git", "--git-dir", origin(), "symbolic-ref", "HEAD", "refs/heads/main");
    await must("git", "--git-dir", origin(), "branch", "-q", "-D", ...Object.keys(changes));
    await must("git", "fetch", "-q", "origin");
    const installed = await hgscim(["hook", "install"], { cwd: origin(), env });
    expect(installed).toMatchObject({ code: 0, stdout: "hooks/pre-receive: written\n", stderr: "" });

    await must("git", "checkout", "-q", "one");
    const before = await must("git", "rev-parse", "HEAD");
    const merged = await attempt("git", "merge", "two");
    expect(merged.code).not.toBe(0);
    const said = merged.stdout + merged.stderr;
    expect(said).toMatch(together("one", "two"));
    expect(said).toMatch(
      new RegExp(`^environments/shared/policy\\.yaml:${lineOf("read: [spare]")}:\\d+: .*spare`, "m"),
    );
    expect(said).toContain("Correct these lines and git commit, or git merge --abort.");
    // as the guide shows it
    const [, shown = ""] =
      /^```\n(one and two [\s\S]*?)^```/m.exec(readFileSync("docs/reviewing.md", "utf8")) ?? [];
    expect(shown).not.toBe("");
    for (const line of shown.trim().split("\n")) expect(said).toContain(line);
    await must("git", "merge", "--abort");
    expect(await must("git", "rev-parse", "HEAD")).toBe(before);
    await must("git", "merge", "-q", "--no-edit", "five");

    // what is pushed is looked at together with the branch that is deployed
    await must("git", "push", "-q", "origin", "three:main");
    for (const passing of [[], ["--no-verify"]]) {
      const pushed = await attempt("git", "push", ...passing, "origin", "four");
      expect(pushed.code).not.toBe(0);
      expect(pushed.stderr).toMatch(together("main", "four"));
      expect(pushed.stderr).toMatch(/environments\/shared\/policy\.yaml:\d+:\d+: /);
      expect(pushed.stderr).toContain("after main is merged into it, and push again");
    }
    // HEAD of a repository that was made for pushes names a branch that nobody has pushed
    await must("git", "--git-dir", origin(), "symbolic-ref", "HEAD", "refs/heads/nowhere");
    const nameless = await attempt("git", "push", "--no-verify", "origin", "four");
    expect(nameless.code).not.toBe(0);
    expect(nameless.stderr).toMatch(together("main", "four"));
    await must("git", "--git-dir", origin(), "symbolic-ref", "HEAD", "refs/heads/main");
    await must("git", "push", "-q", "origin", "five");
    // a remote by its address has no main branch that is known here
    await must("git", "push", "-q", `file://${origin()}`, "five:again");
    await must("git", "push", "-q", `file://${origin()}`, ":again");
    // somebody must merge by hand, and that merge is looked at then
    expect((await attempt("git", "push", "origin", "six")).stderr).toMatch(
      /six with main: not looked at, for .* does not merge by itself .*: 1 file conflicts: environments\/shared\/policy\.yaml/,
    );
    const refs = await must("git", "ls-remote", "--heads", "origin");
    expect(refs.match(/refs\/heads\/\w+/g)).toEqual(
      ["five", "main", "six"].map((name) => `refs/heads/${name}`),
    );

    // one side alone, and what is on neither
    await must("git", "checkout", "-q", "-b", "broken", "main");
    edit(["write: [engineering]", "write: [enginering]"]);
    await commit("git", "broken");
    const broken = await attempt("git", "push", "--no-verify", "origin", "broken");
    expect(broken.stderr).toContain("broken with main is not in order, as broken is not:");
    expect((await attempt("git", "push", "origin", "+broken:main")).stderr).toContain(
      "main is not in order:",
    );
    await must("git", "push", "-q", "origin", ":five");

    // a hook that cannot look lets nothing through
    await must("git", "checkout", "-q", "one");
    renameSync(join(own(), "node_modules"), join(own(), "elsewhere"));
    const blind = await attempt("git", "merge", "--no-edit", "three");
    expect(blind.code).not.toBe(0);
    expect(blind.stderr).toContain(
      "main.js: no such file (expected npm install, or hgscim hook install again)",
    );
    renameSync(join(own(), "elsewhere"), join(own(), "node_modules"));
    await must("git", "merge", "--abort");
    const hook = join(own(), ".git/hooks/pre-merge-commit");
    writeFileSync(hook, readFileSync(hook, "utf8").replace(process.execPath, "/nowhere/node"));
    const without = await attempt("git", "merge", "--no-edit", "three");
    expect(without.code).not.toBe(0);
    expect(without.stderr).toContain("/nowhere/node");
  },
);

test("Mercurial makes no merge, and takes no push, after which environments are not in order; a pull is none", async () => {
  await begin("hg");
  const nodes = new Map<string, string>();
  const start = await must("hg", "log", "-r", ".", "-T", "{node}");
  for (const name of ["one", "two", "three", "four", "five"] as const) {
    await must("hg", "update", "-q", "--clean", start);
    if (name === "four") await must("hg", "branch", "-q", "feature");
    edit(...changes[name]);
    await commit("hg", name);
    nodes.set(name, await must("hg", "log", "-r", ".", "-T", "{node}"));
  }
  const at = (name: Change) => nodes.get(name) ?? "";
  await must("hg", "clone", "-q", "--noupdate", "-r", start, own(), origin());
  const installed = await hgscim(["hook", "install"], { cwd: origin(), env });
  expect(installed).toMatchObject({
    code: 0,
    stdout: ".hg/hgrc: written\n.hg/hgrc: written\n",
    stderr: "",
  });

  await must("hg", "update", "-q", "--clean", at("one"));
  await must("hg", "merge", "-q", at("two"));
  const merged = await attempt("hg", "commit", "-m", "both");
  expect(merged.code).toBe(255);
  const said = merged.stdout + merged.stderr;
  expect(said).toMatch(together("default", "default"));
  expect(said).toMatch(
    new RegExp(`^environments/shared/policy\\.yaml:${lineOf("read: [spare]")}:\\d+: .*spare`, "m"),
  );
  expect(await must("hg", "log", "-r", "tip", "-T", "{node}")).toBe(at("five"));
  await must("hg", "update", "-q", "--clean", at("one"));
  await must("hg", "merge", "-q", at("five"));
  await must("hg", "commit", "-m", "one and five");

  await must("hg", "push", "-q", "-r", at("three"), origin());
  const pushed = await attempt("hg", "push", "--new-branch", "-r", at("four"), origin());
  expect(pushed.code).not.toBe(0);
  expect(pushed.stdout + pushed.stderr).toMatch(together("default", "feature"));
  expect(pushed.stdout + pushed.stderr).toMatch(/environments\/shared\/policy\.yaml:\d+:\d+: /);
  await must("hg", "push", "-q", "--force", "-r", at("five"), origin());
  const there = await must("hg", "--cwd", origin(), "log", "-T", "{node}\n");
  expect(there.split("\n").sort()).toEqual([start, at("three"), at("five")].sort());
  await must("hg", "pull", "-q", "--cwd", origin(), own());

  const blind = await hgscim(["hook", "pretxnchangegroup"], { cwd: origin(), env });
  expect(blind).toMatchObject({ code: 1, stdout: "" });
  expect(blind.stderr).toBe(
    "hgscim hook pretxnchangegroup cannot look, and lets nothing through: HG_NODE is not set (expected Mercurial to run this)\n",
  );
});

test("with --ask two changes that are each within the bounds are stopped where they are not together, and all where nobody can be asked", async () => {
  const h: Harness = await startHarness(["core/api", "docs"]);
  const project: Project = await makeProject(h);
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=ada", "-c", "user.email=ada@acme.example", ...args], {
      cwd: project.folder,
      env: { GIT_CONFIG_NOSYSTEM: "1", ...project.env },
    });
  const done = async (...args: string[]) => expect(await git(...args)).toMatchObject({ code: 0 });
  try {
    project.edit("environments/local.yaml", (text) => `${text}\nbounds: { lose: 70%, above: 2 }\n`);
    // samples that are about other things
    for (const other of ["tests", "reference.yaml", "constraints.yaml", "production.yaml", "staging.yaml"])
      rmSync(join(project.folder, "environments", other), { recursive: true, force: true });
    await h.deploy(await h.release());
    await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"], "docs-team": ["cy"] });
    await done("init", "-q", "--initial-branch=main");
    await done("add", "environments");
    await done("commit", "-q", "-m", "begin");
    for (const [name, edits] of Object.entries({
      one: [
        ["    write: [core-team]\n", ""],
        ["    branches: { stable", "    # { stable"],
      ],
      two: [["    write: [docs-team]\n", ""]],
    } as const)) {
      await done("checkout", "-q", "-b", name, "main");
      for (const [from, to] of edits)
        project.edit("environments/shared/policy.yaml", (text) => text.replace(from, to));
      await done("commit", "-q", "-a", "-m", name);
    }
    expect((await project.hgscim("hook", "install", "--ask")).stdout).toMatch(/pre-merge-commit: written\n/);
    const merged = await git("merge", "--no-edit", "one");
    expect(merged.code).not.toBe(0);
    expect(merged.stderr).toMatch(together("two", "one"));
    expect(merged.stderr).toContain("local: 3 of 3 accounts with access lose a right: ada, bob, cy");
    await done("merge", "--abort");
    delete project.env.HGSCIM_TOKEN;
    await done("checkout", "-q", "-b", "three", "main");
    writeFileSync(join(project.folder, "notes"), "");
    await done("add", "notes");
    await done("commit", "-q", "-m", "notes");
    const unasked = await git("merge", "--no-edit", "one");
    expect(unasked.code).not.toBe(0);
    expect(unasked.stderr).toContain("local: its agent does not say what this does: ");
  } finally {
    project.remove();
    await h.stop();
  }
});

test("what is there of somebody else stays; a second time changes nothing; another branch is written anew", async () => {
  await begin("git");
  const install = (...args: string[]) => hgscim(["hook", "install", ...args], { cwd: own(), env });
  expect((await install()).stdout).toBe(
    ".git/hooks/pre-merge-commit: written\n.git/hooks/pre-push: written\n",
  );
  expect((await install()).stdout).toBe(
    ".git/hooks/pre-merge-commit: looks already, nothing changed\n.git/hooks/pre-push: looks already, nothing changed\n",
  );
  expect((await install("--main", "stable")).stdout).toContain("pre-push: written");
  const hook = join(own(), ".git/hooks/pre-push");
  expect(readFileSync(hook, "utf8")).toMatch(/ hook pre-push --main stable "\$@"\n$/);
  writeFileSync(hook, "#!/bin/sh\nnpm test\n");
  const kept = await install();
  expect(kept.code).toBe(1);
  expect(kept.stderr).toMatch(
    /another hook is there, and stays as it is \(expected in it: exec env .* hook pre-push "\$@"\)/,
  );
  expect(readFileSync(hook, "utf8")).toBe("#!/bin/sh\nnpm test\n");
  for (const [args, said] of [
    [["post-merge"], "which hook? (expected one of pre-merge-commit, pre-push, pre-receive,"],
    [["install", "--mian", "x"], "--main"],
  ] as const) {
    const wrong = await hgscim(["hook", ...args], { cwd: own(), env });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(said)]);
  }
  expect(existsSync(join(own(), ".git/hooks/post-merge"))).toBe(false);
});
