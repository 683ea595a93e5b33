/** `hgscim test --record` as a process: what a real agent holds is a file of policy tests, which passes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { deployConstraints, held, holdId } from "../agent/held/world.ts";
import { deactivate, staff } from "../agent/people.ts";
import { makeProject, type Project, policyFile } from "../e2e/terraform-project.ts";

let h: Harness;
let project: Project;
let hold: string;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  project = await makeProject(h);
  await deployConstraints(h, {});
  const people = await staff(h, { "docs-team": ["eve"], engineering: ["ada"] });
  await deployConstraints(h, { last: held({ keep: { group: "okta/docs-team", atLeast: 1 } }) });
  hold = holdId(await deactivate(h, people.get("eve")));
});
afterAll(async () => {
  project.remove();
  await h.stop();
});

const record = (...args: string[]) => project.hgscim("test", "--record", ...args);

test("a hold, by its id or its row of the audit, is written to a new file, and played", async () => {
  const early = await record(hold, "--env", "local");
  expect(early.code).toBe(1);
  expect(early.stderr).toMatch(
    /comes to something else.*\n {2}expect\.decision: accepted: .*\(expected held\)/,
  );

  const last = "  last: { keep: { group: docs-team, atLeast: 1 }, otherwise: hold, owner: identity }\n";
  project.edit(policyFile, (text) =>
    text.replace("constraints:\n", `constraints:\n${last}`).replace("[protect, keep, ", "[protect, "),
  );
  const file = "environments/tests/last.yaml";
  expect(await record(hold, "--env", "local", "--out", file)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await record(hold, "--env", "local", "--out", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("(expected a new file)"),
  });
  const { rows } = (await h.admin("GET", "/audit?last=50", { token: h.tokens.reader })).body;
  const row = rows.find(({ outcome }: { outcome: string }) => outcome === "held");
  expect(await record(String(row.sequence), "--env", "local")).toEqual({
    code: 0,
    stdout: project.read(file),
    stderr: "",
  });
  expect((await project.hgscim("test", "local")).stdout).toMatch(/^[1-9]\d* passed, 0 failed/);
});

test("what cannot be recorded says why; what is missing is wrong usage", async () => {
  const done = await record("1", "--env", "local");
  expect([done.code, done.stderr]).toEqual([1, expect.stringContaining("row 1 of the audit was done")]);
  const nowhere = await record("999999", "--env", "local");
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("the audit has no row 999999")]);
  const unknown = await record("1f0c", "--env", "local");
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("nothing is held as 1f0c")]);
  expect((await record(hold)).code).toBe(2);
  expect((await project.hgscim("test", "--out", "x.yaml")).code).toBe(2);
});
