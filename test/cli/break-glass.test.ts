/** `hgscim break-glass` and its subcommands as processes, against a real agent: by a token of one's own, and on its host. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { people } from "../agent/break-glass/people.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";

const start = Date.UTC(2026, 0, 5, 10);
let h: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness(["core/api", "core/web"], {}, { clock: () => start });
  await people(h);
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const glass = (...args: string[]) => project.hgscim("break-glass", ...args);
const why = ["--for", "30m", "--reason", "the build is broken"];

test("on the host a right is taken, listed and ended as the unix user", async () => {
  const here = ["--socket", h.agent.socket];
  project.env.SUDO_USER = "ann";
  expect(await glass("list", "local", ...here)).toMatchObject({
    code: 0,
    stdout: "Nobody has taken a right.\n",
  });
  const taken = await glass("local", "core/api", ...why, ...here);
  expect(taken).toMatchObject({ code: 0, stderr: "" });
  expect(taken.stdout).toContain(
    "local: ann has write on core/api until 2026-01-05T10:30:00Z, as permissions.core allows.\n",
  );
  const { stdout } = await glass("list", "local", ...here);
  expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["account", "right", "repository", "until", "permission set", "reason"],
    ["ann", "write", "core/api", "2026-01-05T10:30:00Z", "core", "the build is broken"],
    [""],
  ]);
  expect(JSON.parse((await glass("list", "local", "--json", ...here)).stdout)).toMatchObject({
    environment: "local",
    rights: [{ account: "ann", until: "2026-01-05T10:30:00Z", by: "local:ann" }],
  });
  expect(await glass("end", "local", "core/web", ...here)).toMatchObject({
    code: 1,
    stderr: "local: nobody has taken a right on core/web\nNothing was changed.\n",
  });
  expect(await glass("end", "local", "core/api", ...here)).toEqual({
    code: 0,
    stdout: "local: ann has write on core/api no longer.\n",
    stderr: "",
  });
  project.env.SUDO_USER = "bob";
  const refused = await glass("local", "core/api", ...why, ...here);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("no permission set lets bob take a right on core/api");
  expect((await glass("staging", "core/api", ...why, ...here)).stderr).toContain(
    "the agent on this host is that of local (expected that of staging)",
  );
});

test("by the admin API it takes a token of one's own", async () => {
  const refused = await glass("local", "core/api", ...why);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^environments\/local\.yaml:\d+:\d+: .*"deployer" is nobody's account/);
  expect(refused.stderr).toContain("Expected --token with a reference to your own token");
  const token = "anns-own-token-in-a-test";
  const sha256 = createHash("sha256").update(token).digest("hex");
  h.config.tokens.push({ name: "ann-laptop", role: "reader", sha256, account: "ann" });
  const { port } = new URL(h.agent.admin);
  Object.assign(h.config.admin, { listen: `127.0.0.1:${port}` });
  await h.restart();
  project.env.HGSCIM_MY_TOKEN = token;
  const own = ["--token", "ref+env://HGSCIM_MY_TOKEN"];
  const taken = await glass("local", "core/api", ...why, "--json", ...own);
  expect(taken).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(taken.stdout)).toMatchObject({ account: "ann", by: "admin:ann-laptop" });
  expect((await glass("end", "local", "core/api", ...own)).code).toBe(0);
});

test("wrong usage is told, with exit code 2", async () => {
  const wrong: [string[], string][] = [
    [["local", ...why], "which repository?"],
    [["local", "core/api", "--reason", "x"], "for how long, and why?"],
    [["local", "core/api", "--for", "1h"], "for how long, and why?"],
    [["local", "core/api", "--for", "1 hour", "--reason", "x"], '--for is "1 hour" (expected a duration'],
    [
      ["local", "core/api", ...why, "--socket", "x", "--token", "ref+env://X"],
      "--token beside --config or --socket",
    ],
  ];
  for (const [args, expected] of wrong) {
    const { code, stdout, stderr } = await glass(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
    expect(stderr).toContain(expected);
  }
});
