/** `hgscim failures` as a process, against a real agent: what a person on call reads. */
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
  project.env.HGSCIM_READER_TOKEN = h.tokens.reader;
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const failures = (...args: string[]) =>
  project.hgscim("failures", "local", "--token", "ref+env://HGSCIM_READER_TOKEN", ...args);

test("says rule, owner, attribute, people and what to do, and nothing of what is over", async () => {
  const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
  await h.deploy(await constrained(h, { mail }));
  expect(await failures()).toEqual({ code: 0, stdout: "Nothing fails.\n", stderr: "" });

  await h.scim("POST", "/Users", { userName: "ann@evil.example" });
  await h.scim("POST", "/Users", { userName: "bob@evil.example" });
  const { id } = (await h.scim("POST", "/Users", { userName: "cai@example.com", shoeSize: 38 })).body;
  const shown = await failures();
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  const lines = shown.stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  const at = "2026-01-05T10:00:00Z";
  expect(lines).toEqual([
    ["rule", "owner", "what", "attribute", "people", "standing", "times", "first", "last", "connector"],
    ["1", "ignored", "shoeSize", "1", "1", "1", at, at, "okta"],
    ["2", "mail", "identity", "refused", "userName", "2", "2", "2", at, at, "okta"],
    [""],
    ["1", `user cai@example.com (${id}): ignored shoeSize`],
    ["Take shoeSize out of the mapping at the provider, or declare it as an extension of the connector."],
    [""],
    ["2", expect.stringMatching(/^user ann@evil\.example: constraint mail: .* \(owner: identity\)$/)],
    [expect.stringMatching(/^user bob@evil\.example: constraint mail: .* \(owner: identity\)$/)],
    // the environment file of the project has no such constraint
    ["Ask identity, or correct it at the provider and send it again."],
    [""],
  ]);

  await h.scim("PUT", `/Users/${id}`, { userName: "cai@example.com" });
  expect((await failures()).stdout).not.toContain("shoeSize");
  expect((await failures("--all")).stdout).toMatch(/shoeSize +1 +over/);
  expect((await failures("--rule", "mail", "--connector", "okta")).stdout).toContain("bob@evil.example");
  // what nobody has is no good news, and what nothing fails by is
  expect(await failures("--connector", "oktaa")).toEqual({
    ...{ code: 1, stdout: "" },
    stderr: 'local has no connector "oktaa" (expected one of okta, did you mean "okta"?)\n',
  });
  const code = await failures("--rule", "mapingFailed");
  expect([code.code, code.stdout]).toEqual([1, ""]);
  expect(code.stderr).toMatch(
    /^local has no constraint or code "mapingFailed" \(.*, did you mean "mappingFailed"\?\)\n$/,
  );
  expect(await failures("--rule", "mappingFailed")).toEqual({
    ...{ code: 0, stdout: "Nothing of that fails.\n", stderr: "" },
  });
  const { environment, failures: rows } = JSON.parse((await failures("--json")).stdout);
  expect({ environment, rows }).toMatchObject({
    environment: "local",
    rows: [
      {
        rule: "mail",
        owner: "identity",
        first: at,
        people: 2,
        stands: true,
        mend: expect.stringContaining("Ask identity"),
        examples: [
          { whom: "ann@evil.example", at, stands: true, hold: null },
          { whom: "bob@evil.example", at, stands: true, hold: null },
        ],
      },
    ],
  });

  // where an expression cannot be evaluated, the file says where it is, and whoever is here is called by name
  await h.scim("PATCH", `/Users/${id}`, {
    Operations: [{ op: "replace", path: "userName", value: "@example.com" }],
  });
  expect((await failures("--rule", "mappingFailed")).stdout).toMatch(
    new RegExp(
      `user cai@example\\.com \\(${id}\\): .*\\n +Correct the user .* \\(environments/\\S+\\.yaml:\\d+:\\d+\\)`,
    ),
  );

  // what was held and discarded asks nobody any more
  const titled = { require: "has(user.title)", otherwise: "hold", owner: "people" };
  await h.deploy(await constrained(h, { titled }), (await h.admin("GET", "/release")).body.digest);
  for (let n = 0; n < 7; n++) await h.scim("POST", "/Users", { userName: `zoe${n}@example.com` });
  expect((await failures("--rule", "titled")).stdout).toMatch(
    / and 2 more \(--json names them\)\n +Ask people to approve/,
  );
  const { held } = (await h.admin("GET", "/held")).body;
  const holds = held.map(({ id, fingerprint }: { id: string; fingerprint: string }) => ({ id, fingerprint }));
  const body = { decision: "discard", reason: "no such people", holds };
  await h.admin("POST", "/held", { token: h.tokens.approver, body });
  expect((await failures("--rule", "titled")).stdout).toBe("Nothing of that fails.\n");
  const over = (await failures("--rule", "titled", "--all")).stdout;
  expect(over).toContain("(discarded by admin:approver: no such people)");
  expect(over).toContain("Nothing of it waits any longer.");
  expect(over).not.toContain("Ask");
});
