/** `hgscim quarantine` and `quarantine end` as processes, against a real agent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "../agent/constraints/constrained.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";

const start = Date.UTC(2026, 0, 5, 10);
let h: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"], {}, { clock: () => start });
  project = await makeProject(h);
  project.env.HGSCIM_APPROVER_TOKEN = h.tokens.approver;
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const own = ["--token", "ref+env://HGSCIM_APPROVER_TOKEN"];

test("shows who is quarantined, why and until when, and an approver ends it", async () => {
  const mail = { values: { of: "userName", domains: ["example.com"] } };
  await h.deploy(
    await constrained(h, { mail }, ({ connectors }) => {
      connectors.okta.quarantine = { failures: "50%", above: 1, first: "1h", max: "4h" };
    }),
  );
  const quarantine = (...args: string[]) => project.hgscim("quarantine", ...args);
  expect(await quarantine("local")).toEqual({
    ...{ code: 0, stdout: "No connector is quarantined.\n", stderr: "" },
  });
  for (const name of ["ann", "bob"]) await h.scim("POST", "/Users", { userName: `${name}@evil.example` });
  const shown = await quarantine("local");
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["connector", "since", "tried", "failed", "most by", "in a row"],
    ["okta", "2026-01-05T10:00:00Z", "at 2026-01-05T11:00:00Z", "2 of 2 writes", "constraintOnValue", "1"],
    [""],
    ["What failed:", "hgscim failures local"],
    ["It is in order:", "hgscim quarantine end local <connector> --reason <text>"],
    [""],
  ]);
  expect(JSON.parse((await quarantine("local", "--json")).stdout)).toMatchObject({
    environment: "local",
    quarantines: [{ connector: "okta", until: "2026-01-05T11:00:00Z", failed: 2, tried: false }],
  });

  const end = ["end", "local", "okta"];
  expect(await quarantine(...end, ...own)).toMatchObject({ code: 2, stdout: "" });
  const deployer = await quarantine(...end, "--reason", "mended");
  expect(deployer).toMatchObject({ code: 1, stderr: expect.stringContaining("expected approver") });
  expect(await quarantine(...end, "--reason", "mended", ...own)).toEqual({
    ...{ code: 0, stderr: "" },
    stdout: "local: the quarantine of connector okta is over: its writes are done again.\n",
  });
  expect(await quarantine(...end, "--reason", "mended", ...own)).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("connector okta is not quarantined") },
  });
  expect(await quarantine("end", "local", "oktaa", "--reason", "mended", ...own)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no connector "oktaa" (expected one of okta, did you mean "okta"?)'),
  });
});
