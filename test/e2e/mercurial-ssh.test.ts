/** hg over SSH, by the real sshd: who is let in, as whom, and what each command of a session may do. */
import { appendFileSync, chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HostFinding } from "../../cli/host/finding.ts";
import { checkLogin } from "../../cli/host/session.ts";
import { checkSshd } from "../../cli/host/sshd.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { type Access, change, writeAccess } from "../agent/mercurial/access.ts";
import { local } from "../agent/mercurial/client.ts";
import { SshHost } from "../agent/mercurial/sshd.ts";
import { deactivate } from "../agent/people.ts";
import { hgscim } from "../cli/hgscim.ts";

let host: SshHost;
const keys: Record<string, string> = {};
const people = ["ada", "rob", "eve", "gone"];
const contact = "ask hg-admins@example.com";

const access = (): Access => ({
  environment: "local",
  accounts: { ada: true, rob: true, eve: true, gone: false },
  memberships: { ada: ["writers"], rob: ["readers"], gone: ["writers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      read: ["readers"],
      write: ["writers"],
      branches: { stable: ["managers"] },
    },
  },
  keys: Object.fromEntries(people.map((name) => [name, [keys[name] ?? ""]])),
});

beforeAll(async () => {
  host = await SshHost.make();
  for (const name of [...people, "stranger"]) keys[name] = await host.makeKey(name);
  await host.start();
});
afterAll(() => host?.end());
beforeEach(() => {
  writeAccess(host.access, access());
  host.close();
});

const identify = (key: string, repository = "core/api") =>
  host.hg(key, host.folder, "identify", host.url(repository));
const changesets = async () =>
  (await local(host.root("core/api"), "log", "-T", "{node}\\n")).output.trim().split("\n");

/** What `hgscim host check` finds wrong. */
const inWords = ({ check, found }: HostFinding) => `${check.replace(/^ssh \S+ /, "")}: ${found}`;
const wrongOf = (findings: readonly HostFinding[]) =>
  findings.filter(({ state }) => state === "wrong").map(inWords);

describe("a session", () => {
  it("clones and pulls for who may read, streamed too", async () => {
    const clone = join(host.folder, "clone");
    expect((await host.hg("rob", host.folder, "clone", host.url(), clone)).code).toBe(0);
    expect((await host.hg("rob", clone, "pull")).output).toContain("no changes found");
    const streamed = await host.hg("ada", host.folder, "clone", "--stream", host.url(), `${clone}-streamed`);
    expect(streamed.code).toBe(0);
    expect((await identify("ada", `/${host.root("core/api")}`)).code).toBe(0);
  });

  it.each([
    ["bundle2", []],
    ["bundle1", ["--config", "devel.legacy.exchange=bundle1"]],
  ])("pushes with %s for writers alone", async (format, config) => {
    const clone = await host.work(`push-${format}`);
    const before = await changesets();
    const refused = await host.hg("rob", clone, "push", ...config, host.url());
    expect(refused.output).toContain(
      `remote: rob may not write to repository core/api: the write right is missing; ${contact}\n`,
    );
    expect(refused.code).toBe(255);
    expect(await changesets()).toEqual(before);
    const pushed = await host.hg("ada", clone, "push", ...config, host.url());
    expect(pushed).toMatchObject({ code: 0, output: expect.stringContaining("remote: added 1 changesets") });
    await local(clone, "branch", "-q", "stable");
    await local(clone, "commit", "-qm", "stable");
    const stable = await host.hg("ada", clone, "push", "--new-branch", ...config, host.url());
    expect(stable.output).toMatch(/ada may not push changeset \w+ to branch stable/);
    expect(stable.output.split("may not push")).toHaveLength(2);
    expect(stable.code).not.toBe(0);
    expect(await changesets()).toHaveLength(before.length + 1);
    await local(clone, "bookmark", "-r", "tip^", `mark-${format}`);
    for (const legacy of [[], ["--config", "devel.legacy.exchange=bookmarks"]]) {
      const marked = await host.hg(
        "rob",
        clone,
        "push",
        "-r",
        "0",
        "-B",
        `mark-${format}`,
        ...legacy,
        host.url(),
      );
      expect(marked.output).toContain("rob may not write to repository core/api");
    }
  });

  it("tells who may not read the same of what is there, what is not, and what is elsewhere", async () => {
    const sentence = (repository: string, why: string) =>
      `remote: eve may not read repository ${repository}: ${why}; ${contact}\n`;
    for (const repository of ["core/api", "core/none", "lab", "../../etc", "core/api/.hg"])
      expect((await identify("eve", repository)).output).toContain(
        sentence(repository, "the read right is missing"),
      );
    expect((await identify("eve", "/etc")).output).toContain(sentence("etc", "the read right is missing"));
    expect((await identify("rob", "core/none")).output).toContain("there is no repository core/none\n");
    expect((await identify("rob", "/core/api")).output).toContain("there is no repository core/api\n");
    expect((await identify("rob", "")).output).toContain("does not list its repositories");
  });

  it("takes names with spaces, quotes and letters beyond ASCII", async () => {
    const name = `core/it's "ä" $HOME`;
    cpSync(host.root("core/api"), host.root(name), { recursive: true });
    const asked = encodeURIComponent(name).replaceAll("%2F", "/");
    expect(await identify("eve", asked)).toMatchObject({
      output: expect.stringContaining("eve may not read"),
    });
    expect((await identify("rob", asked)).code).toBe(0);
    rmSync(host.root(name), { recursive: true });
  });

  it("ends at the next command once the account is deactivated, or the right is gone", async () => {
    for (const statement of [
      "UPDATE accounts SET active = 0 WHERE account = 'rob'",
      "DELETE FROM memberships WHERE account = 'rob'",
    ]) {
      writeAccess(host.access, access());
      host.close();
      const session = host.session("rob");
      session.send("hello\n");
      await session.told("capabilities:");
      session.send("heads\n");
      await session.told("41\n");
      change(host.access, statement);
      session.send("listkeys\nnamespace 9\nbookmarksheads\n");
      expect(await session.ended).toBe(0);
      expect(session.output).toMatch(/\n\n$|rob may not read repository core\/api/);
      expect(session.output.match(/may not read/g)).toHaveLength(1);
      expect(session.output).not.toContain("41\n41\n");
    }
  });

  it("judges each command of a batch, and reads a refused one's arguments", async () => {
    const node = "0".repeat(40);
    const cmds = `heads ;pushkey namespace=bookmarks,key=x,old=,new=${(await changesets())[0]}`;
    const session = host.session("rob");
    session.send(`batch\n* 0\ncmds ${cmds.length}\n${cmds}`);
    await session.told("rob may not write to repository core/api");
    const unbundle = `unbundle\nheads ${node.length}\n${node}`;
    session.send(`${unbundle}heads\n`);
    await session.told("41\n");
    // neither an upgrade to another protocol, nor what no server has
    session.send("upgrade 1234 proto=exp-ssh-v2-0003\n");
    await session.told("0\n");
    session.send("listkeys\nnamespace 99999999999\n");
    expect(await session.ended).toBe(0);
    expect(session.output).toContain("a command has 8388608 bytes of arguments at most");
    expect((await local(host.root("core/api"), "bookmarks")).output).not.toContain("x");
    const malformed = host.session("rob");
    malformed.send("known\nnodes 1\nx* 0\n");
    await malformed.ended;
    expect(malformed.output).toContain("this host does not understand the request");
  });

  it("refuses a push whose right goes while it is uploaded", async () => {
    const clone = await host.work("uploading");
    await local(clone, "bundle", "-q", "--type", "none-v2", "--base", "null", "all.hg");
    const bundle = readFileSync(join(clone, "all.hg"), "latin1");
    const before = await changesets();
    const session = host.session("ada");
    const heads = Buffer.from("force").toString("hex");
    session.send(`unbundle\nheads ${heads.length}\n${heads}`);
    await session.told("0\n");
    session.send(`${bundle.length}\n${bundle.slice(0, 1000)}`);
    change(host.access, "UPDATE accounts SET active = 0 WHERE account = 'ada'");
    session.send(`${bundle.slice(1000)}0\n`);
    await session.told("the account is deactivated");
    session.send("\n");
    await session.ended;
    expect(await changesets()).toEqual(before);
  });
});

describe("sshd", () => {
  it("lets in no key of nobody, of somebody deactivated, or by an access file that cannot be gone by", async () => {
    const out = { code: 255, output: expect.stringContaining("Permission denied (publickey)") };
    expect(await identify("stranger")).toMatchObject(out);
    expect(await identify("gone")).toMatchObject(out);
    expect((await identify("ada")).code).toBe(0);
    change(host.access, "DELETE FROM keys WHERE account = 'ada'");
    expect(await identify("ada")).toMatchObject(out);
    writeAccess(host.access, { ...access(), release: "" });
    host.close();
    expect(await identify("ada")).toMatchObject(out);
    for (const damage of [
      () => change(host.access, "UPDATE meta SET value = 'staging' WHERE key = 'environment'"),
      () => writeFileSync(host.access, "no database"),
      () => rmSync(host.access),
    ]) {
      writeAccess(host.access, access());
      host.close();
      damage();
      expect(await identify("ada")).toMatchObject(out);
    }
  });

  it("lets a login do nothing but what hg asks for", async () => {
    const alone = "this account is for hg alone";
    for (const command of [
      undefined,
      "sh",
      "id; hg -R core/api serve --stdio",
      "hg -R core/api serve --stdio --config extensions.hgscim=!",
      "hg --config extensions.hgscim=! -R core/api serve --stdio",
      "hg -R --config=extensions.hgscim=! serve --stdio",
      "hg -R -oProxyCommand=id serve --stdio",
      "hg -R '' serve --stdio",
      "hg -R core/api serve",
      "hg init core/new",
      "/usr/bin/hg -R core/api serve --stdio",
      "hg -R 'core/api serve --stdio",
    ])
      expect([command, host.remote("ada", command)]).toEqual([
        command,
        { code: 255, output: `${alone}: it takes clone, pull and push\n` },
      ]);
    expect(existsSync(host.root("core/new"))).toBe(false);
    const [forward] = [host.remote("ada", "hg -R core/api serve --stdio", "", ["-W", "127.0.0.1:9"])];
    expect(forward).toMatchObject({ code: 255, output: expect.stringContaining("forwarding") });
    expect(host.remote("ada", "hg -R core/api serve --stdio", "", ["-tt"]).output).toContain("PTY");
  });

  it("takes nothing of a client's environment", async () => {
    // an administrator who lets clients send all that they like
    const bare = host.block("AuthorizedKeysCommand ").replace(/^ +SetEnv.*$/m, "");
    await host.start(bare, "AcceptEnv *");
    const hook = join(host.folder, "hook.rc");
    writeFileSync(hook, "[extensions]\nhgscim = !\n");
    const send = ["-o", "SendEnv=HGRCPATH PYTHONPATH SSH_ORIGINAL_COMMAND HGSCIM_ACCOUNT PATH"];
    const env = {
      HGRCPATH: hook,
      PYTHONPATH: host.folder,
      HGSCIM_ACCOUNT: "ada",
      SSH_ORIGINAL_COMMAND: "sh",
    };
    const serve = "hg -R core/api serve --stdio";
    expect(host.remote("eve", serve, "hello\n", send, env).output).toContain("eve may not read");
    expect(host.remote("rob", serve, "hello\n", send, env).output).toContain("capabilities:");
    await host.start();
  });

  it("is refused by Mercurial where a line of a key has another command", async () => {
    // beside the drop-in's programs, an administrator's file of keys
    const file = host.write("authorized_keys", "");
    const dropin = host
      .block("AuthorizedKeysCommand ")
      .replace("AuthorizedKeysFile none", `AuthorizedKeysFile ${file}`);
    cpSync("/usr/bin/hg-ssh", join(host.installed, "bin/hg-ssh"));
    const program = join(host.installed, "bin/hg-ssh");
    const path = host.root("core/api");
    const lines = [
      [`command="${program} ${path}"`, dropin],
      // nor do sshd's own lines have to name the configuration
      [`command="${program} ${path}"`, dropin.replace(/^.*SetEnv.*$/m, "")],
      [`command="${program} ${path}"`, dropin.replace(/^ +SetEnv.*$/m, "    AcceptEnv HGSCIM_* REMOTE_USER")],
      ["", dropin],
    ] as const;
    const serve = `hg -R ${path} serve --stdio`;
    const send = ["-o", "SendEnv=REMOTE_USER HGSCIM_ACCOUNT"];
    for (const [options, config] of lines) {
      writeFileSync(file, `${options} ${keys.stranger}\n`);
      await host.start(config);
      const ran = host.remote("stranger", serve, "hello\n", send, {
        REMOTE_USER: "ada",
        HGSCIM_ACCOUNT: "ada",
      });
      expect([options, ran.output]).toEqual([options, expect.stringContaining("by hgscim-ssh alone")]);
    }
    await host.start();
  });

  it("knows certificates by their key ID and principal, of the authority that it trusts", async () => {
    await host.makeKey("other-ca");
    const trusting = host
      .block("AuthorizedKeysCommand ")
      .replace(
        "AuthenticationMethods",
        `TrustedUserCAKeys ${join(host.folder, "ca.pub")}\n    AuthenticationMethods`,
      );
    await host.start(trusting);
    for (const [name, ...signed] of [
      ["certain", "ada", "ada"],
      ["gone-cert", "gone", "gone"],
      ["wrong-principal", "ada", "rob"],
      ["wrong-identity", "nobody;ada", "ada"],
      ["wrong-authority", "ada", "ada", "other-ca"],
    ] as const) {
      await host.makeKey(name);
      host.sign(name, signed[0], signed[1], signed[2]);
      const { code, output } = await identify(name);
      expect([name, code]).toEqual([name, name === "certain" ? 0 : 255]);
      if (code !== 0) expect(output).toContain("Permission denied");
    }
    expect(host.remote("certain", "sh").output).toContain("this account is for hg alone");
    change(host.access, "UPDATE accounts SET active = 0 WHERE account = 'ada'");
    expect((await identify("certain")).output).toContain("Permission denied");
    await host.start();
  });

  it("knows keys of the host's own file, of accounts that are active", async () => {
    const file = host.write("keys", `# of the host\nada ${keys.stranger} laptop\n`);
    const hgrc = join(host.installed, "etc/hgscim/hgweb.config");
    const before = readFileSync(hgrc, "utf8");
    writeFileSync(hgrc, before.replace("[hgscim]", `[hgscim]\nkeys = ${file}`));
    try {
      expect((await identify("stranger")).code).toBe(0);
      appendFileSync(file, `rob ${keys.stranger}\n`);
      expect((await identify("stranger")).output).toContain("Permission denied");
      writeFileSync(file, `gone ${keys.stranger}\n`);
      expect((await identify("stranger")).output).toContain("Permission denied");
      writeFileSync(file, `ada ${keys.rob}\n`);
      expect((await identify("rob")).output).toContain("Permission denied");
    } finally {
      writeFileSync(hgrc, before);
    }
  });

  describe("serves nobody where the configuration", () => {
    let hgrc: string;
    let asItWas: string;
    beforeAll(async () => {
      hgrc = join(host.installed, "etc/hgscim/hgweb.config");
      asItWas = readFileSync(hgrc, "utf8");
      // a line that an administrator has written, so that the key is still known
      const file = host.write(
        "authorized_keys",
        `restrict,command="${join(host.installed, "share/bin/hgscim-ssh")} --config ${hgrc} ada" ${keys.stranger}\n`,
      );
      await host.start(
        host.block("AuthorizedKeysCommand ").replace("AuthorizedKeysFile none", `AuthorizedKeysFile ${file}`),
      );
      expect((await identify("stranger")).code).toBe(0);
    });
    afterEach(() => host.write("etc/hgscim/hgweb.config", asItWas));
    afterAll(() => host.start());

    it.each([
      ["is missing", (hgrc: string) => rmSync(hgrc)],
      ["is empty", (hgrc: string) => writeFileSync(hgrc, "")],
      [
        "has no extension",
        (hgrc: string) =>
          writeFileSync(hgrc, readFileSync(hgrc, "utf8").replace("[extensions]", "[extension]")),
      ],
      [
        "has none that is there",
        (hgrc: string) => writeFileSync(hgrc, readFileSync(hgrc, "utf8").replace("/hgscim\n", "/nothing\n")),
      ],
      [
        "has no access file",
        (hgrc: string) => writeFileSync(hgrc, readFileSync(hgrc, "utf8").replace("access =", "acces =")),
      ],
      [
        "has no root",
        (hgrc: string) => writeFileSync(hgrc, readFileSync(hgrc, "utf8").replace("root =", "rot =")),
      ],
      ["has a section that is misspelt", (hgrc: string) => appendFileSync(hgrc, "\n[hgscm]\nroot = /\n")],
      [
        "has no deny lines",
        (hgrc: string) => writeFileSync(hgrc, readFileSync(hgrc, "utf8").replace(/^deny_read.*$/m, "")),
      ],
      ["can be written by others", (hgrc: string) => chmodSync(hgrc, 0o666)],
      ["includes another", (hgrc: string) => appendFileSync(hgrc, "\n%include /etc/hgrc\n")],
      ["is no configuration", (hgrc: string) => appendFileSync(hgrc, "\nwhat is this\n")],
    ])("%s", async (_, damage) => {
      damage(hgrc);
      const { code, output } = await identify("stranger");
      expect(code).toBe(255);
      expect(output).toContain("remote: this host is not set up as it must be, so nothing is allowed;");
      expect(output).not.toContain("Traceback");
      const as = { account: "ada", key: join(host.folder, "stranger"), probe: { nonce: "0123456789abcdef" } };
      expect(wrongOf(checkLogin({ ...host.login, repository: "core/api", as }))[0]).toMatch(
        /^ada, who may not read: .*this host is not set up as it must be, so nothing is allowed/,
      );
    });
  });
});

describe("hgscim host check", () => {
  const nonce = "0123456789abcdef";
  /** What it finds wrong, with the nonce that an agent would lay down; the key of nobody that it makes itself is not among ours. */
  const wrongAs = (account: string, key = account) => {
    change(
      host.access,
      `CREATE TABLE IF NOT EXISTS probes (account TEXT NOT NULL PRIMARY KEY, nonce TEXT NOT NULL, until INTEGER NOT NULL);
       INSERT OR REPLACE INTO probes VALUES ('${account}', '${nonce}', ${Date.now() + 60_000})`,
    );
    const as = { account, key: join(host.folder, key), probe: { nonce } };
    return wrongOf([...checkSshd(host.login), ...checkLogin({ ...host.login, repository: "core/api", as })]);
  };

  it("finds nothing wrong with the guide's drop-in, and tells what an account may read that should not", async () => {
    expect(wrongAs("eve")).toEqual([]);
    expect(wrongAs("rob")).toEqual([expect.stringContaining("rob, who may not read: IS SERVED")]);
    // as the first one knew, a nonce ends
    change(host.access, "UPDATE probes SET until = 1");
    expect((await identify("eve")).output).not.toContain("probe");
  });

  it.each([
    [
      "hgscim's programs are not asked for keys",
      (text: string) => text.replace(/^ +AuthorizedKeysCommand.*\n/gm, ""),
      "authorizedkeyscommand",
    ],
    [
      "nor for principals",
      (text: string) => text.replace(/^ +AuthorizedPrincipals.*\n/gm, ""),
      "authorizedprincipalscommand",
    ],
    [
      "the configuration is not in the environment",
      (text: string) => text.replace(/^ +SetEnv.*$/m, ""),
      "setenv is not set",
    ],
    [
      "passwords are taken too",
      (text: string) => text.replace(/^ +AuthenticationMethods.*$/m, ""),
      "authenticationmethods any",
    ],
    [
      "connections may be forwarded",
      (text: string) => text.replace(/^ +DisableForwarding.*$/m, ""),
      "disableforwarding no",
    ],
    ["sessions may have a terminal", (text: string) => text.replace(/^ +PermitTTY.*$/m, ""), "permittty yes"],
  ])("finds that %s", (_, spoil, found) => {
    host.configure(spoil(host.block("AuthorizedKeysCommand ")));
    const wrong = wrongOf(checkSshd(host.login));
    host.configure();
    expect(wrong.join("\n")).toContain(found);
  });

  it("finds a line of a key that has not the forced command, and what it lets its holder do", async () => {
    const file = host.write("authorized_keys", "");
    await host.start(
      host.block("AuthorizedKeysCommand ").replace("AuthorizedKeysFile none", `AuthorizedKeysFile ${file}`),
    );
    for (const [options, login] of [
      ["", "IS RUN: uid="],
      ['restrict,command="/bin/sh"', "eve, who may not read: "],
      [`restrict,command="/usr/bin/hg-ssh ${host.root("core/api")}"`, "eve, who may not read: "],
      [
        `restrict,command="/usr/bin/hg -R ${host.root("core/api")} serve --stdio"`,
        "eve, who may not read: abort: this host serves repositories over SSH by hgscim-ssh alone",
      ],
      ['command="/usr/share/hgscim/bin/hgscim-ssh eve"', "eve, who may not read: "],
      ['restrict,command="/usr/share/hgscim/bin/hgscim-ssh eve; sh"', "eve, who may not read: "],
    ] as const) {
      writeFileSync(file, `# of before\n${options} ${keys.stranger}\n`);
      const found = wrongAs("eve", "stranger").join("\n");
      expect(found).toContain(`${file}:2: a key without restrict and hgscim-ssh`);
      expect(found).toContain(login);
    }
    await host.start();
  });
});

describe("an agent", () => {
  /** What the command finds of sshd, and by asking over SSH. */
  const overSsh = async (h: Harness) => {
    writeFileSync(join(h.folder, "agent.yaml"), JSON.stringify({ ...h.config, repositories: host.root() }));
    const { destination, port, knownHosts, file } = host.login;
    const { stdout } = await hgscim(
      [
        ...["host", "check", "--json", "--config", join(h.folder, "agent.yaml")],
        ...["--ssh", `${destination}:${port}`, "--ssh-as", `eve:${join(host.folder, "eve")}`],
        ...["--known-hosts", knownHosts, "--sshd-config", file, "--repository", "core/api"],
        ...[
          "--programs",
          join(host.installed, "share"),
          "--hgrc",
          join(host.installed, "etc/hgscim/hgweb.config"),
        ],
        ...["--system-hgrc", join(host.installed, "etc/mercurial/hgrc.d/hgscim.rc")],
      ],
      { cwd: h.folder },
    );
    const { findings } = JSON.parse(stdout) as { findings: HostFinding[] };
    return findings.filter(({ check }) => /^sshd? /.test(check.replace(",", " "))).map(inWords);
  };

  it("lets in by the keys that a provider sends, and not a moment longer", async () => {
    const hr = "urn:example:hr:2.0:User";
    const h = await startHarness(["core/api"], { access: host.access });
    try {
      await h.deploy(
        await h.release((release) => {
          const attributes = { sshKeys: { type: "string", multiValued: true } };
          release.connectors.okta.extensions = { hr: { schema: hr, attributes } };
          release.connectors.okta.mapping.keys = "user.?hr.?sshKeys.orValue([])";
        }),
      );
      const { body: ada } = await h.scim("POST", "/Users", {
        userName: "ada@example.com",
        active: true,
        [hr]: { sshKeys: [`${keys.ada} laptop`, `command="sh" ${keys.eve}`] },
      });
      await h.scim("POST", "/Groups", { displayName: "engineering", members: [{ value: ada.id }] });
      host.close();
      expect(await identify("ada")).toMatchObject({ code: 0 });
      expect((await identify("eve")).output).toContain("Permission denied");
      const patch = (operation: object) => h.scim("PATCH", `/Users/${ada.id}`, { Operations: [operation] });
      await patch({ op: "replace", path: `${hr}:sshKeys`, value: [keys.stranger] });
      expect((await identify("ada")).output).toContain("Permission denied");
      const session = host.session("stranger");
      session.send("hello\n");
      await session.told("capabilities:");
      await h.scim("POST", "/Users", {
        userName: "eve@example.com",
        active: true,
        [hr]: { sshKeys: [keys.eve] },
      });
      host.close();
      expect(await overSsh(h)).toEqual([
        `sshd, for ${host.login.user}: hgscim's programs, keys and principals; nothing else`,
        "a key of nobody: refused by sshd",
        "eve, who may not read: refused by the extension, with the agent's mark",
        "a shell's command: refused by hgscim-ssh",
      ]);
      await deactivate(h, ada.id);
      session.send("heads\n");
      expect(await session.ended).toBe(0);
      expect(session.output).toContain("ada may not read repository core/api: the account is deactivated");
      expect((await identify("stranger")).output).toContain("Permission denied");
    } finally {
      await h.stop();
    }
  });
});
