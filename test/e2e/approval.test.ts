/**
 * What was approved is what terraform deploys: by the command line, by cdktf and by plain terraform, at the plan and at the apply. Twelve ways in which it
 * would be something else are refused with what moved: another agent, a restored store, another state, an edited file, a newer release, people who came beyond it,
 * people who went beyond it, another provider, another environment, a line that was cut off, an effect that nobody reviewed, and the end of the release. Three do not void it:
 * people within it, comments and moved lines, and a merge.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { releaseFileText } from "../../model/release-file.ts";
import { copiesOf } from "../agent/copies.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { deactivate, staff } from "../agent/people.ts";
import type { Finished } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import {
  flat,
  localFile,
  makeProject,
  type Project,
  policyFile,
  stackFolder,
  stateFile,
} from "./terraform-project.ts";

let h: Harness;
let project: Project;
let ids: ReadonlyMap<string, string>;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  project = await makeProject(h);
  git("init", "--quiet", "--initial-branch=main");
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  ids = await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy", "dee"] });
  commit("the beginning");
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=ada", "-c", "user.email=ada@example.com", ...args], {
    cwd: project.folder,
    env: { PATH: process.env.PATH, HOME: project.folder, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
const commit = (message: string) => {
  git("add", "environments");
  git("commit", "--quiet", "--message", message);
};
const active = async () => (await h.admin("GET", "/release")).body.digest;
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));

/** What the files say now. */
async function loaded() {
  const environment = await loadEnvironment(join(project.folder, localFile));
  if (!environment.ok) throw new Error(JSON.stringify(environment.error));
  return environment.value;
}
/** The line that a review of the files prints. */
async function approve(): Promise<string> {
  const { release } = await loaded();
  const { body } = await h.admin("POST", "/reviews", { body: { release }, token: h.tokens.reader });
  expect(body.approval, JSON.stringify(body)).toMatch(/^hgscim1:local:/);
  return body.approval;
}
const approvedIs = (HGSCIM_APPROVED: string) => Object.assign(project.env, { HGSCIM_APPROVED });

/** The person who comes and is in no review. */
async function hire(name: string): Promise<string> {
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
  await member("add", "core-team", user.body.id);
  return user.body.id;
}

/** Somebody joins a group, or leaves it. */
async function member(op: "add" | "remove", group: string, value: string | undefined): Promise<void> {
  const { body } = await h.scim("GET", `/Groups?filter=displayName eq "${group}"`);
  const operation =
    op === "add" ? { op, path: "members", value: [{ value }] } : { op, path: `members[value eq "${value}"]` };
  const { status } = await h.scim("PATCH", `/Groups/${body.Resources[0].id}`, { Operations: [operation] });
  expect(status).toBeLessThan(300);
}

/** Refused with these words, and nothing has changed. */
async function refused(run: () => Promise<Finished>, ...told: string[]): Promise<void> {
  const before = await active();
  const finished = await run();
  expect(finished.code, flat(finished)).toBe(1);
  for (const part of told) expect(flat(finished)).toContain(part);
  expect(await active()).toBe(before);
}

test("a file that was edited, who came and a newer release are refused with what moved, and change nothing", async () => {
  const first = await active();
  takePushAway();
  const line = await approve();
  const deploy = () => project.hgscim("deploy", "local", "--yes", "--approved", line);
  const reviewed = project.read(policyFile);

  // wrong usage, before anything is planned
  for (const [given, told] of [
    [["--approved", line.slice(0, -1)], "--approved is no approval: its effect has 63 digits"],
    [["--approved", ""], "--approved is no approval: it does not begin with hgscim1"],
    [["--approved-by", "grace"], "what did they approve? (expected --approved <line> beside --approved-by)"],
  ] as const) {
    const wrong = await project.hgscim("deploy", "local", "--yes", ...given);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(told)]);
  }

  project.edit(policyFile, (text) =>
    text.replace("read: [engineering]", "read: [engineering, release-managers]"),
  );
  await refused(
    deploy,
    "Error: This is not the release that was approved",
    `HGSCIM_APPROVED is of sha256:${line.split(":")[2]}`,
  );
  project.edit(policyFile, () => reviewed);

  // a plan that is kept, of when all was well, and then somebody came: its apply says so, and so does the next plan
  approvedIs(line);
  expect((await project.hgscim("plan", "local")).code).toBe(0);
  expect((await project.terraform("plan", "-out=kept")).code).toBe(0);
  const eve = await hire("eve");
  const beyond = ["1 account would lose or gain what was not approved", "eve loses all access to core/api"];
  await refused(
    () => project.terraform("apply", "kept"),
    "Error: The agent would refuse this release",
    ...beyond,
  );
  await refused(deploy, "Error: The agent would refuse this release", ...beyond);
  await deactivate(h, eve);
  // whoever left the group that would have kept them in goes further than was said
  await member("remove", "engineering", ids.get("bob"));
  await refused(deploy, "Error: The agent would refuse this release", "bob loses all access to core/api");
  await member("add", "engineering", ids.get("bob"));

  // the very same, once nothing of that is so any more
  const deployed = await deploy();
  expect(deployed.code, flat(deployed)).toBe(0);
  const second = await active();
  expect(second).toBe(`sha256:${line.split(":")[2]}`);
  // what is active already needs no approval any more
  expect(flat(await deploy())).toContain("No changes.");

  // and a newer one: of whoever deployed meanwhile
  await h.deploy((await h.admin("GET", `/releases/${first}`)).body.release, second);
  project.edit(policyFile, (text) =>
    text.replace("read: [engineering]", "read: [engineering, release-managers]"),
  );
  delete project.env.HGSCIM_APPROVED;
  const newer = await approve();
  await h.deploy((await h.admin("GET", `/releases/${second}`)).body.release, first);
  const moved = await project.hgscim("deploy", "local", "--yes", "--approved", newer);
  expect(moved.code).toBe(1);
  expect(flat(moved)).toContain(`it was reviewed over ${first}, and ${second} is active since`);
  expect(await active()).toBe(second);
});

long(
  "an approval of something else, another agent, state or provider, and a restored store are refused, whatever runs terraform",
  async () => {
    takePushAway();
    const line = await approve();
    approvedIs(line);
    expect((await project.hgscim("plan", "local")).code).toBe(0);

    // the approval is of another environment, or no line at all, or of an effect that the agent does not know
    const plan = () => project.terraform("plan");
    approvedIs(line.replace(":local:", ":staging:"));
    await refused(plan, "Error: This approval is of the environment staging, and not of local");
    // as of a line that a pipeline looked for and did not find
    approvedIs("");
    await refused(plan, "Error: HGSCIM_APPROVED is no approval", "it does not begin with hgscim1");
    approvedIs("hgscim1:local");
    await refused(plan, "Error: HGSCIM_APPROVED is no approval", "its release has 0 digits (expected 64");
    approvedIs(`${line.slice(0, -64)}${"0".repeat(64)}`);
    await refused(
      plan,
      `this agent keeps no review of this release with the effect sha256:${"0".repeat(64)}`,
    );
    approvedIs(line);
    await refused(() => project.hgscim("destroy", "local", "--yes"), "and this is the end of the release");

    // another state file
    const state = project.read(stateFile);
    project.edit(stateFile, (text) => text.replace('"environment": "local"', '"environment": "staging"'));
    await refused(plan, "Error: This state is of the environment staging, and not of local");
    project.edit(stateFile, () => state);

    // another provider than the one that is locked
    const plugins = join(project.folder, stackFolder, "terraform.d/plugins");
    const [provider = ""] = readdirSync(plugins, { recursive: true, encoding: "utf8" }).filter((name) =>
      /terraform-provider-hgscim[^/]*$/.test(name),
    );
    const bundle = readFileSync(join(plugins, provider));
    appendFileSync(join(plugins, provider), "\n// another one\n");
    await refused(plan, "does not match any of the checksums recorded in the dependency lock file");
    writeFileSync(join(plugins, provider), bundle);

    // another agent of this environment, which looked at the very same release
    const other = await startHarness(["core/api", "docs"]);
    try {
      const { release } = await loaded();
      const { body } = await other.admin("POST", "/reviews", {
        body: { release },
        token: other.tokens.reader,
      });
      approvedIs(body.approval);
      await refused(plan, "this approval is of another agent of local");
    } finally {
      await other.stop();
    }

    // a copy of the store that was put back
    approvedIs(line);
    const copies = copiesOf(h);
    const before = await active();
    // where the file says that it is
    Object.assign(h.config.admin, { listen: new URL(h.agent.admin).host });
    await h.restart(() => copies.backUp());
    await deactivate(h, ids.get("dee"));
    await copies.restore();
    // with accept it would be deployed, but not by what was approved before
    project.edit(localFile, (text) => `${text}\naccept: { from: ${before}, lose: 9, gain: 9 }\n`);
    await refused(
      () => project.hgscim("plan", "local"),
      "the store is a copy from before",
      "no approval holds until a release was activated without one",
    );
  },
);

long(
  "people within it, comments, moved lines and a merge do not void it; cdktf is held to it, and the history says who approved",
  async () => {
    git("checkout", "--quiet", "-b", "change");
    takePushAway();
    commit("core-team pushes no longer");
    const line = await approve();
    git("checkout", "--quiet", "main");
    project.edit(localFile, (text) => `# moved by a line, and described\n\n${text}`);
    commit("a comment");
    git("merge", "--quiet", "--no-ff", "change");
    expect(project.read(policyFile)).toContain("write: [docs-team]");
    expect(project.read(localFile)).toMatch(/^# moved/);
    // the line of a review after the merge is the same
    expect(await approve()).toBe(line);
    await deactivate(h, ids.get("bob"));
    await deactivate(h, ids.get("dee"));
    expect(await approve()).not.toBe(line);

    Object.assign(project.env, { HGSCIM_APPROVED: line, HGSCIM_APPROVED_BY: "grace of identity" });
    const deployed = await project.cdktf("deploy", "local", "--auto-approve");
    expect(deployed.code, flat(deployed)).toBe(0);
    expect(await active()).toBe(`sha256:${line.split(":")[2]}`);
    delete project.env.HGSCIM_APPROVED;

    // delivered by command: on the host, and before the command runs
    const [, , , base] = line.split(":");
    project.edit(policyFile, (text) => text.replace("write: [docs-team]", "write: [core-team]"));
    const back = await approve();
    const file = join(project.folder, "release.json");
    writeFileSync(file, releaseFileText(await loaded()));
    const load = (...args: string[]) =>
      project.hgscim("agent", "load", file, "--socket", h.agent.socket, ...args);
    const other = await load("--approved", line);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining("not the release that was approved"),
    ]);
    const eve = await hire("eve");
    for (const dry of [[], ["--dry-run"]]) {
      const more = await load("--approved", back, ...dry);
      expect(more.code).toBe(1);
      expect(flat(more)).toContain("eve gains push on core/api");
    }
    await deactivate(h, eve);
    const done = await load("--approved", back, "--approved-by", "mallory\u001b[31m");
    expect(done.code, flat(done)).toBe(0);
    expect(await active()).toBe(`sha256:${base}`);

    const history = await project.hgscim("history", "local");
    const [, effect = ""] = /:([0-9a-f]{12})[0-9a-f]{52}$/.exec(line) ?? [];
    expect(history.stdout).toMatch(/^ +# +since +release +policy +by +author +approval +revision$/m);
    expect(history.stdout).toContain(`${effect} by grace of identity`);
    expect(history.stdout).toContain("by mallory\uFFFD[31m");
    const { entries } = JSON.parse((await project.hgscim("history", "local", "--json")).stdout);
    expect(entries[1].approval).toEqual({ effect: `sha256:${line.split(":")[5]}`, by: "grace of identity" });

    project.edit(localFile, (text) =>
      text.replace(/ {2}agent: \{ url:.*\n/, '  command: ["true"]\n').replace("  destroy: allow\n", ""),
    );
    const delivered = await project.hgscim("deploy", "local", "--yes", "--approved", line);
    expect([delivered.code, delivered.stderr]).toEqual([
      1,
      expect.stringContaining("This is not the release that was approved"),
    ]);
    rmSync(file);
  },
);
