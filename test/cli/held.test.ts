/** `hgscim held` and its subcommands as processes, against a real agent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { change, decide, deployConstraints, held, holdId, letIn, members } from "../agent/held/world.ts";
import { deactivate, staff } from "../agent/people.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";
import { long } from "../long.ts";
import { hgscimAtTerminal } from "./terminal.ts";

const start = Date.UTC(2026, 0, 5, 10);
const own = ["--token", "ref+env://HGSCIM_APPROVER_TOKEN"];
let h: Harness;
let project: Project;
let people: Map<string, string>;
beforeEach(async () => {
  h = await startHarness(["core/api"], {}, { clock: () => start });
  project = await makeProject(h);
  project.env.HGSCIM_APPROVER_TOKEN = h.tokens.approver;
  await deployConstraints(h, {});
  people = await staff(h, { engineering: ["ada", "bob", "eve", "joe", "kim"] });
  await deployConstraints(h, { mass: held({ limit: { deactivations: 1, per: "1h" } }) });
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const fire = (name: string) => deactivate(h, people.get(name));
/** All of them leave, of whom the first one is let go; answers the holds of the others. */
const fireAll = async () => {
  await fire("ada");
  const ids: string[] = [];
  for (const name of ["bob", "eve", "joe", "kim"]) ids.push(holdId(await fire(name)));
  return ids;
};
const command = (...args: string[]) => project.hgscim("held", ...args);
const cells = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));

test("list and show print what waits, why, and how to decide", async () => {
  expect(await command("list", "local")).toEqual({ code: 0, stdout: "Nothing is held.\n", stderr: "" });
  const [bob = "", eve = ""] = await fireAll();
  const listed = await command("list", "local", "--limit", "2");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const wait = "a person; told again 2026-01-12T10:00:00Z";
  const rest = ["mass", "identity", "2026-01-05T10:00:00Z", wait];
  expect(cells(listed.stdout)).toEqual([
    ["id", "operation", "whom", "constraint", "owner", "since", "waits for"],
    [bob, "user.update, removal", "bob@example.com", ...rest],
    [eve, "user.update, removal", "eve@example.com", ...rest],
    [""],
    ["2 of 4 holds (--limit shows more)."],
    [""],
    ["Look at one:", "hgscim held show local <id>"],
    ["Have it done: hgscim held approve local <id> --reason <text>"],
    ["End it:", "hgscim held discard local <id> --reason <text>"],
    [""],
  ]);
  expect((await command("list", "local", "--rule", "reserved-names")).stdout).toBe(
    "Nothing of that is held (of 4).\n",
  );
  // what no environment has finds nothing, and that is no good news
  const misspelt =
    'local has no constraint "reserved-nams" (expected one of corporate-email, reserved-names, did you mean "reserved-names"?)\n';
  expect(await command("list", "local", "--rule", "reserved-nams")).toEqual({
    code: 1,
    stdout: "",
    stderr: misspelt,
  });
  expect(
    await command("discard", "local", "--rule", "reserved-nams", "--reason", "x", "--yes", ...own),
  ).toEqual({ code: 1, stdout: "", stderr: `${misspelt}Nothing was changed.\n` });
  const machine = JSON.parse((await command("list", "local", "--json")).stdout);
  expect([machine.total, machine.held[0]]).toMatchObject([4, { id: bob, since: "2026-01-05T10:00:00Z" }]);

  const shown = (await command("show", "local", bob)).stdout;
  for (const part of [
    `hold         ${bob} (pending)`,
    "asked for    user.update, removal of connector okta, 1 time since 2026-01-05T10:00:00Z",
    `about        bob@example.com, ${people.get("bob")}`,
    "constraint mass: 2 accounts would lose all access in 1h (at most 1, 0 always)",
    '      "path": "active",',
    '    "active": true,',
  ])
    expect(shown).toContain(part);
  expect(JSON.parse((await command("show", "local", bob, "--json")).stdout)).toMatchObject({
    id: bob,
    request: { Operations: [{ op: "replace", path: "active", value: false }] },
  });
  expect(await command("show", "local", "1f0c")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nothing is held as 1f0c"),
  });
});

test("show names who would leave a group, however the request says it, and who would come in", async () => {
  await deployConstraints(h, { mass: held({ limit: { removals: 0, per: "1h" } }) });
  const { Resources } = (await h.scim("GET", "/Groups")).body;
  const group = `/Groups/${Resources[0].id}`;
  const id = (name: string) => people.get(name) ?? "";
  const leaving = (...names: string[]) =>
    [
      `would leave (${names.length})`,
      ...names.map((name) => `  ${name}@example.com, ${id(name)}`).sort(),
    ].sort();
  const shown = async (hold: string) => {
    const { stdout } = await command("show", "local", hold);
    return stdout
      .split("\n\n")
      .flatMap((part) => (part.startsWith("would ") ? [part.split("\n").sort()] : []));
  };
  const patched = holdId(await h.scim("PATCH", group, change(members("remove", id("bob"), id("eve")))));
  expect(await shown(patched)).toEqual([leaving("bob", "eve")]);
  const displayName = "engineering";
  const dan = await h.scim("POST", "/Users", { userName: "dan@example.com", active: true });
  people.set("dan", dan.body.id);
  const put = holdId(
    await h.scim("PUT", group, { displayName, members: ["ada", "dan"].map((name) => ({ value: id(name) })) }),
  );
  expect(await shown(put)).toEqual([
    leaving("bob", "eve", "joe", "kim"),
    ["  dan@example.com, ".concat(id("dan")), "would come in (1)"],
  ]);
  const deleted = holdId(await h.scim("DELETE", group));
  expect(await shown(deleted)).toEqual([leaving("ada", "bob", "eve", "joe", "kim")]);
});

test("some are approved, and the others discarded", async () => {
  const [bob = "", eve = ""] = await fireAll();
  expect(await command("approve", "local", bob, eve, "--reason", "left", "--yes", ...own)).toEqual({
    ...{ code: 0, stdout: "2 holds are approved.\n", stderr: "" },
  });
  expect(letIn(h)).toEqual(["joe", "kim"]);
  expect(
    await command("discard", "local", "--rule", "mass", "--reason", "a mistake", "--yes", ...own),
  ).toEqual({
    ...{ code: 0, stdout: "2 holds are discarded.\n", stderr: "" },
  });
  expect(letIn(h)).toEqual(["joe", "kim"]);
  expect(await command("approve", "local", "--all", "--reason", "x", "--yes", ...own)).toEqual({
    ...{ code: 0, stdout: "Nothing of that is held.\n", stderr: "" },
  });
});

long("what was decided meanwhile is told, and the others are done", async () => {
  const [bob = "", eve = ""] = await fireAll();
  await decide(h, bob, "discard");
  const json = await command("approve", "local", bob, eve, "--reason", "left", "--yes", "--json", ...own);
  expect([json.code, JSON.parse(json.stdout).results]).toMatchObject([
    1,
    [
      { id: bob, error: { code: "holdEnded" } },
      { id: eve, state: "approved" },
    ],
  ]);
  const stale = await command("discard", "local", "--reason", "x", "--fingerprint", "0", bob, ...own);
  expect(stale).toMatchObject({ code: 1, stdout: expect.stringContaining("1 hold is as before:\n  ") });
});

long("it is asked before, and says what is missing", async () => {
  await fireAll();
  for (const [args, told] of [
    [["--reason", "x"], "which ones? (expected ids, or --rule, --connector or --all)"],
    [["--all", "1f0c", "--reason", "x"], "which ones? (expected ids, or --rule, --connector or --all)"],
    [["--all"], "why? (expected --reason <text>)"],
    [["--all", "--reason", "x"], "nobody is there to ask (expected --yes, or a terminal)"],
    [["--all", "--reason", "x", "--fingerprint", "0"], "a fingerprint is that of one hold"],
  ] as const)
    expect(await command("approve", "local", ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(told),
    });
  const weak = await command("approve", "local", "--all", "--reason", "x", "--yes");
  expect(weak).toMatchObject({ code: 1, stderr: expect.stringContaining("expected approver") });
  expect(weak.stderr).toContain("Expected --token with a reference to an approver's token");
  const args = ["held", "approve", "local", "--all", "--reason", "left", ...own];
  const asked = await hgscimAtTerminal(args, { cwd: project.folder, env: project.env }, "no");
  expect(asked).toContain("Have 4 writes done that constraints hold?");
  expect(asked).toContain("bob@example.com");
  expect(letIn(h)).toContain("bob");
  const agreed = await hgscimAtTerminal(args, { cwd: project.folder, env: project.env }, "yes");
  expect(agreed).toContain("4 holds are approved.");
});
