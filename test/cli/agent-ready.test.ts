/** `hgscim agent ready` and the probes: whoever comes after the agent waits until Mercurial goes by all that is stored. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { send } from "../agent/request.ts";
import { change } from "../agent/store/file.ts";
import { hgscim } from "./hgscim.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const ready = (...args: string[]) =>
  hgscim(["agent", "ready", "--socket", h.agent.socket, ...args], { cwd: h.folder });
const probe = async (path: string) => {
  const { status, text } = await send(`${h.agent.admin}${path}`, { method: "GET", headers: {}, ca: h.ca });
  return [status, JSON.parse(text)];
};

test("an agent is ready when Mercurial goes by what it stores, and says what it does not do", async () => {
  expect(await ready()).toMatchObject({
    code: 0,
    stdout: "ready\nnoRelease: no release is active: nobody has access\n",
  });
  await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  expect(await ready()).toMatchObject({ code: 0, stdout: "ready\n" });
  expect(JSON.parse((await ready("--json")).stdout)).toEqual({ ready: true, conditions: [] });
  expect(await probe("/readyz")).toEqual([200, { ready: true }]);
  expect(await probe("/healthz")).toEqual([200, { alive: true }]);
  // nothing more is told without a token
  expect((await probe("/v1/health"))[0]).toBe(401);
  expect(await ready("--within", "soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--within is "soon" (expected a whole number and its unit'),
  });
});

test("it is not ready while somebody holds the access file, and the command waits for that", async () => {
  await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  const program =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN'); c.execute('SELECT * FROM meta').fetchall(); print('held', flush=True); sys.stdin.read()";
  const reader = spawn("python3", ["-c", program, h.config.access], { stdio: ["pipe", "pipe", "inherit"] });
  await once(reader.stdout, "data");
  await h.restart(() => change(join(h.config.data, "store.db"), "UPDATE users SET account = NULL"));
  expect(await probe("/readyz")).toEqual([503, { ready: false }]);
  expect(await ready("--within", "0s")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^not ready\naccessFileBehind: /),
  });
  const waited = ready("--within", "30s");
  reader.stdin.end();
  expect(await waited).toMatchObject({ code: 0, stdout: "ready\n" });
  await vi.waitFor(() => expect(h.accessFile().accounts).toEqual(["ada,0"]));
});

test("where no agent answers, it says so when the time is over", async () => {
  const nowhere = join(h.folder, "nowhere.sock");
  expect(
    await hgscim(["agent", "ready", "--socket", nowhere, "--within", "1s"], { cwd: h.folder }),
  ).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Expected a running agent"),
  });
  rmSync(nowhere, { force: true });
});
