/** `hgscim host install` into a folder: what it lays there, what it keeps, and what it never prints. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAgentConfig } from "../../agent/config.ts";
import { hg } from "../agent/mercurial/client.ts";
import { hgscim, run } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-install-"));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (path: string) => join(folder, path);
const read = (path: string) => readFileSync(at(path), "utf8");
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const install = (...args: string[]) =>
  hgscim(["host", "install", "--prefix", folder, "--environment", "production", ...args], { cwd: folder });
const all = ["--web", "apache", "--ssh", "--yes"];

/** Every file and folder with its mode and what it holds. */
const everything = () =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.includes("__pycache__"))
      .map((name) => {
        const found = statSync(at(name));
        const mode = (found.mode & 0o7777).toString(8);
        return [name, found.isFile() ? `${mode} ${read(name)}` : mode];
      }),
  );
const tokens = () =>
  ["deployer", "reader", "approver"].map((role) => read(`/etc/hgscim/tokens/${role}`).trim());

test("it lays each file with its mode, makes tokens that nobody reads, and a repeat changes nothing", async () => {
  const dry = await install("--web", "apache", "--ssh", "--dry-run");
  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect(readdirSync(folder)).toEqual([]);
  for (const text of [
    "==> /etc/hgscim/hgweb.config  0644 root:root  (would be written)\n[extensions]\n",
    "==> /etc/hgscim/tokens/deployer  0600 root:root  (would be written)\n(a secret",
    "d /run/hgscim 2750 hgscim hg -\n",
  ])
    expect(dry.stdout).toContain(text);
  const done = await install(...all);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const modes = {
    "etc/hgscim/tokens": "700",
    "etc/hgscim/secrets": "700",
    "var/lib/hgscim": "700",
    "run/hgscim": "2750",
    "usr/share/hgscim/bin": "755",
  };
  expect(everything()).toMatchObject(modes);
  for (const role of ["deployer", "reader", "approver"])
    expect(everything()[`etc/hgscim/tokens/${role}`]).toMatch(/^600 [0-9a-f]{64}\n$/);
  expect(everything()["etc/hgscim/agent.yaml"]).toMatch(/^640 /);
  expect(everything()["usr/share/hgscim/bin/hgscim-ssh"]).toMatch(/^755 #!/);
  expect(await loadAgentConfig(at("/etc/hgscim/agent.yaml"))).toMatchObject({
    ok: true,
    value: {
      access: "/run/hgscim/access.db",
      watermark: "/var/lib/hgscim/watermark",
      tokens: tokens().map((token) => ({ sha256: createHash("sha256").update(token).digest("hex") })),
    },
  });
  const before = everything();
  const [first = ""] = tokens();
  for (const args of [all, ["--yes"], ["--yes", "--json"], ["--dry-run", "--json"]]) {
    const again = await install(...args);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    for (const token of tokens()) expect(again.stdout + done.stdout).not.toContain(token);
    expect(everything()).toEqual(before);
  }
  expect((await install("--yes")).stdout).toContain("Everything is as it was written: nothing to do.");
  // what somebody has opened is closed
  chmodSync(at("/etc/hgscim/tokens/deployer"), 0o644);
  chmodSync(at("/run/hgscim"), 0o777);
  expect((await install("--yes")).stdout).toMatch(
    /closed {4}\/run\/hgscim\nclosed {4}\/etc\/hgscim\/tokens\/deployer\n/,
  );
  expect(everything()).toEqual(before);
  expect(tokens()[0]).toBe(first);
});

test("what somebody has changed, or had there before, stays, and the new text lies beside it until it is merged", async () => {
  const theirs = "[extensions]\nmine =\n";
  write("/etc/mercurial/hgrc.d/hgscim.rc", theirs);
  const done = await install(...all);
  expect(done.code).toBe(1);
  expect(done.stderr).toBe(
    "/etc/mercurial/hgrc.d/hgscim.rc: it is not as it was written here, so it stays (expected what is in /etc/mercurial/hgrc.d/hgscim.rc.hgscim-new: merge it and remove that)\n",
  );
  expect(read("/etc/mercurial/hgrc.d/hgscim.rc")).toBe(theirs);
  expect((await install("--yes")).code).toBe(1);
  const merged = `${theirs}${read("/etc/mercurial/hgrc.d/hgscim.rc.hgscim-new")}`;
  write("/etc/mercurial/hgrc.d/hgscim.rc", merged);
  rmSync(at("/etc/mercurial/hgrc.d/hgscim.rc.hgscim-new"));
  const [config, site] = ["/etc/hgscim/hgweb.config", "/etc/apache2/sites-available/hgscim.conf"];
  write(site, `# ours\n${read(site)}`);
  expect(await install("--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(read("/etc/mercurial/hgrc.d/hgscim.rc")).toBe(merged);
  // what is as it was written becomes another; what is not stays
  const other = await install("--yes", "--contact", "ops@example.com", "--server", "hg.example.org");
  expect(other.code).toBe(1);
  expect(other.stderr.split("\n")).toHaveLength(2);
  expect(other.stderr).toContain(`${site}: it is not as it was written here`);
  expect(read(config)).toContain("contact = ops@example.com\n");
  expect(read(site)).toMatch(/^# ours\n/);
  expect(read(site)).not.toContain("hg.example.org");
  expect(read(`${site}.hgscim-new`)).toContain("ServerName hg.example.org\n");
  // taken over as it is
  write(site, read(`${site}.hgscim-new`));
  expect(await install("--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(at(`${site}.hgscim-new`))).toBe(false);
});

test("it proposes what the site of before has, names it, and lists what repositories lose", async () => {
  write(
    "/etc/apache2/sites-enabled/hg.conf",
    `<VirtualHost *:443>
  ServerName https://hg.example.net:443
  SSLCertificateFile "/etc/ssl/hg.pem"
  # WSGIScriptAlias /old /srv/hgweb.wsgi
  WSGIScriptAlias /hg/ /srv/hgweb.wsgi
  AuthUserFile /etc/apache2/people
</VirtualHost>
`,
  );
  write("/srv/hgweb.wsgi", "from mercurial.hgweb import hgweb\napplication = hgweb(b'/srv/hgweb.config')\n");
  write("/srv/hgweb.config", "[paths]\n/ = /srv/repositories/**\n");
  write(
    "/etc/nginx/sites-enabled/other",
    "server { server_name www; location / { proxy_pass http://127.0.0.1:3; } }",
  );
  mkdirSync(at("/srv/repositories"), { recursive: true });
  expect((await hg(folder, "init", at("/srv/repositories/one"))).code).toBe(0);
  write(
    "/srv/repositories/one/.hg/hgrc",
    "[hooks]\nincoming = curl -H 'password: hush'\n[phases]\npublish = no\n",
  );
  write(
    "/var/www/.ssh/authorized_keys",
    '# people\nssh-ed25519 AAAA ada\n\ncommand="hg-ssh /srv/hg" ssh-rsa AAAA rob\n',
  );
  const { code, stdout } = await install("--dry-run", "--json", "--ssh", "--user", "www-data");
  expect(code).toBe(0);
  expect(stdout).not.toContain("hush");
  const place = "/etc/apache2/sites-enabled/hg.conf";
  expect(JSON.parse(stdout)).toMatchObject({
    settings: {
      root: "/srv/repositories",
      web: "apache",
      server: "hg.example.net",
      path: "/hg",
      certificate: "/etc/ssl/hg.pem",
      key: "/etc/hgscim/tls.key",
      passwords: "/etc/apache2/people",
    },
    origins: { root: `as in ${place}:5`, key: "as usual", ssh: "given" },
    lost: [{ repository: "one", lost: ["hooks.incoming"] }],
    beside: [{ at: `${place}:5`, line: "WSGIScriptAlias /hg/ /srv/hgweb.wsgi", root: "/srv/repositories" }],
    formerKeys: [{ file: "/var/www/.ssh/authorized_keys", keys: 2 }],
    steps: expect.arrayContaining([
      expect.objectContaining({ command: ["a2dissite", "hg"], isByHand: true }),
    ]),
  });
});

test("the agent alone changes nothing for who is served, and nginx gets its secret", async () => {
  expect((await install("--web", "none", "--no-ssh", "--yes")).code).toBe(0);
  for (const path of ["/etc/mercurial", "/etc/apache2", "/etc/ssh", "/usr/share/hgscim"])
    expect(existsSync(at(path)), path).toBe(false);
  const done = await install("--web", "nginx", "--yes");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const secret = read("/etc/hgscim/proxy-secret").trim();
  expect(read("/etc/hgscim/proxy-header.conf")).toContain(secret);
  expect(everything()).toMatchObject({
    "etc/hgscim/proxy-secret": expect.stringMatching(/^640 /),
    "etc/hgscim/proxy-header.conf": expect.stringMatching(/^600 /),
  });
  for (const args of [["--yes", "--json"], ["--dry-run"]])
    expect((await install(...args)).stdout).not.toContain(secret);
});

test("what breaks off has closed before it opens, and a repeat goes on", async () => {
  mkdirSync(at("/etc/apache2"), { recursive: true });
  symlinkSync("/nowhere/at/all", at("/etc/apache2/sites-available"));
  const broken = await install(...all);
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("sites-available") });
  expect(read("/etc/mercurial/hgrc.d/hgscim.rc")).toContain("deny_read = *\n");
  expect(existsSync(at("/usr/share/hgscim/hgscim/__init__.py"))).toBe(true);
  expect(existsSync(at("/etc/ssh/sshd_config.d/hgscim.conf"))).toBe(false);
  const made = tokens();
  rmSync(at("/etc/apache2/sites-available"));
  expect(await install(...all)).toMatchObject({ code: 0, stderr: "" });
  expect(tokens()).toEqual(made);
  expect((await install("--yes")).stdout).toContain("nothing to do");
  expect((await install("--yes", "--certificate", "/etc/ssl/other.pem")).code).toBe(0);
  expect((await install("--dry-run")).stdout).toMatch(
    /^certificate +\/etc\/ssl\/other\.pem +\(as before\)$/m,
  );
  rmSync(at("/etc/hgscim/hgweb.config"));
  mkdirSync(at("/etc/hgscim/hgweb.config"));
  expect(await install("--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("/etc/hgscim/hgweb.config: it is a folder"),
  });
});

test("units and configurations are what systemd, Apache and sshd take", async () => {
  expect((await install(...all)).code).toBe(0);
  const units = await run(
    "systemd-analyze",
    ["verify", "--man=no", at("/etc/systemd/system/hgscim.service")],
    {
      cwd: folder,
    },
  );
  expect(units, units.stderr).toMatchObject({ code: 0 });
  expect(units.stderr).not.toMatch(/Unknown|Failed to parse/);
  const folders = await run(
    "systemd-tmpfiles",
    ["--dry-run", "--create", at("/etc/tmpfiles.d/hgscim.conf")],
    {
      cwd: folder,
    },
  );
  expect(folders.stderr).not.toMatch(/Invalid|Unknown (command|modifier)/);
});

test("what it cannot go by is refused in a sentence, and nothing is laid", async () => {
  for (const [args, stderr] of [
    [["--root", "srv/hg", "--yes"], '--root is "srv/hg": not a path (expected an absolute one'],
    [["--root", "/srv/hg\nfrom = evil", "--yes"], "not a path"],
    [["--web", "iis", "--yes"], '--web is "iis": not a web server (expected apache, nginx or none)'],
    [["--user", "root", "--yes"], '--user is "root": not a user that may serve repositories'],
    [["--contact", "us\n[web]\ndeny_read =", "--yes"], "no text (expected one line"],
    [["--environment", "Production", "--yes"], '--environment is "Production": not a name'],
    [["--json"], "nobody is there to ask"],
    [["--start", "--yes"], "--start starts what is on this host"],
    [[], "nobody is there to ask (expected --yes, or a terminal)"],
  ] as const)
    expect(await install(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(stderr) });
  expect(await hgscim(["host", "install", "--prefix", folder, "--yes"], { cwd: folder })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("whose releases? (expected --environment"),
  });
  expect(readdirSync(folder)).toEqual([]);
  write("/etc/hgscim/installed.json", "{}");
  expect(await install("--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("installed.json: it is not what the installation has written"),
  });
  rmSync(at("/etc/hgscim/installed.json"));
  write("/etc/hgscim/tokens/reader", "short\n");
  expect(await install("--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("tokens/reader: no token (expected one line of 32 characters or more"),
  });
});
