/** `hgscim connector test` as a process, against a real agent, while requests like Okta's come. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "../agent/constraints/constrained.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import * as okta from "../agent/providers/okta-payloads.ts";
import { send } from "../agent/request.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";
import { freePort } from "../free-port.ts";

let h: Harness;
let project: Project;
beforeEach(async () => {
  // the same ones after a restart
  const [scim, admin] = await Promise.all([freePort(), freePort()]);
  h = await startHarness(["core/api", "docs"], {
    scim: { listen: `127.0.0.1:${scim}` },
    admin: { listen: `127.0.0.1:${admin}` },
  });
  project = await makeProject(h);
  project.env.HGSCIM_READER_TOKEN = h.tokens.reader;
  await h.deploy(
    await constrained(h, {
      mail: { values: { of: "userName", domains: ["example.com"] }, owner: "identity" },
      titled: { require: "has(user.title)", otherwise: "hold", owner: "people" },
    }),
  );
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const reader = ["--token", "ref+env://HGSCIM_READER_TOKEN"];

/** Starts watching, and tells what it has printed so far. */
function watching(...args: string[]) {
  const child = spawn(
    process.execPath,
    [resolve("dist/cli/main.js"), "connector", "test", "local", "okta", ...reader, ...args],
    {
      cwd: project.folder,
      env: { PATH: process.env.PATH, ...project.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (part: string) => {
      text[stream] += part;
      child.emit("said");
    });
  const closed = once(child, "close");
  // whoever waits for what it never says goes on, and sees what it did say
  child.once("exit", () => child.emit("said"));
  return {
    child,
    text,
    /** Waits until it has said something. */
    async said(what: string) {
      while (!(text.stdout + text.stderr).includes(what) && child.exitCode === null)
        await once(child, "said");
    },
    async end(): Promise<number> {
      const [code] = await closed;
      return code;
    },
  };
}

const okay = async (method: string, path: string, body: unknown, status: number) => {
  const reply = await h.scim(method, path, body);
  expect([method, path, reply.status, JSON.stringify(reply.body)]).toEqual([
    method,
    path,
    status,
    expect.any(String),
  ]);
  return reply.body;
};

const titled = (userName: string) => ({ ...okta.newUser(userName), title: "Engineer" });
const wholeLife = async () => {
  await okay(
    "GET",
    `/Users?filter=userName%20eq%20%22test.user%40example.com%22&${okta.page()}`,
    undefined,
    200,
  );
  const { id } = await okay("POST", "/Users", titled("test.user@example.com"), 201);
  const group = (await okay("POST", "/Groups", okta.newGroup("core-team"), 201)).id;
  await okay("PATCH", `/Groups/${group}`, okta.changeMembers([], [id]), 204);
  await okay("PUT", `/Users/${id}`, { ...titled("test.user@example.com"), displayName: "Test Married" }, 200);
  return { id, group };
};

test("ticks off what comes, says what is refused, held or does not come, and keeps a report without a value of it", async () => {
  const report = join(project.folder, "report.md");
  const watch = watching("--out", report);
  await watch.said("Ctrl-C ends it");

  // another token, another address, another domain, no title
  const lost = await h.scim("GET", "/Users", undefined, "tok-another-one-0123456789");
  expect(lost.status).toBe(401);
  const headers = { Authorization: `Bearer ${h.tokens.scim}` };
  expect((await send(`${h.agent.scim}/scim/oktaa/Users`, { method: "GET", headers, ca: h.ca })).status).toBe(
    404,
  );
  const { id, group } = await wholeLife();
  await okay("PATCH", `/Users/${id}`, okta.activate(false), 200);
  await okay("DELETE", `/Groups/${group}`, undefined, 204);
  await okay("POST", "/Users", titled("eve@evil.example"), 400);
  await okay("POST", "/Users", okta.newUser("zoe@example.com"), 409);
  await watch.said("held (409)");
  watch.child.kill("SIGINT");
  // 128 and the signal
  expect(await watch.end()).toBe(130);
  const { stdout, stderr } = watch.text;
  expect(stderr).toBe("");
  // the agent keeps it, as it has seen it itself
  const { policyDigest } = (await h.admin("GET", "/release")).body;
  const { tried } = (await h.admin("GET", `/policies/${policyDigest}`)).body;
  const outcomes = tried.okta.map(({ step, outcome }: Record<string, string>) => `${step} ${outcome}`);
  expect(outcomes.sort()).toEqual([
    ...["connection done", "create held", "deactivate done", "delete done"],
    ...["group done", "update done"],
  ]);
  expect(stdout).toContain("  create           Assignments > Assign: a test user");
  const lines = stdout.split("\n");
  const line = (part: string) => lines.find((one) => one.includes(part)) ?? "";
  expect(line("GET Users: not let in")).toMatch(
    /^\S+Z {2}GET Users: not let in \(401\): invalidToken {2}\[!\] test connection$/,
  );
  expect(line("an address that")).toContain("GET an address that no connector has: not let in (404)");
  expect(line("GET Users: done")).toContain("[x] test connection");
  expect(line("PATCH Users/:id")).toContain("done (200)  [x] deactivate");
  expect(line("  replace active: false")).toBe("  replace active: false");
  expect(line("refused (400)")).toContain("refused (400): constraintOnValue mail  [!] create");
  const table = lines.slice(lines.findIndex((one) => one.startsWith("step")) + 1);
  const row = (name: string) => (table.find((one) => one.startsWith(name)) ?? "").trim().split(/ {2,}/);
  for (const name of ["test connection", "update", "group push", "deactivate", "delete"])
    expect(row(name)[1]).toMatch(/^done \(20\d\)$/);
  expect(row("create")[1]).toMatch(/^held \(409\) as \S+: titled$/);
  expect(row("reactivate").slice(1)).toEqual([
    "did not come",
    expect.stringMatching(/^likely: it was another user.*Press: assign the same user again$/),
  ]);
  expect(row("role change")[1]).toBe("did not come");

  const kept = project.read("report.md");
  expect(kept).toContain("not all is done");
  expect(kept).toContain("| deactivate | done (200) |  |");
  const journal = JSON.stringify((await h.admin("GET", "/requests?connector=okta")).body);
  for (const text of [stdout, kept, journal]) {
    for (const value of [
      "example.com",
      "evil",
      "1mz050nq",
      "Married",
      "core-team",
      "tok-another",
      h.tokens.scim,
    ])
      expect(text).not.toContain(value);
    expect(text).toContain("userName");
  }
});

test("ends by itself when all came and was done, with 0 and JSON; and says what it cannot watch", async () => {
  const watch = watching("--json");
  await watch.said("Ctrl-C ends it");
  const { id, group } = await wholeLife();
  await okay("PATCH", `/Groups/${group}`, okta.changeMembers([id], []), 204);
  await okay("PATCH", `/Users/${id}`, okta.activate(false), 200);
  // an agent that is started anew counts from the beginning
  await watch.said("[x] deactivate");
  await h.restart();
  await okay("PATCH", `/Users/${id}`, okta.activate(true), 200);
  await okay("DELETE", `/Groups/${group}`, undefined, 204);
  expect(await watch.end()).toBe(0);
  const told = JSON.parse(watch.text.stdout);
  expect(told).toMatchObject({ environment: "local", connector: "okta", idp: "okta", well: true });
  expect(told.steps.map(({ step, outcome }: Record<string, string>) => `${step} ${outcome}`)).toEqual([
    "connection done",
    "create done",
    "update done",
    "group done",
    "role done",
    "deactivate done",
    "reactivate done",
    "delete done",
  ]);

  const test = (...args: string[]) => project.hgscim("connector", "test", "local", ...args, ...reader);
  expect(await test("oktaa")).toEqual({
    ...{ code: 1, stdout: "" },
    stderr: 'local has no connector "oktaa" (expected one of okta, did you mean "okta"?)\n',
  });
  const silent = await test("okta", "--for", "1s");
  expect(silent).toMatchObject({ code: 1, stderr: "" });
  expect(silent.stdout).toMatch(/^create +did not come +likely: Create Users is off .* Press: Assignments/m);
  expect(await test("okta", "--for", "soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--for is"),
  });
  expect(await test("okta", "--out", "no/such/report.md")).toMatchObject({
    ...{ code: 1, stdout: "" },
    stderr: expect.stringMatching(/^no\/such\/report\.md cannot be written: /),
  });
});
