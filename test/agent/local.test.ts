/** The local socket: who may open it is decided by the system, and a dead agent does not block a living one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { send } from "./request.ts";

let folder: string;
let socket: string;
const running: Harness[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-local-"));
  socket = join(folder, "run", "agent.sock");
});
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(...options: Parameters<typeof startHarness>): Promise<Harness> {
  const harness = await startHarness(...options);
  running.push(harness);
  return harness;
}

const nobody = 65534;
/** What another program is told that tries to connect: `open`, or the system's reason. */
async function tryAs(uid: number | undefined, path: string): Promise<string> {
  const program = `require("net").connect(process.argv[1], () => { console.log("open"); process.exit() })
    .on("error", (error) => console.log(error.code))`;
  const child = spawn(process.execPath, ["-e", program, path], {
    cwd: "/",
    stdio: ["ignore", "pipe", "inherit"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  await once(child, "close");
  return said.trim();
}

test("only the agent's own user gets to the socket, in the data folder when no other is named", async () => {
  const h = await start();
  expect(h.agent.socket).toBe(join(h.config.data, "agent.sock"));
  expect(lstatSync(h.agent.socket).isSocket()).toBe(true);
  expect(statSync(h.agent.socket).mode & 0o777).toBe(0o600);
  expect(statSync(h.config.data).mode & 0o777).toBe(0o700);
  expect(await tryAs(undefined, h.agent.socket)).toBe("open");
  // only root can be somebody else; the modes above hold for everybody
  if (process.getuid?.() === 0) {
    chmodSync(h.folder, 0o755);
    expect(await tryAs(nobody, h.agent.socket)).toBe("EACCES");
    // the folder and the socket each keep others out
    chmodSync(h.config.data, 0o755);
    expect(await tryAs(nobody, h.agent.socket)).toBe("EACCES");
    chmodSync(h.agent.socket, 0o666);
    expect(await tryAs(nobody, h.agent.socket)).toBe("open");
  }
});

test("it speaks the admin API without a token, and the other listeners take nobody's word for a name", async () => {
  const h = await start();
  const ask = (url: string, options: object) =>
    send(`${url}/v1/history`, { headers: { "hgscim-user": "ada" }, ...options });
  expect((await ask("http://localhost", { socketPath: h.agent.socket })).status).toBe(200);
  expect((await ask(h.agent.admin, { ca: h.ca })).status).toBe(401);

  const put = (user: Record<string, string>, body: unknown) =>
    send("http://localhost/v1/release", {
      method: "PUT",
      socketPath: h.agent.socket,
      headers: { "if-none-match": "*", ...user },
      body: JSON.stringify(body),
    });
  const broken = { release: await h.release((release) => delete release.connectors.okta), origin: {} };
  for (const user of [{ "hgscim-user": "ada" }, {}, { "hgscim-user": "admin:ci release.activate" }])
    expect((await put(user, broken)).status).toBe(422);
  const { rows } = (await h.admin("GET", "/audit")).body;
  expect(rows.map(({ actor, outcome }: Record<string, string>) => `${actor} ${outcome}`)).toEqual([
    "local:ada refused",
    "local:unknown refused",
    "local:unknown refused",
  ]);
});

test("a socket that a killed agent left behind is replaced; anything else in its place is not", async () => {
  mkdirSync(dirname(socket), { mode: 0o700 });
  const program = `require("net").createServer().listen(process.argv[1], () => console.log("ready"))`;
  const killed = spawn(process.execPath, ["-e", program, socket], { stdio: ["ignore", "pipe", "inherit"] });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "close");
  expect(lstatSync(socket).isSocket()).toBe(true);
  const h = await start([], { socket });
  expect(await tryAs(undefined, socket)).toBe("open");

  await expect(startHarness([], { socket })).rejects.toThrow(`another agent listens on the socket ${socket}`);
  expect(await tryAs(undefined, socket)).toBe("open");
  await h.restart();
  expect(await tryAs(undefined, socket)).toBe("open");
  await running.pop()?.stop();
  expect(existsSync(socket)).toBe(false);
  writeFileSync(socket, "");
  await expect(startHarness([], { socket })).rejects.toThrow(`${socket} is in the way`);
  expect(lstatSync(socket).isFile()).toBe(true);
});

test("an agent does not listen where others can enter, or where the system has no room for the path", async () => {
  mkdirSync(dirname(socket), { mode: 0o700 });
  for (const mode of [0o755, 0o710, 0o701]) {
    chmodSync(dirname(socket), mode);
    await expect(startHarness([], { socket })).rejects.toThrow(
      `others can enter the folder of the socket ${socket} (expected one of the agent's own user, with mode 0700)`,
    );
  }
  const long = join(folder, "x".repeat(100), "agent.sock");
  await expect(startHarness([], { socket: long })).rejects.toThrow("is too long (expected at most 103 bytes");
  // what stopped the agent left nothing that stops the next one
  const other = createServer();
  chmodSync(dirname(socket), 0o700);
  await new Promise<void>((resolve) => other.listen(socket, resolve));
  await new Promise((resolve) => other.close(resolve));
  await start([], { socket });
});
