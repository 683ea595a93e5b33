/**
 * A company's repository from the first file to a rollback, in Git and in Mercurial: every command runs in a fresh checkout, without a
 * state, with the package that was installed from its tarball.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { type Finished, run } from "../cli/hgscim.ts";
import { type Company, makeCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await makeCompany();
}, 300_000);
afterAll(() => company?.remove());

interface Checkout {
  readonly folder: string;
  hgscim(...args: string[]): Promise<Finished>;
  terraform(...args: string[]): Promise<Finished>;
}

/** A repository of one version control, with two agents that its environments name. */
async function makeWorld(vcs: "git" | "hg") {
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
  const own = (h: Harness) => ({ ...env, HGSCIM_TOKEN: h.tokens.deployer, HGSCIM_CA: h.ca });
  const inFolder = (folder: string): Checkout => ({
    folder,
    hgscim: (...args) => run(company.bin("hgscim"), args, { cwd: folder, env: own(of(args)) }),
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
    ...{ staging, production, origin },
    advance: (hours: number) => {
      now += hours * 3_600_000;
    },
    init: () => version("init"),
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
      await Promise.all([staging.stop(), production.stop()]);
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

type World = Awaited<ReturnType<typeof makeWorld>>;

/** Begins the project, and has its environments name the agents that are there. */
async function begin(world: World, vcs: "git" | "hg"): Promise<void> {
  expect((await world.init()).code).toBe(0);
  const begun = await world.origin.hgscim(
    "init",
    "--host",
    "hg.acme.example",
    "--domain",
    "example.com",
    "--vcs",
    vcs,
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
  const committed = await world.commit("begin");
  expect(committed.code, committed.stdout + committed.stderr).toBe(0);
}

const activeIn = async (h: Harness) => (await h.admin("GET", "/release")).body.digest;
const done = (finished: Finished) => expect(finished, finished.stdout + finished.stderr);

test.each(["git", "hg"] as const)(
  "in %s: a project is begun, checked, deployed, promoted, changed and rolled back",
  async (vcs) => {
    const world = await makeWorld(vcs);
    try {
      await begin(world, vcs);
      const first = await world.checkout();
      done(await first.hgscim("validate")).toMatchObject({ code: 0 });
      done(await first.hgscim("test")).toMatchObject({ code: 0 });
      done(await first.hgscim("scan")).toMatchObject({ code: 0 });
      done(await first.hgscim("plan", "staging", "--detailed-exitcode")).toMatchObject({ code: 2 });
      done(await first.hgscim("deploy", "staging", "--yes")).toMatchObject({ code: 0 });
      const digest = await activeIn(world.staging);

      const second = await world.checkout();
      done(await second.hgscim("plan", "staging", "--detailed-exitcode")).toMatchObject({ code: 0 });
      const early = await second.hgscim("plan", "production");
      done(early).toMatchObject({ code: 1 });
      expect(early.stderr.replace(/\s+/g, " ")).toContain("staging must run this policy for another 1 d");
      world.advance(25);
      done(await second.hgscim("deploy", "production", "--yes")).toMatchObject({ code: 0 });

      await staff(world.staging, { engineering: ["ada", "bob"] });
      world.edit("environments/shared/policy.yaml", (text) =>
        text.replace("write: [engineering]", "read: [engineering]"),
      );
      expect((await world.commit("read only")).code).toBe(0);
      const third = await world.checkout();
      const planned = await third.hgscim("plan", "staging", "--detailed-exitcode");
      done(planned).toMatchObject({ code: 2 });
      expect(planned.stdout + planned.stderr).toContain("2 accounts lose push on 1 repository");
      done(await third.hgscim("deploy", "staging", "--yes")).toMatchObject({ code: 0 });
      expect(await activeIn(world.staging)).not.toBe(digest);

      // the text of then is committed, and deployed like any other
      const back = await world.origin.hgscim("rollback", "staging", "--to", digest);
      done(back).toMatchObject({ code: 0 });
      expect((await world.commit("back")).code).toBe(0);
      const fourth = await world.checkout();
      done(await fourth.hgscim("deploy", "staging", "--yes")).toMatchObject({ code: 0 });
      expect(await activeIn(world.staging)).toBe(digest);
      const listed = await fourth.hgscim("history", "staging", "--json");
      expect(JSON.parse(listed.stdout).entries).toHaveLength(3);
    } finally {
      await world.stop();
    }
  },
);

test("with plain terraform: a plan file of one checkout is applied in another", async () => {
  const world = await makeWorld("git");
  try {
    await begin(world, "git");
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
