/**
 * What is approved is what runs, with the real terraform and the real hg: an apply whose release Mercurial does not go by fails and says
 * why, what was active before is active again, drift is a change in the plan, and a deploy mends it.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AccessFile } from "../../agent/mercurial/access-file.ts";
import { lookUp } from "../../agent/mercurial/look-up.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { hg } from "../agent/mercurial/client.ts";
import { password, World } from "../agent/mercurial/world.ts";
import { staff } from "../agent/people.ts";
import { flat, makeProject, type Project, policyFile, stateFile } from "./terraform-project.ts";

let world: World;
let h: Harness;
let project: Project;
/** Whether a bug of the agent leaves out who may write. */
let isBuggy = false;
const buggy = (access: AccessFile) => {
  const prepare = access.prepareSnapshot.bind(access);
  access.prepareSnapshot = (snapshot, audit) => {
    const { core } = snapshot.permissions;
    const isOther = core?.description === "another one";
    return prepare(
      isBuggy && core && isOther
        ? { ...snapshot, permissions: { ...snapshot.permissions, core: { ...core, read: [] } } }
        : snapshot,
      audit,
    );
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
  expect((await planned()).code).toBe(0);
});
