/** `hgscim init`: what it writes is valid, tested and hooked in; what was there stays; what it is told wrongly is said. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { version } from "../../model/package.ts";
import { prose } from "../../report/review/markdown-text.ts";
import { noApproval } from "../../report/review/words.ts";
import { startForge } from "../e2e/forges.ts";
import { pipelineOf } from "../e2e/pipelines.ts";
import { hgscim, run } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const here = (...args: string[]) => hgscim(args, { cwd: folder, env: { HOME: folder } });
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const filesIn = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((file) => !/^\.(git|hg)\//.test(file))
    .sort();

const always = [
  ...["cdktf.json", "environments/production.yaml", "environments/schema.json"],
  ...["environments/shared/policy.yaml", "environments/staging.yaml", "environments/tests/people.yaml"],
  ...["main.ts", "package.json", "tsconfig.json"],
];

test.each([
  [
    "git",
    "okta",
    "github",
    [".github/workflows/hgscim-review.yml", ".github/workflows/hgscim.yml", ".gitignore"],
  ],
  ["git", "entra", "atlantis", [".gitignore", "atlantis.yaml"]],
  ["hg", "google", "heptapod", [".gitlab-ci.yml", ".hgignore"]],
  ["hg", "scim", "none", [".hgignore"]],
])(
  "in %s, for %s and %s: valid, its policy tests pass, and commits are scanned",
  async (vcs, idp, pipeline, own) => {
    expect((await run(vcs, ["init"], { cwd: folder, env: { HOME: folder } })).code).toBe(0);
    const begun = await here("init", "--host", "hg.acme.example", "--idp", idp, "--pipeline", pipeline);
    expect(begun).toMatchObject({ code: 0, stderr: "" });
    expect(filesIn()).toEqual([...own, ...always].sort());
    for (const file of filesIn()) expect(read(file), file).not.toMatch(/\{\{\w+\}\}|undefined/);
    for (const file of own.filter((name) => /\.ya?ml$/.test(name)))
      expect(parse(read(file)), file).toBeInstanceOf(Object);

    // what merges and pushes make is looked at, by the project's own package too
    const looking = vcs === "git" ? ["pre-merge-commit", "pre-push"] : ["hgrc"];
    for (const file of looking)
      expect(read(join(vcs === "git" ? ".git/hooks" : ".hg", file))).toContain(
        `env HGSCIM_ENVIRONMENTS=environments ${process.execPath} ${join(folder, "node_modules/hgscim/dist/cli/main.js")} hook pre`,
      );

    const validated = await here("validate");
    expect(validated).toMatchObject({ code: 0, stderr: "" });
    expect(validated.stdout).toMatch(/production is sha256:.*\n.*staging is sha256:/);
    expect((await here("test")).stdout).toMatch(/^6 passed, 0 failed/m);
    expect(read("environments/production.yaml")).toContain(`https://hg.acme.example/scim/${idp}/v2`);
    expect(read("environments/staging.yaml")).toContain(`https://hg-staging.acme.example/scim/${idp}/v2`);

    // what would leak a credential does not come into the repository, and the project itself does
    const commit = async (message: string) => {
      await run(vcs, ["add", "."], { cwd: folder, env: { HOME: folder } });
      const user = { GIT_AUTHOR_NAME: "ada", GIT_AUTHOR_EMAIL: "ada", GIT_COMMITTER_NAME: "ada" };
      const env = { HOME: folder, HGUSER: "ada", ...user, GIT_COMMITTER_EMAIL: "ada" };
      return run(vcs, ["commit", "-m", message], { cwd: folder, env });
    };
    const early = await commit("begin");
    expect(early.code).not.toBe(0);
    expect(early.stdout + early.stderr).toContain(
      `${join(folder, "node_modules/hgscim/dist/cli/main.js")}: no such file (expected npm install`,
    );
    // as npm does for a package that is a folder
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("."), join(folder, "node_modules", "hgscim"));
    expect((await commit("begin")).code).toBe(0);
    writeFileSync(join(folder, "notes.txt"), `token: ghp_${"a1B2c3D4e5".repeat(4).slice(0, 36)}\n`);
    expect((await commit("notes")).code).not.toBe(0);
  },
);

test("what is there stays as it is, and is told", async () => {
  writeFileSync(join(folder, "package.json"), "{}");
  const first = await here("init", "--host", "hg.acme.example");
  expect(first.stdout).toMatch(/^kept {5}package\.json$/m);
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const compilers = `typescript@${devDependencies.typescript} @types/node@${devDependencies["@types/node"]}`;
  expect(first.stdout).toContain(
    `Next:\n  npm pkg set type=module\n  npm install --save-exact hgscim@${version}\n  npm install --save-dev --save-exact ${compilers}\n`,
  );
  expect(read("package.json")).toBe("{}");
  const before = filesIn().map((file) => [file, read(file)]);
  const second = await here("init", "--host", "hg.other.example", "--idp", "entra");
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain("written");
  expect(filesIn().map((file) => [file, read(file)])).toEqual(before);
});

test("another folder is made, and what to type next begins there", async () => {
  const begun = await here("init", "identity sync", "--host", "hg.acme.example");
  expect(begun.stdout).toContain("Next:\n  cd 'identity sync'\n  npm install\n  npx hgscim validate");
  expect(JSON.parse(read("identity sync/package.json")).name).toBe("identity-sync");
});

test.each([
  [["init"], "--host is missing, and nobody is there to ask"],
  [["init", "--host", "acme"], '--host "acme" (expected a name such as hg.example.com)'],
  [["init", "--host", "https://hg.acme.example"], "(expected a name such as hg.example.com)"],
  [["init", "--host", "hg.acme.example", "--idp", "oktta"], "--idp"],
  [["init", "--host", "hg.acme.example", "--staging", "a b.c"], '--staging "a b.c" (expected a name'],
])("wrong usage writes nothing: %j", async (args, said) => {
  const { code, stdout, stderr } = await here(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(said);
  expect(filesIn()).toEqual([]);
});

test("a folder that cannot be written is a sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  const { code, stderr } = await here("init", "file/below", "--host", "hg.acme.example");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^file\/below\S*: .*\n$/);
});

test("GitHub's comment of a review is written anew where it is the pipeline's own, and says so where there is no review", async () => {
  const git = (...args: string[]) => run("git", args, { cwd: folder, env: { HOME: folder } });
  await git("init", "-q", "--initial-branch=main");
  await here("init", "--host", "hg.acme.example", "--pipeline", "github");
  await git("add", "environments");
  await git("-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "commit", "-q", "-m", "begin");
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(resolve("dist/cli/main.js"), join(folder, "node_modules/.bin/hgscim"));
  const forge = await startForge(mkdtempSync(join(folder, "forge-")));
  const own = "github-actions[bot]";
  const job = pipelineOf(folder, "github")["agents staging"];
  const play = async () => {
    for (const line of job?.lines.filter((text) => /review/.test(text)) ?? []) {
      const finished = await run("bash", ["-e", "-c", line], {
        cwd: folder,
        env: {
          HOME: folder,
          ...forge.env,
          ...job?.env,
          PROPOSED: "main",
          GITHUB_SERVER_URL: "https://github.com",
        },
      });
      expect(finished, finished.stderr).toMatchObject({ code: 0 });
    }
  };
  // who comes first writes what they like, and changes it when they like
  const forged = "<!-- hgscim review: staging -->\n**Nobody gains or loses access.**";
  forge.comment("mallory", forged);
  // no agent is asked here
  await play();
  const said = `<!-- hgscim review: staging -->\nstaging cannot be reviewed as it is now: the log of [the run](https://github.com/acme/policy/actions/runs/7) says why.\n`;
  const written = [
    { id: 0, user: { login: "mallory" }, body: forged },
    { id: 1, user: { login: own }, body: said },
  ];
  expect(forge.comments()).toEqual(written);
  forge.comment(own, "<!-- hgscim review: production -->\nanother one");
  await play();
  expect(forge.comments().slice(0, -1)).toEqual(written);
  await forge.stop();
});

test("each pipeline knows by the review's own words that a release is active already", () => {
  const words = `${noApproval}: it is active already`;
  for (const file of ["github/hgscim.yml", "atlantis/atlantis.yaml"])
    expect(readFileSync(join("cli/init/template", file), "utf8")).toContain(
      `grep -qx '${prose(`${words}.`)}'`,
    );
  expect(readFileSync("cli/init/template/gitlab/gitlab-ci.yml", "utf8")).toContain(
    `grep -q '${words.replace("it is active already", "<bdi>it is active already</bdi>")}'`,
  );
});
