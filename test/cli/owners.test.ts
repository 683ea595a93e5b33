/** `hgscim owners` and its subcommands as processes, against a real agent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { localFile, makeProject, type Project } from "../e2e/terraform-project.ts";

const start = Date.UTC(2026, 0, 5, 10);
const own = ["--token", "ref+env://HGSCIM_APPROVER_TOKEN"];
let now: number;
let h: Harness;
let project: Project;
beforeEach(async () => {
  now = start;
  h = await startHarness(["core/api", "docs"], {}, { clock: () => now });
  project = await makeProject(h);
  project.env.HGSCIM_APPROVER_TOKEN = h.tokens.approver;
  await h.deploy(await h.release());
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

/** Creates a user in a group of that name; answers the id. */
async function hire(name: string, externalId: string, group?: string): Promise<string> {
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, externalId });
  expect(user.status).toBe(201);
  if (group) {
    const members = [{ value: user.body.id }];
    expect((await h.scim("POST", "/Groups", { displayName: group, members })).status).toBe(201);
  }
  return user.body.id;
}
const leave = async (id: string) => expect((await h.scim("DELETE", `/Users/${id}`)).status).toBe(204);
const rename = async (id: string, externalId: string) =>
  expect((await h.scim("PATCH", `/Users/${id}`, operations({ externalId }))).status).toBe(200);
const operations = (value: object) => ({ Operations: [{ op: "replace", value }] });
const owners = (...args: string[]) => project.hgscim("owners", ...args);
const cells = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));
const accounts = async () =>
  (await h.admin("GET", "/access")).body.accounts.map(({ account }: { account: string }) => account);

test("owners shows whose each account is, since when, and from whom it is withheld", async () => {
  expect(await owners("local")).toEqual({
    code: 0,
    stdout: "No account belongs to anybody here.\n",
    stderr: "",
  });
  const ann = await hire("ann", "A", "core-team");
  const bob = await hire("bob", "bob");
  await leave(bob);
  now += 3_600_000;
  const next = await hire("bob", "B", "docs-team");
  const listed = await owners("local");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const [since, later] = ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"];
  expect(cells(listed.stdout)).toEqual([
    ["account", "connector", "user", "since", "known by", "state"],
    ["ann", "okta", ann, since, "externalId", "in use"],
    ["bob", "okta", bob, since, "this user alone", "gone"],
    [""],
    ["withheld", "connector", "user", "since", "why", "groups"],
    ["bob", "okta", next, later, "another's account", "docs-team"],
    [""],
    ["It is the same person:", "hgscim owners confirm local <account> --user <user>"],
    ["It is another person:", "hgscim owners release local <account>"],
    [""],
  ]);

  expect((await owners("local", "ann")).stdout).not.toContain("bob");
  expect((await owners("local", "--withheld")).stdout).not.toContain("ann");
  expect((await owners("local", "ann", "--withheld")).stdout).toBe("Account ann is withheld from nobody.\n");
  expect((await owners("local", "zoe")).stdout).toBe(
    "Account zoe belongs to nobody, and nobody waits for it.\n",
  );
  expect(JSON.parse((await owners("local", "bob", "--json")).stdout)).toEqual({
    environment: "local",
    owners: [{ account: "bob", connector: "okta", user: bob, since, by: "resource", state: "gone" }],
    withheld: [
      {
        account: "bob",
        connector: "okta",
        user: next,
        since: later,
        because: "owner",
        groups: ["docs-team"],
      },
    ],
    renumbering: [],
  });
});

test("an approver confirms and releases by a token of their own, and nobody else does", async () => {
  await leave(await hire("ann", "A"));
  const next = await hire("ann", "B", "core-team");
  const confirm = ["confirm", "local", "ann", "--user", next];
  const deployer = await owners(...confirm);
  expect(deployer).toMatchObject({ code: 1, stdout: "" });
  expect(deployer.stderr).toMatch(/^environments\/local\.yaml:\d+:\d+: .*expected approver/);
  expect(deployer.stderr).toContain("Expected --token with a reference to an approver's token");
  expect(await accounts()).toEqual([]);

  const wrong = await owners("confirm", "local", "ann", "--user", "2f1c", ...own);
  expect(wrong).toMatchObject({ code: 1, stdout: "" });
  expect(wrong.stderr).toContain(`account "ann" is not withheld from user 2f1c (one of ${next})`);
  const shown = (await h.scim("GET", `/Users/${next}`)).body["urn:hgscim:scim:schemas:Warning"];
  // the way out that the provider's administrator is told is the command itself
  const [, told = ""] = /\(hgscim owners (.*)\)$/.exec(shown.detail) ?? [];
  expect(await owners(...told.split(" "), "--memberships", "keep", ...own)).toEqual({
    code: 0,
    stdout: `local: account ann is user ${next}'s, with the groups that they are in.\n`,
    stderr: "",
  });
  expect(await accounts()).toEqual(["ann"]);

  // another person: with nobody who waits, and with one
  await leave(next);
  const release = ["release", "local", "ann", ...own];
  expect((await owners(...release)).stdout).toBe(
    "local: account ann is released: it goes to whoever comes.\n",
  );
  const third = await hire("ann", "C");
  expect(await accounts()).toEqual(["ann"]);
  await leave(third);
  const fourth = await hire("ann", "D");
  expect((await owners(...release)).stdout).toBe(
    `local: account ann is user ${fourth}'s, another person than before, without the old groups.\n`,
  );
  const again = await owners(...release);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain(`account "ann" is in use by user ${fourth}`);
});

test("a connector renumbers until a time, and no longer", async () => {
  const ann = await hire("ann", "A", "core-team");
  await rename(ann, "B");
  expect(await accounts()).toEqual([]);
  const until = "2026-01-05T13:00:00+01:00";
  const done = await owners("renumber", "local", "okta", "--until", until, ...own);
  expect(done).toEqual({
    code: 0,
    stdout: [
      "local: connector okta may renumber until 2026-01-05T12:00:00Z.",
      "1 account is its user's again: ann",
      "",
    ].join("\n"),
    stderr: "",
  });
  expect(await accounts()).toEqual(["ann"]);
  expect((await owners("local")).stdout).toContain(
    "\n\nUsers of okta may have other externalIds until 2026-01-05T12:00:00Z.\n",
  );
  expect((await owners("renumber", "local", "okta", "--end", ...own)).stdout).toBe(
    "local: connector okta may not renumber any longer.\n",
  );
  await rename(ann, "C");
  await h.scim("PATCH", `/Users/${ann}`, operations({ active: false }));
  await h.scim("PATCH", `/Users/${ann}`, operations({ active: true }));
  const waits = await owners("renumber", "local", "okta", "--until", "2026-01-06T10:00:00Z", ...own);
  expect(waits.code).toBe(0);
  expect(waits.stdout).toContain(
    `1 user still waits, and can be confirmed one by one:\n  okta/${ann}: was without the account before`,
  );
  const late = await owners("renumber", "local", "okta", "--until", "2026-02-05T10:00:00Z", ...own);
  expect(late).toMatchObject({ code: 1, stdout: "" });
  expect(late.stderr).toContain("until is not within the next 7 days");
});

test("wrong usage is told, with exit code 2", async () => {
  const wrong: [string[], string][] = [
    [["local", "ann", "bob"], "which environment?"],
    [["relaese", "local", "ann"], "did you mean"],
    [["confirm", "local", "ann"], "--user <id>, the SCIM id of the user who waits"],
    [["confirm", "local", "--user", "2f1c"], "which account? (expected the account that is withheld)"],
    [["release", "local", "ann", "--memberships", "some"], '--memberships is "some" (expected keep or drop)'],
    [["renumber", "local", "okta"], "until when? (expected --until <when>, or --end)"],
    [["renumber", "local", "okta", "--until", "2h", "--end"], "until when?"],
    [["renumber", "local", "okta", "--until", "tomorrow"], '--until is "tomorrow"'],
    [["renumber", "local", "okta", "--until", "2026-01-05"], "expected a time such as"],
    [
      ["local", "--token", "f3a9c1-a-token-itself"],
      "--token: a literal value where a secret reference belongs",
    ],
    [["--token", "ref+env://X", "release", "local", "ann"], "--token stands too early"],
  ];
  for (const [args, expected] of wrong) {
    const { code, stdout, stderr } = await owners(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain("f3a9c1");
  }
});

test("a token of one's own goes to no agent that this machine does not name, and what is wrong with it is said of it", async () => {
  const unset = await owners("local", "--token", "ref+env://HGSCIM_NOT_SET");
  expect(unset).toMatchObject({ code: 1, stdout: "" });
  expect(unset.stderr).toMatch(/^--token: ref\+env:\/\/HGSCIM_NOT_SET: .* is not set/);
  project.env.HGSCIM_OTHER = "no-such-token-anywhere";
  const unknown = await owners("local", "--token", "ref+env://HGSCIM_OTHER");
  expect(unknown.stderr).toMatch(/^--token: GET \S+: 401/);

  const { host } = new URL(h.agent.admin);
  project.env.HGSCIM_AGENTS = `${host}=ref+env://HGSCIM_CA`;
  expect((await owners("local", ...own)).code).toBe(0);
  project.env.HGSCIM_AGENTS += ",elsewhere.example:1=ref+env://HGSCIM_APPROVER_TOKEN";
  expect((await owners("local", ...own)).stderr).toMatch(
    /^--token: ref\+env:\/\/HGSCIM_APPROVER_TOKEN is not for/,
  );
  project.edit(localFile, (text) => text.replace(h.agent.admin, "https://evil.example:7443"));
  expect((await owners("local", ...own)).stderr).toMatch(
    /^environments\/local\.yaml:\d+:\d+: this machine does not speak to evil\.example:7443/,
  );
});
