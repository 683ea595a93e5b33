/**
 * What is approved is what runs, with the real terraform and the real hg: an apply whose release Mercurial does not go by fails and says
 * why, what was active before is active again, drift is a change in the plan, and a deploy mends it.
 */
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AccessFile } from "../../agent/mercurial/access-file.ts";
import { lookUp } from "../../agent/mercurial/look-up.ts";
import { rowsOf } from "../agent/alerts/store.ts";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { hg } from "../agent/mercurial/client.ts";
import { password, World } from "../agent/mercurial/world.ts";
import { staff } from "../agent/people.ts";
import { tamper } from "../agent/verification/tampered.ts";
import { long } from "../long.ts";
import { flat, makeProject, type Project, policyFile, stateFile } from "./terraform-project.ts";

let world: World;
let h: Harness;
let project: Project;
/** Whether a bug of the agent leaves out who may read, and lets everybody in where no release is active. */
let isBuggy = false;
const buggy = (access: AccessFile) => {
  const prepare = access.prepareSnapshot.bind(access);
  access.prepareSnapshot = (snapshot, audit) => {
    const { core } = snapshot.permissions;
    const isOther = core?.description === "another one";
    if (!isBuggy) return prepare(snapshot, audit);
    if (core && isOther) {
      const permissions = { ...snapshot.permissions, core: { ...core, read: [] } };
      return prepare({ ...snapshot, permissions }, audit);
    }
    const accounts = [...snapshot.accounts].map((account) => ({ ...account, active: true }));
    return prepare(core ? snapshot : { ...snapshot, accounts }, audit);
  };
};
beforeAll(async () => {
  world = await World.make();
  process.env.SCIM_TEST_PROBE = password;
  const probe = {
    ...{ url: world.host.url, account: "eve", password: "ref+env://SCIM_TEST_PROBE" },
    repository: "core/api",
  };
  h = await startHarness(
    [],
    { access: world.access, repositories: world.path("root"), host: { probe } },
    { opened: buggy, lookUp },
  );
  project = await makeProject(h);
});
afterAll(async () => {
  project.remove();
  await h.stop();
  await world.end();
});

const active = async () => (await h.admin("GET", "/release")).body;
const state = () =>
  JSON.parse(project.read(stateFile)).resources.find(({ mode }: { mode: string }) => mode === "managed")
    ?.instances[0].attributes;
const planned = () => project.hgscim("plan", "local", "--detailed-exitcode");
const deployed = () => project.hgscim("deploy", "local", "--yes");
const pulls = async (account: string) =>
  (await hg(world.path("root", "lab"), "pull", "-f", world.url(account))).output;

test("a release that Mercurial does not go by fails the apply, and the release before is active again", async () => {
  const first = await deployed();
  expect(first.code, first.stdout + first.stderr).toBe(0);
  await staff(h, { "core-team": ["ada"], engineering: ["ada", "rob"] });
  await staff(h, { visitors: ["eve"] });
  const { digest } = await active();
  expect(await pulls("rob")).not.toContain("may not read");
  expect(await pulls("eve")).toContain("may not read");
  // the host is asked too
  expect((await h.admin("GET", "/verification")).body).toEqual({
    ...{ state: "settled", differs: false, findings: [], missing: [] },
  });

  isBuggy = true;
  const before = project.read(policyFile);
  project.edit(policyFile, (text) =>
    text.replace(/^ {2}core:\n/m, "  core:\n    description: another one\n"),
  );
  const failed = await deployed();
  expect(failed.code).toBe(1);
  expect(flat(failed)).toContain("Cannot activate the release of local");
  expect(flat(failed)).toMatch(
    /Mercurial did not go by release sha256:\w+, by the access file \(1 difference\)/,
  );
  expect(flat(failed)).toContain(`release ${digest} is active again`);
  expect(flat(failed)).toMatch(
    /the extension's look-up: \w+ may read core\/api, and the extension says otherwise/,
  );
  expect(await active()).toMatchObject({ digest, activatedBy: "agent:verification" });
  expect(state()).toMatchObject({ digest, access_file: "as the release says" });
  expect(await pulls("rob")).not.toContain("may not read");
  project.edit(policyFile, () => before);

  expect((await active()).digest).toBe(digest);
});

test("what nobody notices of the access file is a change in the plan, and a deploy mends it; what is noticed is mended before the plan", async () => {
  const before = h.accessFile();
  const drifts = () =>
    rowsOf(h, "SELECT subject, summary FROM events WHERE kind = 'drift' ORDER BY sequence");
  const lettingIn = "INSERT INTO memberships VALUES ('eve', 'okta/engineering')";
  // past SQLite, as a faulty disk or a copy of some blocks would
  tamper(world.access, lettingIn);
  const drifted = await planned();
  expect(drifted.code, flat(drifted)).toBe(2);
  expect(flat(drifted)).toMatch(
    /~ access_file = "differs, by the access file \(1 difference\).*" -> "as the release says"/,
  );
  expect(flat(drifted)).toContain("Plan: 0 to add, 1 to change, 0 to destroy");
  expect(h.accessFile()).not.toEqual(before);
  const mended = await deployed();
  expect(mended.code, flat(mended)).toBe(0);
  expect(h.accessFile()).toEqual(before);
  expect(state()).toMatchObject({ access_file: "as the release says" });

  // by SQLite, at once before the plan: it is made anew by whoever asks first, and told
  const told = drifts().length;
  const database = new Database(world.access);
  database.exec(lettingIn);
  database.close();
  expect((await planned()).code).toBe(0);
  expect(h.accessFile()).toEqual(before);
  expect(drifts().slice(told)).toEqual([
    {
      subject: "replaced",
      summary: expect.stringMatching(/^the access file was not the one that the agent wrote/),
    },
  ]);
  expect(await pulls("eve")).toContain("may not read");
});

long(
  "a deploy mends it also by the line by which the release became active, and one that is refused does not say that it did",
  async () => {
    const before = project.read(policyFile);
    project.edit(policyFile, (text) => text.replace(/^ {2}core:\n/m, "  core:\n    description: named\n"));
    const { approval } = JSON.parse((await project.hgscim("review", "local", "--format", "json")).stdout);
    const byTheLine = () => project.hgscim("deploy", "local", "--yes", "--approved", approval);
    const first = await byTheLine();
    expect(first.code, flat(first)).toBe(0);
    const right = h.accessFile();
    const lettingIn = "INSERT INTO memberships VALUES ('eve', 'okta/engineering')";

    tamper(world.access, lettingIn);
    const release: ReleaseShape = await h.release();
    const variable = release.secrets["okta-token"].refs[0].replace("ref+env://", "");
    const secret = process.env[variable];
    delete process.env[variable];
    const refused = await byTheLine();
    process.env[variable] = secret;
    expect(refused.code, flat(refused)).toBe(1);
    expect(flat(refused)).toContain("secrets cannot be resolved");
    expect(state().access_file).toMatch(/^differs, by the access file/);

    const mended = await byTheLine();
    expect(mended.code, flat(mended)).toBe(0);
    expect(h.accessFile()).toEqual(right);
    expect(state()).toMatchObject({ access_file: "as the release says" });
    project.edit(policyFile, () => before);
    expect((await deployed()).code).toBe(0);
  },
);

long("the end of a release that Mercurial does not go by is told, and everything is refused", async () => {
  isBuggy = true;
  const ended = await project.hgscim("destroy", "local", "--yes");
  expect(ended.code).toBe(1);
  expect(flat(ended)).toContain("Cannot end the release of local");
  expect(flat(ended)).toContain("everything is refused until a release is deployed");
  expect(await active()).toMatchObject({ error: { code: "noRelease" } });
  expect(await pulls("rob")).toContain("the agent has shut the access file");
  // it has ended all the same
  expect((await project.hgscim("destroy", "local", "--yes")).code).toBe(0);
});
