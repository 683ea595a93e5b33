/**
 * A company's repository from the first file to a rollback, in Git and in Mercurial, by the lines of each pipeline that `init` writes: every
 * job runs in a fresh checkout, without a state, with the package that was installed from its tarball.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { type Finished, run } from "../cli/hgscim.ts";
import { isSoak, long } from "../long.ts";
import { type Company, makeCompany } from "./company.ts";
import { startForge } from "./forges.ts";
import { githubReview, type Pipeline, pipelineFile, pipelineOf } from "./pipelines.ts";
import { flat } from "./terraform-project.ts";

let company: Company;
beforeAll(async () => {
  company = await makeCompany();
}, 300_000);
afterAll(() => company?.remove());

interface Checkout {
  readonly folder: string;
  hgscim(...args: string[]): Promise<Finished>;
  /** A line of a pipeline, whose secrets are those of one environment. */
  shell(line: string, environment: "staging" | "production", env: Record<string, string>): Promise<Finished>;
  terraform(...args: string[]): Promise<Finished>;
}

/** A repository of one version control, with two agents that its environments name. A server that has one environment has the secrets of both in it. */
async function makeWorld(vcs: "git" | "hg", isOneServer = false) {
  let now = Date.UTC(2026, 0, 5, 10);
  const at = { clock: () => now };
  const [staging, production] = await Promise.all([
    startHarness(["core"], { environment: "staging" }, at),
    startHarness(["core"], { environment: "production" }, at),
  ]);
  const folders: string[] = [];
  const makeFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), "hgscim-company-"));
    folders.push(folder);
    return folder;
  };
  const home = makeFolder();
  const forge = await startForge(makeFolder());
  const who = { GIT_AUTHOR_NAME: "ada", GIT_AUTHOR_EMAIL: "ada@acme.example", GIT_COMMITTER_NAME: "ada" };
  const env = {
    HOME: home,
    ...who,
    ...{ GIT_COMMITTER_EMAIL: "ada@acme.example", HGUSER: "ada", HTTPS_PROXY: "http://127.0.0.1:9" },
    ...{
      CHECKPOINT_DISABLE: "1",
      HGSCIM_STAGING_TOKEN: staging.tokens.reader,
      HGSCIM_STAGING_CA: staging.ca,
    },
  };
  const bound = (h: Harness, ...names: string[]) =>
    names.map((name) => `${new URL(h.agent.admin).host}=ref+env://${name}`);
  const ofServer = {
    HGSCIM_TOKEN: production.tokens.deployer,
    HGSCIM_CA: production.ca,
    HGSCIM_STAGING_TOKEN: staging.tokens.deployer,
    HGSCIM_AGENTS: [
      ...bound(production, "HGSCIM_TOKEN", "HGSCIM_CA"),
      ...bound(staging, "HGSCIM_STAGING_TOKEN", "HGSCIM_STAGING_CA"),
    ].join(),
  };
  const own = (h: Harness) => ({
    ...env,
    ...(isOneServer ? ofServer : { HGSCIM_TOKEN: h.tokens.deployer, HGSCIM_CA: h.ca }),
  });
  const inFolder = (folder: string): Checkout => ({
    folder,
    hgscim: (...args) => run(company.bin("hgscim"), args, { cwd: folder, env: own(of(args)) }),
    shell: (line, environment, more) =>
      run("sh", ["-c", line], { cwd: folder, env: { ...own(of([environment])), ...more } }),
    terraform: (...args) =>
      run("terraform", [...args, "-no-color"], {
        cwd: join(folder, "cdktf.out/stacks/staging"),
        env: own(staging),
      }),
  });
  const of = (args: readonly string[]) => (args.includes("production") ? production : staging);
  const origin = inFolder(makeFolder());
  const version = (...args: string[]) => run(vcs, args, { cwd: origin.folder, env });
  return {
    ...{ staging, production, origin, forge },
    advance: (hours: number) => {
      now += hours * 3_600_000;
    },
    init: () => version("init", ...(vcs === "git" ? ["--initial-branch=main"] : [])),
    version,
    async commit(message: string) {
      await version("add", ".");
      return version("commit", "-m", message);
    },
    edit(file: string, change: (text: string) => string) {
      const path = join(origin.folder, file);
      writeFileSync(path, change(readFileSync(path, "utf8")));
    },
    /** What is committed, in a folder where nothing else is. */
    async checkout(): Promise<Checkout> {
      const folder = join(makeFolder(), "project");
      const { code, stderr } = await run(vcs, ["clone", origin.folder, folder], { cwd: home, env });
      expect(code, stderr).toBe(0);
      symlinkSync(join(company.folder, "node_modules"), join(folder, "node_modules"));
      return inFolder(folder);
    },
    async stop() {
      await Promise.all([staging.stop(), production.stop(), forge.stop()]);
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

type World = Awaited<ReturnType<typeof makeWorld>>;

/** Begins the project, and has its environments and its pipeline name the agents that are there. */
async function begin(world: World, vcs: "git" | "hg", pipeline: Pipeline): Promise<void> {
  expect((await world.init()).code).toBe(0);
  // the hook calls the project's own package
  mkdirSync(join(world.origin.folder, "node_modules"));
  symlinkSync(
    join(company.folder, "node_modules", "hgscim"),
    join(world.origin.folder, "node_modules", "hgscim"),
  );
  const begun = await world.origin.hgscim(
    "init",
    "--host",
    "hg.acme.example",
    "--domain",
    "example.com",
    ...["--vcs", vcs, "--pipeline", pipeline],
  );
  expect(begun, begun.stderr).toMatchObject({ code: 0 });
  for (const [name, h] of [
    ["staging", world.staging],
    ["production", world.production],
  ] as const) {
    const { secrets } = await h.release();
    world.edit(`environments/${name}.yaml`, (text) =>
      text
        .replaceAll("https://hg-staging.acme.example:7443", world.staging.agent.admin)
        .replaceAll("https://hg.acme.example:7443", world.production.agent.admin)
        .replace(
          /ref\+file:[^\]]+/,
          String((secrets as Record<string, { refs: string[] }>)["okta-token"]?.refs[0]),
        ),
    );
  }
  const named = pipeline === "github" ? [pipelineFile.github, githubReview] : [pipelineFile[pipeline]];
  if (pipeline !== "atlantis")
    for (const file of named)
      world.edit(file, (text) =>
        text
          .replaceAll("hg-staging.acme.example:7443", new URL(world.staging.agent.admin).host)
          .replaceAll("hg.acme.example:7443", new URL(world.production.agent.admin).host),
      );
  const committed = await world.commit("begin");
  expect(committed.code, committed.stdout + committed.stderr).toBe(0);
}

const activeIn = async (h: Harness) => (await h.admin("GET", "/release")).body.digest;
const done = (finished: Finished) => expect(finished, finished.stdout + finished.stderr);

/** Runs jobs of a pipeline, each in a checkout of its own, where the files lie that the jobs before it have kept. */
function runnerOf(world: World, pipeline: Pipeline) {
  const kept = new Map<string, string>();
  return async (
    name: string,
    environment: "staging" | "production" = "staging",
    more: Record<string, string> = {},
  ): Promise<Finished & { readonly folder: string }> => {
    const checkout = await world.checkout();
    const jobs = pipelineOf(checkout.folder, pipeline);
    const job = jobs[name];
    if (!job) throw new Error(`no job "${name}" (expected one of ${Object.keys(jobs).join(", ")})`);
    for (const before of job.after) expect(Object.keys(jobs)).toContain(before);
    for (const file of job.after.flatMap((before) => jobs[before]?.keeps ?? [])) {
      const there = kept.get(file);
      if (there !== undefined) copyFileSync(there, join(checkout.folder, file));
    }
    const said = { code: 0 as number | null, stdout: "", stderr: "" };
    // the package is there, and npm has nothing to fetch
    for (const line of job.lines.filter((text) => text !== "npm ci")) {
      const { code, stdout, stderr } = await checkout.shell(line, environment, {
        ...world.forge.env,
        ...job.env,
        ...more,
      });
      Object.assign(said, { code, stdout: said.stdout + stdout, stderr: said.stderr + stderr });
      if (code !== 0) break;
    }
    for (const file of job.keeps) {
      kept.delete(file);
      if (existsSync(join(checkout.folder, file))) kept.set(file, join(checkout.folder, file));
    }
    return { ...said, folder: checkout.folder };
  };
}

/** The jobs of each pipeline, in the order in which a change runs through them; agents are asked before the merge. */
const jobsOf = {
  github: {
    check: ["check"],
    agents: "agents staging",
    staging: ["staging"],
    plan: "plan-production",
    production: "production",
  },
  heptapod: {
    check: ["check"],
    agents: "agents of staging",
    staging: ["plan staging", "deploy staging"],
    plan: "plan production",
    production: "deploy production",
  },
  atlantis: {
    check: [],
    agents: undefined,
    staging: ["plan staging", "apply staging"],
    plan: "plan production",
    production: "apply production",
  },
};

const whole = "deployed, promoted as it was planned, changed and rolled back";
/** Each pipeline to the end takes minutes. */
const played: readonly (readonly ["git" | "hg", Pipeline, string])[] = isSoak
  ? [
      ["hg", "heptapod", whole],
      ["git", "github", whole],
      ["git", "atlantis", whole],
    ]
  : [["hg", "heptapod", "deployed and promoted as it was planned"]];

test.each(played)(
  "in %s, by the pipeline for %s: a project is begun, checked, %s",
  async (vcs, pipeline, how) => {
    const world = await makeWorld(vcs, pipeline === "atlantis");
    const job = runnerOf(world, pipeline);
    const { check, agents, staging, plan, production } = jobsOf[pipeline];
    const deployStaging = async () => {
      for (const name of staging) done(await job(name)).toMatchObject({ code: 0 });
    };
    let reviews = 100;
    /** Has the agents say what a revision does once it is merged, and keeps the line as the forge does. */
    const review = async (revision: string) => {
      if (agents === undefined) return;
      const { forge } = world;
      rmSync(forge.env.GITHUB_OUTPUT ?? "", { force: true });
      const reader = { HGSCIM_TOKEN: world.staging.tokens.reader };
      const proposed = { PROPOSED: revision, HGSCIM_PROPOSED: revision };
      const { folder, ...reviewed } = await job(agents, "staging", { ...reader, ...proposed });
      done(reviewed).toMatchObject({ code: 0 });
      if (pipeline !== "github") return;
      const [, name = ""] = /^name=(.*)$/m.exec(readFileSync(forge.env.GITHUB_OUTPUT ?? "", "utf8")) ?? [];
      expect(name).toMatch(/^approval-staging-[0-9a-f]{64}$/);
      forge.keep(reviews++, "pull_request_target", name, join(folder, "approval"));
      // one that a pull request's own text made, and which comes first: whoever made it is not asked
      writeFileSync(join(folder, "approval"), "hgscim1:staging:forged\n");
      forge.keep(1000, "pull_request", name, join(folder, "approval"));
    };
    // the policy tests say what is wanted, or the pipeline stops
    const expectAccess = (before: string, after: string, environments = "staging, production") =>
      world.edit("environments/tests/people.yaml", (text) =>
        text
          .replace(`some/repository: ${before},`, `some/repository: ${after},`)
          .replace("[staging, production]", `[${environments}]`),
      );
    try {
      await begin(world, vcs, pipeline);
      for (const name of check) done(await job(name)).toMatchObject({ code: 0 });
      if (agents !== undefined) {
        // nobody looked at it, so nobody approved it
        const unseen: Finished[] = [];
        for (const name of staging) unseen.push(await job(name));
        expect(unseen.at(-1)?.code).toBe(1);
        expect(unseen.at(-1)?.stderr).toMatch(/No review of (this )?release .*is kept/);
        expect((await world.staging.admin("GET", "/release")).status).toBe(404);
      }
      await review(vcs === "git" ? "main" : "tip");
      await deployStaging();
      const digest = await activeIn(world.staging);
      const second = await world.checkout();
      done(await second.hgscim("plan", "staging", "--detailed-exitcode")).toMatchObject({ code: 0 });

      // who plans need not be able to deploy
      const reader = { HGSCIM_TOKEN: world.production.tokens.reader };
      const early = await job(plan, "production", reader);
      done(early).toMatchObject({ code: 1 });
      expect(flat(early)).toContain("staging must run this policy for another 1 d");
      world.advance(25);
      done(await job(plan, "production", reader)).toMatchObject({ code: 0 });
      done(await job(production, "production")).toMatchObject({ code: 0 });
      const [first] = (await world.production.admin("GET", "/history")).body.entries;
      expect(first.approval.by).toMatch(/^grace/);
      // a job that somebody runs again does no harm
      done(await job(production, "production")).toMatchObject({ code: 0 });

      if (vcs === "hg") {
        const base = { CI_MERGE_REQUEST_DIFF_BASE_SHA: "tip" };
        const { folder, ...reviewed } = await job("review", "staging", base);
        done(reviewed).toMatchObject({ code: 0 });
        expect(readFileSync(join(folder, "review-production.html"), "utf8")).toContain(
          "Review of production",
        );
      }
      if (how !== whole) return;

      await staff(world.staging, { engineering: ["ada", "bob"] });
      world.edit("environments/shared/policy.yaml", (text) =>
        text.replace("write: [engineering]", "read: [engineering]"),
      );
      expectAccess("write", "read");
      // what is reviewed is a branch, and what is deployed its merge
      const version = async (...args: string[]) => {
        const finished = await world.version(...args);
        done(finished).toMatchObject({ code: 0 });
        return finished.stdout.trim();
      };
      await version("checkout", "-q", "-b", "change");
      expect((await world.commit("read only")).code).toBe(0);
      const change = await version("rev-parse", "HEAD");
      await version("checkout", "-q", "main");
      await review(change);
      await version("merge", "-q", "--no-ff", "--no-edit", "change");
      if (pipeline === "github") {
        expect(
          world.forge
            .comments()
            .map(({ body }) => body)
            .join(),
        ).toContain("**2 accounts lose push on 1 repository.**");
        const { folder, ...reviewed } = await job("review");
        done(reviewed).toMatchObject({ code: 0 });
        const comment = readFileSync(join(folder, "review-staging.md"), "utf8");
        expect(comment).toContain("1 group or account loses something by 1 permission set");
      }
      const third = await world.checkout();
      const planned = await third.hgscim("plan", "staging", "--detailed-exitcode");
      done(planned).toMatchObject({ code: 2 });
      expect(planned.stdout + planned.stderr).toContain("2 accounts lose push on 1 repository");
      await deployStaging();
      expect(await activeIn(world.staging)).not.toBe(digest);

      // the text of then is committed, and deployed like any other
      const back = await world.origin.hgscim("rollback", "staging", "--to", digest);
      done(back).toMatchObject({ code: 0 });
      // it stands alone: what production shares with it is as it was
      expectAccess("read", "write", "staging");
      expect((await world.commit("back")).code).toBe(0);
      await review("main");
      await deployStaging();
      expect(await activeIn(world.staging)).toBe(digest);
      const listed = await (await world.checkout()).hgscim("history", "staging", "--json");
      const { entries } = JSON.parse(listed.stdout);
      expect(entries).toHaveLength(3);
      for (const { approval } of entries) expect(approval.by).toBe("grace");
    } finally {
      await world.stop();
    }
  },
);

long("with plain terraform: a plan file of one checkout is applied in another", async () => {
  const world = await makeWorld("git");
  try {
    await begin(world, "git", "github");
    const [one, other] = [await world.checkout(), await world.checkout()];
    for (const { folder, terraform } of [one, other]) {
      const made = await run(company.bin("hgscim-synth"), [], { cwd: folder, env: {} });
      done(made).toMatchObject({ code: 0 });
      done(await terraform("init", "-input=false")).toMatchObject({ code: 0 });
    }
    const stack = "cdktf.out/stacks/staging";
    const synthesized = [one, other].map(({ folder }) =>
      readFileSync(join(folder, stack, "cdk.tf.json"), "utf8"),
    );
    expect(synthesized[0]).toBe(synthesized[1]);
    done(await one.terraform("plan", "-input=false", "-out=kept.tfplan")).toMatchObject({ code: 0 });
    copyFileSync(join(one.folder, stack, "kept.tfplan"), join(other.folder, stack, "kept.tfplan"));
    done(await other.terraform("apply", "-input=false", "kept.tfplan")).toMatchObject({ code: 0 });
    expect(await activeIn(world.staging)).toMatch(/^sha256:/);
    done(await (await world.checkout()).hgscim("plan", "staging", "--detailed-exitcode")).toMatchObject({
      code: 0,
    });
  } finally {
    await world.stop();
  }
});
