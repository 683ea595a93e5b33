/** `hgscim review` as a process: against a real agent, and on files of real Git and Mercurial checkouts. */
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ReviewReport } from "../../report/review/report.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { localFile, makeProject, type Project, policyFile } from "../e2e/terraform-project.ts";
import { isSoak, long } from "../long.ts";
import { run } from "./hgscim.ts";

let h: Harness;
let active: string;
let project: Project;
beforeAll(async () => {
  h = await startHarness(["core/api", "core/web", "docs"]);
  active = await h.deploy(await h.release());
  await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"], "docs-team": ["cy"] });
});
afterAll(() => h.stop());
beforeEach(async () => {
  project = await makeProject(h);
});
afterEach(() => project.remove());

const review = (...args: string[]) => project.hgscim("review", "local", ...args);
const json = async (...args: string[]): Promise<ReviewReport> =>
  JSON.parse((await review("--format", "json", ...args)).stdout);
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));

test("against what is active: who loses what, where, because of which line, and whether it is refused", async () => {
  takePushAway();
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 10%, above: 1 }\n`);
  const told = await json("--source-url", "https://hg.example.com/p/file/tip/{path}#l{line}");
  expect(told).toMatchObject({
    environment: "local",
    verdict: "2 accounts lose push on 2 repositories; 1 account gains push on 2 repositories",
    unnamed: null,
    digests: { base: active, comparedWith: "active", active: null },
    people: {
      accounts: 3,
      lose: 2,
      gain: 1,
      effect: [
        {
          accounts: ["ada", "bob"],
          parts: [{ repositories: ["core/api", "core/web"], because: ["permissions.core"] }],
        },
        { accounts: ["cy"] },
      ],
    },
    refused: [expect.stringContaining("2 of 3 accounts with access lose a right: ada, bob")],
    accept: `accept: { from: ${active}, lose: 2, gain: 1 }`,
    holds: { total: 0 },
    approval: expect.stringMatching(/^hgscim1:local:/),
    unapproved: null,
  });
  const [entry] = told.entries;
  const [, line] = /^environments\/shared\/policy\.yaml:(\d+):3$/.exec(entry?.position ?? "") ?? [];
  expect(entry).toMatchObject({
    entry: "permissions.core",
    changes: ["write gains okta/docs-team, loses okta/core-team"],
    link: `https://hg.example.com/p/file/tip/environments/shared/policy.yaml#l${line}`,
  });
  // the samples of policy tests say who pushes to core
  expect(told.tests.failed.map(({ name }) => name)).toContainEqual(expect.stringContaining("pushes to core"));

  const { code, stdout } = await review();
  expect(code).toBe(1);
  expect(stdout.split("\n")[0]).toBe("<!-- hgscim review: local -->");
  for (const part of [
    "**2 accounts lose push on 2 repositories; 1 account gains push on 2 repositories.**",
    "2 accounts lose a right, 67% of the 3 with access; 1 gains one.",
    `| 2 accounts: \`ada\`, \`bob\` | 2 repositories: \`core/api\`, \`core/web\` | read and push | read | \`environments/shared/policy.yaml:${line}:3\` |`,
    `\`accept: { from: ${active}, lose: 2, gain: 1 }\``,
    "| `okta/core-team` | 2 | 2 | 0 |",
  ])
    expect(stdout).toContain(part);

  // whoever reads the machine's comments need not know who it is
  project.env.HGSCIM_IMPACT = "counts";
  const counted = await json("--base", "active");
  expect(counted.people?.effect.map(({ people, accounts }) => ({ people, accounts }))).toEqual([
    { people: 2, accounts: [] },
    { people: 1, accounts: [] },
  ]);
});

/** Git's are reviewed by the pipelines of `company.test.ts` too. */
const checkouts = [
  {
    system: "git",
    make: ["init", "-q"],
    commit: ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qm", "first"],
    head: ["rev-parse", "HEAD"],
    goTo: ["checkout", "-q"],
    range: "HEAD~1..HEAD",
    forget: ["rm", "-q", "--cached"],
  },
  {
    system: "hg",
    make: ["init"],
    commit: ["commit", "-u", "ada", "-m", "first"],
    head: ["log", "-r", ".", "-T", "{node}"],
    goTo: ["update", "-q", "--clean"],
    range: "0:nosuch",
    forget: ["forget"],
  },
];

describe.each(isSoak ? checkouts : checkouts.slice(1))(
  "in a checkout of $system",
  ({ system, make, commit, head, goTo, range, forget }) => {
    const vcs = async (...args: string[]) => {
      const finished = await run(system, args, { cwd: project.folder, env: { HOME: project.folder } });
      expect(finished).toMatchObject({ code: 0 });
      return finished.stdout.trim();
    };
    const committed = async () => {
      await vcs("add", "environments");
      await vcs(...commit);
      return vcs(...head);
    };
    let first: string;
    beforeEach(async () => {
      await vcs(...make);
      first = await committed();
    });

    test("a revision is compared with, and the agent asked about it; without the agent the files say which groups gain and lose", async () => {
      takePushAway();
      expect(await json("--base", first)).toMatchObject({
        digests: { comparedWith: first, revision: first, active },
        people: { lose: 2, gain: 1 },
      });
      const before = project.files();
      const { code, stdout, stderr } = await review("--base", first, "--offline", "--format", "json");
      const told: ReviewReport = JSON.parse(stdout);
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(told).toMatchObject({
        people: null,
        unnamed: "nobody was asked (--offline)",
        verdict:
          "1 group or account loses something by 1 permission set; 1 group or account gains something by 1 permission set",
        digests: { revision: first, active: null },
        refused: [],
        rules: [
          {
            entry: "permissions.core",
            subject: "okta/core-team",
            direction: "loses",
            before: "read and push",
          },
          {
            entry: "permissions.core",
            subject: "okta/docs-team",
            direction: "gains",
            after: "read and push",
          },
        ],
      });
      expect(project.files()).toEqual(before);
      // a fork's pull request has no token
      delete project.env.HGSCIM_TOKEN;
      const forked = await review("--base", first);
      expect(forked.stdout).toMatch(/Nobody's name can be told here:.*`environments\/local\.yaml:\d+:\d+`/);
      const unasked = await review();
      expect(unasked).toMatchObject({ code: 1, stdout: "" });
      expect(unasked.stderr).toContain("With --base <revision> the files are compared");
    });

    long(
      "an entry that is gone stands where it stood; an environment that was not there had nothing",
      async () => {
        project.edit(policyFile, (text) =>
          text
            .replace(/ {2}releases:\n(?: {4}.*\n?)*/, "")
            .replace("user.active &&", "user.active == true &&"),
        );
        const told = await json("--base", first, "--offline");
        expect(told.verdict).toMatch(
          /; connectors\.okta changes, and only an agent says what that does to people$/,
        );
        expect(told.entries).toContainEqual(
          expect.objectContaining({
            entry: "permissions.releases",
            kind: "removed",
            position: expect.stringMatching(/^environments\/shared\/policy\.yaml:\d+:3$/),
          }),
        );
        await run("mv", [localFile, "environments/another.yaml"], { cwd: project.folder });
        const another = await project.hgscim(
          "review",
          "another",
          "--base",
          first,
          "--offline",
          "--format",
          "json",
        );
        expect(JSON.parse(another.stdout)).toMatchObject({ digests: { base: null, revision: first } });
        // where the agent is asked, it knows what is active, and the review says that it is not the revision
        await vcs(...forget, localFile);
        await vcs(...commit);
        const without = await vcs(...head);
        await run("mv", ["environments/another.yaml", localFile], { cwd: project.folder });
        expect((await json("--base", without)).digests).toMatchObject({
          ...{ base: active, comparedWith: "active", revision: null, absentAt: without },
        });
      },
    );

    long(
      "two changes that are in order, and together are not, are found before they are merged",
      async () => {
        project.edit(localFile, (text) => `${text}\nbounds: { lose: 70%, above: 2 }\n`);
        const start = await committed();
        const branch = async (...edits: [from: string, to: string][]) => {
          await vcs(...goTo, start);
          for (const [from, to] of edits) project.edit(policyFile, (text) => text.replace(from, to));
          return committed();
        };
        const one = await branch(
          ["    write: [core-team]\n", ""],
          ["    branches: { stable", "    # { stable"],
        );
        const two = await branch(["    write: [docs-team]\n", ""]);
        // a forge that shows files of its pipeline's revision shows none of a merge
        Object.assign(project.env, {
          ...{ GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "a/b", GITHUB_SHA: "f00" },
        });
        const alone = await json();
        expect([alone.people?.lose, alone.refused]).toEqual([1, []]);
        expect(alone.entries.map(({ link }) => link)).not.toContain(null);
        // but for what hg remembers of its own
        const files = () => new Map([...project.files()].filter(([name]) => !name.startsWith(".hg/cache/")));
        const before = files();
        const told = await json("--merge", one);
        expect(told).toMatchObject({
          digests: { merged: `${two}+${one}` },
          people: { lose: 3 },
          refused: [expect.stringContaining("3 of 3 accounts with access lose a right: ada, bob, cy")],
        });
        expect(told.entries.map(({ link }) => link)).toEqual(told.entries.map(() => null));
        expect(told.entries.map(({ position }) => position)).toEqual(
          told.entries.map(() => expect.stringMatching(/^environments\/[\w/]+\.yaml:\d+:\d+$/)),
        );
        expect(files()).toEqual(before);

        const three = await branch([", docs-team, release", ", release"], ["    write: [docs-team]\n", ""]);
        const four = await branch(["read: [core-team]", "read: [core-team, docs-team]"]);
        for (const own of [three, four]) {
          await vcs(...goTo, own);
          expect((await json("--base", start)).refused).toEqual([]);
        }
        const starved = await review("--merge", three);
        expect([starved.code, starved.stdout]).toEqual([1, ""]);
        expect(starved.stderr).toMatch(/environments\/shared\/policy\.yaml:\d+:\d+.*docs-team/s);

        const five = await branch(["    write: [core-team]\n", "    write: [docs-team]\n"]);
        const clash = await review("--merge", one, "--base", start, "--offline");
        expect([clash.code, clash.stdout]).toEqual([1, ""]);
        expect(clash.stderr).toBe(
          `${one} does not merge by itself with what is checked out: 1 file conflicts: environments/shared/policy.yaml\n`,
        );
        // what is in it already, and what goes on from it
        const own = await json();
        expect((await json("--merge", start)).digests).toEqual({
          ...own.digests,
          merged: `${five}+${start}`,
        });
        await vcs(...goTo, start);
        expect((await json("--merge", five)).digests.release).toBe(own.digests.release);
      },
    );

    test("a merge calls nobody: neither where a subrepository nor where a submodule of what is proposed comes from", async () => {
      let calls = 0;
      const stranger = createServer((socket) => {
        calls++;
        socket.destroy();
      }).listen(0, "127.0.0.1");
      await once(stranger, "listening");
      const address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/sub`;
      if (system === "hg") {
        await run("hg", ["init", "sub"], { cwd: project.folder });
        project.edit(localFile, (text) => `${text}# with a subrepository\n`);
        writeFileSync(join(project.folder, "sub/a"), "");
        await vcs("--cwd", "sub", "commit", "-q", "--addremove", "-u", "ada", "-m", "sub");
        writeFileSync(join(project.folder, ".hgsub"), `sub = ${address}\n`);
        await vcs("add", ".hgsub");
      } else {
        writeFileSync(
          join(project.folder, ".gitmodules"),
          `[submodule "sub"]\npath = sub\nurl = ${address}\n`,
        );
        await vcs("update-index", "--add", "--cacheinfo", `160000,${first},sub`);
        await vcs("add", ".gitmodules");
      }
      const proposed = await committed();
      await vcs(...goTo, first);
      expect((await json("--merge", proposed)).digests.merged).toBe(`${first}+${proposed}`);
      takePushAway();
      const own = await committed();
      expect(await json("--merge", proposed)).toMatchObject({
        digests: { merged: `${own}+${proposed}` },
        people: { lose: 2 },
      });
      expect(calls).toBe(0);
      stranger.close();
    });

    test("what is no revision is told, and nothing that it names runs or is read elsewhere", async () => {
      for (const [revision, said] of [
        ["--output=/tmp/x", 'no revision begins with "-"'],
        [range, JSON.stringify(range)],
      ] as const) {
        const { code, stdout, stderr } = await review("--offline", `--base=${revision}`);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toContain(said);
        expect(stderr).not.toContain(" at ");
      }
      // a link that leads out is as little read at a revision as in the folder
      const outside = join(h.folder, "outside.yaml");
      await run("mv", [join(project.folder, policyFile), outside], { cwd: "/" });
      symlinkSync(outside, join(project.folder, policyFile));
      await vcs("add", "environments");
      const linked = await committed();
      await run("rm", [policyFile], { cwd: project.folder });
      await run("cp", [outside, policyFile], { cwd: project.folder });
      const { code, stderr } = await review("--offline", "--base", linked);
      expect(code).toBe(1);
      expect(stderr).toContain(`local is not valid at revision ${linked}`);
      expect(stderr).toMatch(/environments\/local\.yaml:\d+:\d+: .*leads out of the project/);
    });
  },
);

test("a plan is reviewed in the same words, of the release that it starts from, and fails as the plan does", async () => {
  takePushAway();
  const planned = await project.hgscim("plan", "local", "--format", "json", "--out", "kept.tfplan");
  const reviewed = await review("--format", "json");
  expect(planned.stderr).toBe("");
  expect(JSON.parse(planned.stdout)).toEqual(JSON.parse(reviewed.stdout));
  expect(project.files().has("kept.tfplan")).toBe(true);
  // the samples of policy tests fail
  expect([planned.code, reviewed.code]).toEqual([1, 1]);
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 10%, above: 1 }\n`);
  const beyond = await project.hgscim("plan", "local", "--format", "markdown");
  expect(beyond.code).toBe(1);
  expect(beyond.stdout).toContain(`\`accept: { from: ${active}, lose: 2, gain: 1 }\``);
  expect(beyond.stderr).toContain("more people would lose access than its bounds allow");
  const both = await project.hgscim("plan", "local", "--format", "json", "--json");
  expect(both).toMatchObject({ code: 2, stdout: "" });
});

test("wrong usage is told", async () => {
  for (const [args, said] of [
    [["--format", "pdf"], 'no format "pdf"'],
    [["--source-url", "javascript:{path}"], "--source-url is no address"],
    [["--offline"], "expected --base <revision>"],
  ] as const) {
    const { code, stderr, stdout } = await review(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
  }
});
