/** The demonstration host as a process, its users file, and how Mercurial and the package's own files are found. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { transformSync } from "esbuild";
import { expect, it, onTestFinished } from "vitest";
import { startHost } from "../../../cli/quickstart/host/host.ts";
import { findMercurial } from "../../../cli/quickstart/host/mercurial.ts";
import { putUser, userEntry } from "../../../cli/quickstart/host/users.ts";
import { packageFile } from "../../../model/package.ts";
import { writeAccess } from "./access.ts";
import { hg, local } from "./client.ts";
import { installed } from "./installed.ts";
import { access, appears, meddle, password, World } from "./world.ts";

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-host-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function world(more = ""): Promise<World> {
  const made = await World.make({ more });
  onTestFinished(() => made.end());
  writeAccess(made.access, access);
  return made;
}

it("says how to install Mercurial where it is missing", async () => {
  expect(await findMercurial("hg-that-is-not-there")).toEqual({
    ok: false,
    error:
      "Mercurial is not installed: there is no command hg-that-is-not-there (as root: apt-get install -y mercurial)",
  });
  const broken = await findMercurial("false");
  expect(broken).toMatchObject({ ok: false, error: expect.stringContaining("Mercurial does not work") });
});

it("finds a Mercurial whose Python can import it", async () => {
  const { version, python } = await installed();
  const imported = ["-c", "import mercurial.__version__ as v; print(v.version.decode())"];
  expect(execFileSync(python, imported, { encoding: "utf8" }).trim()).toBe(version);
});

it("lets in who the users file names, and reads it again when it changes", async () => {
  const { host, ...made } = await world();
  const users = join(made.folder, "users.json");
  const login = async (account: string, secret: string) => {
    const authorization = `Basic ${Buffer.from(`${account}:${secret}`).toString("base64")}`;
    return (await fetch(`${host.url}/core/api?cmd=heads`, { headers: { authorization } })).status;
  };
  expect(await login("ada", password)).toBe(200);
  expect(await login("ada", `${password}!`)).toBe(401);
  expect(await login("ada", "")).toBe(401);
  await putUser(users, "ada", "pässwörd: new");
  expect(await login("ada", password)).toBe(401);
  expect(await login("ada", "pässwörd: new")).toBe(200);
  expect(await login("rob", password)).toBe(200);
  expect(readFileSync(users, "utf8")).not.toContain("new");
  for (const broken of ["{", "[]", '{"ada": {}}']) {
    writeFileSync(users, broken);
    expect(await login("ada", "pässwörd: new")).toBe(503);
  }
});

it("keeps the users file to its owner, and salts each entry", async () => {
  const users = join(temporary(), "users.json");
  await putUser(users, "ada", "one");
  await putUser(users, "rob", "one");
  expect(statSync(users).mode & 0o777).toBe(0o600);
  const { ada, rob } = JSON.parse(readFileSync(users, "utf8"));
  expect(ada.hash).not.toBe(rob.hash);
  expect((await userEntry("one")).salt).not.toBe(ada.salt);
});

it("says what is wrong when it cannot start", async () => {
  const root = temporary();
  const options = { mercurial: await installed(), root, access: join(root, "a"), users: join(root, "u") };
  const elsewhere = await startHost({ ...options, listen: "0.0.0.0:0" });
  expect(elsewhere).toMatchObject({ ok: false, error: expect.stringContaining("expected 127.0.0.1:PORT") });
  const nowhere = await startHost({ ...options, root: join(root, "none") });
  expect(nowhere).toMatchObject({ ok: false, error: expect.stringContaining("is not a folder") });
  const injected = await startHost({ ...options, contact: "x\n[web]\ndeny_read =" });
  expect(injected).toMatchObject({ ok: false, error: expect.stringContaining("expected one line") });
  const made = await world();
  const taken = await startHost({ ...options, listen: new URL(made.host.url).host });
  expect(taken).toMatchObject({ ok: false, error: expect.stringContaining("Address already in use") });
  const gone = await startHost({
    ...options,
    mercurial: { ...options.mercurial, python: join(root, "python") },
  });
  expect(gone).toMatchObject({ ok: false, error: expect.stringContaining("ENOENT") });
});

it("finishes the push under way before it stops", async () => {
  const made = await world(`${meddle}at = pretxnclose\n`);
  const clone = await made.work("change");
  const push = hg(clone, "push", made.url("ada"));
  await appears(made.signal("reached"));
  const stopped = made.host.stop(60_000);
  made.go();
  await Promise.all([push, stopped]);
  const { output } = await local(clone, "identify", "--id", "--debug");
  expect((await made.changesets())[0]).toBe(output.trim());
  expect(() => process.kill(made.host.pid, 0)).toThrow("ESRCH");
  await made.host.stop();
});

it("ends when its standard input closes, and leaves nothing in its temporary folder", async () => {
  const folder = temporary();
  mkdirSync(join(folder, "tmp"));
  const { python } = await installed();
  const extension = packageFile("agent/mercurial/hgscim");
  const settings = [
    "--extension",
    extension,
    "--root",
    folder,
    "--access",
    join(folder, "a"),
    "--users",
    join(folder, "u"),
  ];
  const child = spawn(
    python,
    [packageFile("cli/quickstart/host/host.py"), "--listen", "127.0.0.1:0", ...settings],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: join(folder, "tmp") },
    },
  );
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  child.stdin.end();
  expect(await once(child, "close")).toEqual([0, null]);
  expect(execFileSync("ls", [join(folder, "tmp")], { encoding: "utf8" })).toBe("");
});

it("finds the extension beside the sources from compiled modules as well", () => {
  const root = temporary();
  const { code } = transformSync(readFileSync("model/package.ts", "utf8"), { loader: "ts", format: "esm" });
  mkdirSync(join(root, "dist", "model"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "type": "module", "version": "0" }');
  const compiled = join(root, "dist", "model", "package.js");
  writeFileSync(compiled, `${code}\nconsole.log(packageFile("agent/mercurial/hgscim"));`);
  const found = execFileSync(process.execPath, [compiled], { encoding: "utf8" }).trim();
  expect(found).toBe(join(root, "agent", "mercurial", "hgscim"));
});
