/** Whatever is wrong with the access file or the host's configuration: nobody gets in, and hg says why. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { packageFile } from "../../model/package.ts";
import { change, writeAccess, writer } from "../agent/mercurial/access.ts";
import { clientEnvironment, hg, local, succeed } from "../agent/mercurial/client.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { access, meddle, password, World, type WorldOptions } from "../agent/mercurial/world.ts";

const closed = "abort: HTTP Error 503: access cannot be checked, so nothing is allowed: ";
const contact = "; ask hg-admins@example.com\n";

describe("an access file that is", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.make({ unprivileged: true });
  });
  afterAll(() => world.end());
  beforeEach(() => writeAccess(world.access, access));

  const states: [string, string, (file: string) => unknown][] = [
    ["missing", "the access file is missing", (file) => rmSync(file)],
    ["empty", "the access file is empty", (file) => truncateSync(file)],
    ["a folder", "the access file is not a file", replaceBy(mkdirSync)],
    ["a link to itself", "the access file cannot be reached", replaceBy((file) => symlinkSync(file, file))],
    ["unreadable", "the access file cannot be opened", (file) => chmodSync(file, 0)],
    ["garbage", "the access file is not an access file", (file) => writeFileSync(file, "x".repeat(8192))],
    ["cut to a header", "the access file is damaged", (file) => truncateSync(file, 100)],
    ["cut by a page", "the access file is damaged", (file) => truncateSync(file, statSync(file).size - 4096)],
    ["cut by a byte", "the access file is damaged", (file) => truncateSync(file, statSync(file).size - 1)],
    ["overwritten inside", "the access file is damaged", overwrite],
    [
      "of another program",
      "the access file is not an access file",
      (file) => change(file, "PRAGMA application_id = 7"),
    ],
    [
      "of another format",
      "the access file has another format",
      (file) => change(file, "PRAGMA user_version = 5"),
    ],
    ["without a table", "the access file cannot be read", (file) => change(file, "DROP TABLE grants")],
    ["of broken patterns", "the check failed", (file) => change(file, "UPDATE patterns SET pattern = x'28'")],
    [
      "abandoned by a killed writer",
      "the access file waits for the agent to recover it",
      (file) => writer(file, "UPDATE accounts SET active = 1", true).committed,
    ],
  ];

  it.each(states)("%s refuses everything: %s", async (_, state, damage) => {
    await damage(world.access);
    for (const account of ["ada", "rob"])
      expect((await hg(world.folder, "identify", world.url(account))).output).toBe(closed + state + contact);
    const changesets = await world.changesets();
    const { output } = await hg(world.path("root", "lab"), "push", "-f", world.url("ada"));
    expect(output).toContain(closed + state + contact);
    expect(await world.changesets()).toEqual(changesets);
    // nothing of where and how is told to the client; the administrator's log has it
    expect(output).not.toContain(world.access);
    expect(world.log.join("")).toContain("hgscim: refused: Traceback");
  });

  it("whole again is enforced at once, with no restart", async () => {
    rmSync(world.access);
    expect((await hg(world.folder, "identify", world.url("ada"))).code).toBe(255);
    writeAccess(world.access, access);
    expect((await hg(world.folder, "identify", world.url("ada"))).code).toBe(0);
  });

  it("recovered by the next writer shows what was committed last", async () => {
    await writer(world.access, "UPDATE accounts SET active = 0", true).committed;
    expect((await hg(world.folder, "identify", world.url("ada"))).code).toBe(255);
    change(world.access, "UPDATE accounts SET active = 1 WHERE account = 'gone'");
    for (const account of ["ada", "gone"])
      expect((await hg(world.folder, "identify", world.url(account))).code).toBe(0);
  });

  it("without an active release refuses everything, and says so", async () => {
    writeAccess(world.access, { ...access, release: "" });
    expect((await hg(world.folder, "identify", world.url("ada"))).output).toBe(
      `abort: HTTP Error 403: ada may not read repository core/api: no release is active${contact}`,
    );
  });
});

describe("a host's configuration", () => {
  const refusing: [string, string, WorldOptions][] = [
    ["that reads a repository's own", "HGRCSKIPREPO is not set", { more: `${meddle}readhgrc = yes\n` }],
    ...["largefiles", "lfs", "remotefilelog", "infinitepush"].map((name): [string, string, WorldOptions] => [
      `with ${name}`,
      `the extension ${name} is on`,
      { more: `[extensions]\n${name} =\n[remotefilelog]\nserver = yes\n` },
    ]),
  ];

  it.each(refusing)("%s refuses everything: %s", async (_, state, options) => {
    const world = await World.make(options);
    onTestFinished(() => world.end());
    writeAccess(world.access, access);
    expect((await hg(world.folder, "identify", world.url("ada"))).output).toBe(closed + state + contact);
  });

  it("with no authentication in front lets nobody in", async () => {
    const world = await World.make();
    onTestFinished(() => world.end());
    writeAccess(world.access, access);
    const settings = `access = ${world.access}\nroot = ${world.path("root")}`;
    const url = await serve(
      world,
      `[extensions]\nhgscim = ${packageFile("agent/mercurial/hgscim")}\n[hgscim]\n${settings}\n[web]\npush_ssl = no\n`,
    );
    const answer = await fetch(`${url}/core/api?cmd=capabilities`);
    expect([answer.status, answer.statusText]).toEqual([401, "authentication is required"]);
    const clone = await world.work("anonymous");
    for (const command of ["pull", "push"])
      expect((await hg(clone, command, `${url}/core/api`)).output).toContain("abort: authorization failed");
  });

  it("that wants TLS for pushes, or allows no pulls, still has its way", async () => {
    const world = await World.make({ more: "[web]\npush_ssl = yes\nallow-pull = no\n" });
    onTestFinished(() => world.end());
    writeAccess(world.access, access);
    const authorization = `Basic ${Buffer.from(`ada:${password}`).toString("base64")}`;
    const ask = async (cmd: string, method: string) => {
      const url = `${world.host.url}/core/api?cmd=${cmd}`;
      const answer = await fetch(url, { method, headers: { authorization } });
      return [answer.status, answer.statusText];
    };
    expect(await ask("unbundle", "POST")).toEqual([403, "ssl required"]);
    expect(await ask("heads", "GET")).toEqual([403, "pull not authorized"]);
  });

  it("that names an extension which is not there starts no host", async () => {
    const more = "[extensions]\nhgscim = /nowhere/hgscim.py\n";
    await expect(World.make({ more })).rejects.toThrow(/failed to import extension "?hgscim"? from/);
  });

  it.each<[string, (part: string) => void]>([
    ["lacks a part", rmSync],
    ["has a part that is cut short", (part) => truncateSync(part, statSync(part).size >> 1)],
  ])("whose extension %s starts nothing", async (_, damage) => {
    const extension = copyOfExtension();
    damage(join(extension, "access.py"));
    const failed = /failed to import extension "?hgscim"? from/;
    await expect(World.make({ more: `[extensions]\nhgscim = ${extension}\n` })).rejects.toThrow(failed);
    // hg loads modules when they are first used, where the demonstration host loads them at once
    const config = [
      "--config",
      `extensions.hgscim=${extension}`,
      "--config",
      "extensions.hgscim:required=yes",
    ];
    const { code, output } = await hg(extension, ...config, "version");
    expect(code).toBe(255);
    expect(output).toMatch(failed);
  });

  it("that names the extension twice has it once", async () => {
    const world = await World.make({ more: `[extensions]\nagain = ${copyOfExtension()}\n` });
    onTestFinished(() => world.end());
    writeAccess(world.access, access);
    expect(world.log.join("")).toContain("hgscim is on already, under another name");
    expect((await hg(world.folder, "identify", world.url("ada"))).code).toBe(0);
    const clone = await world.work("twice");
    expect((await hg(clone, "push", world.url("rob"))).output).toContain(
      "HTTP Error 403: rob may not write to repository core/api: the write right is missing",
    );
  });

  it("may be Mercurial's own CGI, whose log takes bytes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hgscim-cgi-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await succeed(local(folder, "init", join(folder, "api")));
    const settings = `[extensions]\nhgscim = ${packageFile("agent/mercurial/hgscim")}\n[hgscim]\nroot = ${folder}\n`;
    writeFileSync(join(folder, "hgrc"), `${settings}access = ${join(folder, "access.db")}\n`);
    const program = `from mercurial.hgweb import hgweb, wsgicgi\nwsgicgi.launch(hgweb(b'api', b'api'))`;
    const answer = execFileSync((await installed()).python, ["-c", program], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
      env: {
        ...clientEnvironment,
        HGRCPATH: join(folder, "hgrc"),
        HGRCSKIPREPO: "1",
        REQUEST_METHOD: "GET",
        QUERY_STRING: "cmd=heads",
        SERVER_NAME: "hg.example.com",
        SERVER_PORT: "80",
        SERVER_PROTOCOL: "HTTP/1.1",
        REMOTE_USER: "ada",
      },
    });
    expect(answer).toContain(
      "503 access cannot be checked, so nothing is allowed: the access file is missing",
    );
  });

  it("serves nobody over SSH or standard input and output", async () => {
    const world = await World.make();
    onTestFinished(() => world.end());
    writeAccess(world.access, access);
    const hgrc = world.path("ssh.hgrc");
    writeFileSync(hgrc, `[extensions]\nhgscim = ${packageFile("agent/mercurial/hgscim")}\n`);
    // what a client sees, with ssh itself left out
    const ssh = world.path("ssh");
    const serve = `exec hg -R ${world.path("root", "core", "api")} serve --stdio`;
    writeFileSync(ssh, `#!/bin/sh\nHGRCPATH=${hgrc} ${serve}\n`, { mode: 0o755 });
    const clone = ["clone", "--ssh", ssh, "ssh://host/core/api", world.path("never")];
    const { code, output } = await hg(world.folder, ...clone);
    expect(code).toBe(255);
    expect(output).toContain("remote: abort: this host serves repositories over SSH by hgscim-ssh alone");
  });

  it("leaves an administrator's own commands on the host alone", async () => {
    const world = await World.make();
    onTestFinished(() => world.end());
    const config = ["--config", `extensions.hgscim=${packageFile("agent/mercurial/hgscim")}`];
    const clone = await world.work("local");
    const { code } = await hg(clone, ...config, "push", world.path("root", "core", "api"));
    expect(code).toBe(0);
  });
});

/** The extension's folder, on its own. */
function copyOfExtension(): string {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-extension-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const extension = join(folder, "hgscim");
  cpSync(packageFile("agent/mercurial/hgscim"), extension, { recursive: true });
  return extension;
}

function replaceBy(make: (file: string) => unknown): (file: string) => void {
  return (file) => {
    rmSync(file);
    make(file);
  };
}

/** Garbage where the tables are; the header and the size stay as they were. */
function overwrite(file: string): void {
  const content = readFileSync(file);
  for (let page = 4096; page < content.length; page += 4096) content.fill(0x5a, page, page + 4096);
  writeFileSync(file, content);
}

/** `hg serve` of a world's repositories under a configuration; ends with the test. */
async function serve(world: World, configuration: string): Promise<string> {
  const hgrc = world.path("served.hgrc");
  writeFileSync(hgrc, configuration);
  const paths = world.path("paths");
  writeFileSync(paths, `[paths]\n/ = ${world.path("root", "**")}\n`);
  const child = spawn("hg", ["serve", "--webdir-conf", paths, "-a", "127.0.0.1", "-p", "0", "--print-url"], {
    env: { ...clientEnvironment, HGRCPATH: hgrc, HGRCSKIPREPO: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "close");
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return line.replace(/.*(http:\S+?)\/?$/, "$1");
}
