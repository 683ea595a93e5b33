/** `hgscim host check` beside a real agent and real web servers: a host that is right, those that are open, and who may do too much. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkPlanToken } from "../../cli/host/agent-state.ts";
import { checkWsgi } from "../../cli/host/configuration.ts";
import type { HostFinding } from "../../cli/host/finding.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { password } from "../agent/mercurial/world.ts";
import { type Finished, hgscim } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import { configuration, type Running, WebHost } from "./web/host.ts";

/** Who runs the agent: a user of Debian's that has nothing. */
const agentUser = { uid: 1, gid: 1 };

let host: WebHost;
let h: Harness;
beforeAll(async () => {
  host = await WebHost.make();
  const folder = dirname(host.access);
  chownSync(folder, agentUser.uid, groupOf("www-data"));
  chownSync(host.access, agentUser.uid, groupOf("www-data"));
  chmodSync(folder, 0o2750);
  h = await asAgent(() =>
    startHarness([], {
      environment: "production",
      access: host.access,
      repositories: host.path("/srv/hg"),
      // who a process was before counts there
      strictModes: "off",
    }),
  );
  await h.deploy(
    await h.release((release) => {
      release.environment = "production";
    }),
  );
  writeFileSync(join(h.folder, "agent.yaml"), JSON.stringify(h.config));
  for (const [file, text] of Object.entries({ password, wrong: "not it" }))
    writeFileSync(join(h.folder, file), text);
  chownSync(host.path("/srv/hg"), Number(execFileSync("id", ["-u", "www-data"])), groupOf("www-data"));
});
afterAll(async () => {
  await h?.stop();
  await host?.end();
});

const groupOf = (user: string) => Number(execFileSync("id", ["-g", user]));

/** Does what makes files of the agent's, or asks the system what it may. */
async function asAgent<T>(work: () => Promise<T>): Promise<T> {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(agentUser.gid);
  process.seteuid?.(agentUser.uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

function check(server: Running | undefined, ...more: string[]): Promise<Finished> {
  const web = server
    ? ["--url", `https://localhost:${server.port}`, "--ca", host.path("/etc/hgscim/tls.pem")]
    : [];
  const places = ["--hgrc", host.path(configuration), "--programs", host.path("/usr/share/hgscim")];
  places.push("--system-hgrc", host.path("/etc/mercurial/hgrc.d/hgscim.rc"));
  places.push("--wsgi", host.path("/etc/hgscim/hgscim.wsgi"));
  const config = ["--config", join(h.folder, "agent.yaml")];
  return hgscim(["host", "check", ...config, ...places, ...web, ...more], { cwd: h.folder });
}

const asZoe = () => ["--as", `zoe:${join(h.folder, "password")}`];

async function wrongWith(server: Running | undefined, ...more: string[]): Promise<string> {
  const { code, stdout } = await check(server, "--json", ...more);
  const { well, findings } = JSON.parse(stdout) as { well: boolean; findings: HostFinding[] };
  expect([code, well]).toEqual(findings.some(({ state }) => state === "wrong") ? [1, false] : [0, true]);
  const wrong = findings.filter(({ state }) => state === "wrong");
  for (const one of wrong) expect(Object.values(one)).not.toContain("");
  return wrong.map(({ check, found }) => `${check.replace(/^https:\S+ /, "")}: ${found}`).join("\n");
}

/** Repositories that are served by hgweb as it comes, and what Apache asks for before. */
async function plain(more = ""): Promise<Running> {
  host.write("/etc/open.rc", `[paths]\n/ = ${host.path("/srv/hg")}/*\n`);
  host.write(
    "/etc/open.wsgi",
    `from mercurial.hgweb import hgweb\napplication = hgweb(${JSON.stringify(host.path("/etc/open.rc"))}.encode())\n`,
  );
  return host.apache(more, host.path("/etc/open.wsgi"));
}

async function during<T>(starting: Promise<Running>, work: (server: Running) => Promise<T>): Promise<T> {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

it("finds nothing wrong with a host as the guide has it, and leaves nothing behind", async () => {
  await during(host.apache(), async (server) => {
    const { code, stdout, stderr } = await check(server, ...asZoe());
    expect([stdout, stderr, code]).toEqual([
      expect.stringMatching(/zoe, who may not read +refused by the extension, with the agent's mark\n/),
      "",
      0,
    ]);
    expect(stdout).toMatch(/daemon \(the agent\) +may do what it has to, and no more/);
    expect(stdout).toMatch(/www-data \(the web server and SSH\) +may do what it has to, and no more/);
    expect(stdout).toMatch(/\n\d+ as they must be, 0 wrong, \d unknown\n$/);
    expect(await wrongWith(server, ...asZoe())).toBe("");
    // the other ways to ask
    expect(await wrongWith(server, "--as", `zoe:${join(h.folder, "wrong")}`)).toMatch(
      /^zoe, who may not read: 401/,
    );
    expect(await wrongWith(undefined)).toBe("");
    const access = new Database(host.access, { readonly: true });
    expect(access.prepare("SELECT * FROM probes").all()).toEqual([]);
    access.close();
  });
  await during(
    (() => {
      host.configure(true);
      return host.nginx();
    })(),
    async (server) => expect(await wrongWith(server, ...asZoe())).toBe(""),
  );
});

it("tells an open host by the agent's mark, whatever the web server asks for", async () => {
  await during(plain(), async (server) => {
    // Apache's own 401 is what a stranger reads at a host that is right
    expect(await wrongWith(server, ...asZoe())).toMatch(/^zoe, who may not read: 200/);
    expect(await wrongWith(server)).toBe("");
  });
  const unasked = "<Location />\nAuthType None\nRequire all granted\n</Location>";
  await during(plain(unasked), async (server) => {
    const { code, stdout } = await check(server, ...asZoe());
    expect(code).toBe(1);
    expect(stdout).toMatch(/^THE HOST IS OPEN: https:\S+ a stranger\n/);
    expect(stdout).toMatch(
      /\nWRONG .*a stranger +IS LET IN: 200 .*\n +expected: .*\n +to mend: stop the web server/,
    );
  });
});

long("finds an nginx that takes any password, and an access file that is not the agent's", async () => {
  host.configure(true);
  const include = `include ${host.path("/etc/hgscim/proxy-header.conf")};`;
  await during(host.nginx(`satisfy any; allow all; ${include}`), async (server) =>
    expect(await wrongWith(server, ...asZoe())).toContain("a wrong password: IS TAKEN FOR zoe"),
  );
  host.configure();
  const other = host.path("/etc/old/access.db");
  host.write("/etc/old/access.db", readFileSync(host.access));
  host.write(configuration, host.read(configuration).replace(/^access = .*$/m, `access = ${other}`));
  await during(host.apache(), async (server) => {
    const found = await wrongWith(server, ...asZoe());
    expect(found).toContain(`[hgscim] access: ${other}`);
    expect(found).toMatch(
      /^zoe, who may not read: 403 zoe may not read repository core\/api: .*example\.com$/m,
    );
  });
  host.configure();
});

it("asks the system who may do more than they have to", async () => {
  const keep = [
    h.config.data,
    h.folder,
    host.path("/srv/hg/lab/.hg"),
    host.path(configuration),
    host.access,
  ].map((path) => [path, statSync(path).mode & 0o7777] as const);
  for (const [path, mode] of keep) chmodSync(path, mode | 0o077);
  const found = await wrongWith(undefined);
  for (const [path, mode] of keep) chmodSync(path, mode);
  for (const sentence of [
    `daemon (the agent): can write repository lab ${host.path("/srv/hg/lab/.hg")}`,
    `daemon (the agent): can write the host's configuration ${host.path(configuration)}`,
    `www-data (the web server and SSH): can write the access file ${host.access}`,
    `www-data (the web server and SSH): can read the store ${h.config.data}`,
    `nobody (anybody else): can read the store ${h.config.data}`,
  ])
    expect(found.split("\n")).toContain(sentence);
  expect(await wrongWith(undefined)).toBe("");
});

long("finds what lies open beside what does not: one repository, hg by hand, a plan's token", async () => {
  const lab = "<Location /lab>\nAuthType None\nRequire all granted\n</Location>";
  await during(host.apache(lab), async (server) =>
    expect(await wrongWith(server, ...asZoe())).toBe(
      "a stranger who asks for lab: reaches Mercurial without a password: 401 authentication is required",
    ),
  );
  host.write("/etc/mercurial/hgrc.d/hgscim.rc", "[web]\ndeny_read = *\n");
  expect(await wrongWith(undefined)).toBe(
    "hg serve --stdio by hand: serves the repository to whoever starts it",
  );
  host.configure();
  writeFileSync(join(h.folder, "token"), `${h.tokens.deployer}\n`);
  expect(await wrongWith(undefined, "--plan-token", join(h.folder, "token"))).toBe(
    "token of plans: deployer has the role deployer",
  );
  expect(checkPlanToken(h.config, h.tokens.reader).state).toBe("well");
  expect(checkPlanToken(h.config, h.tokens.scim).found).toBe("is none of agent.yaml");
});

it("runs the WSGI file as the web server's user", () => {
  const file = "/etc/hgscim/hgscim.wsgi";
  const asItMustBe = host.read(file);
  const { user } = host;
  const places = { installed: host.path("/usr/share/hgscim"), hgrc: host.path(configuration), user };
  for (const [text, found] of [
    [asItMustBe.replace("hgweb.config", "hgweb.conf"), /hgweb\.conf is missing/],
    [`from mercurial import ui\n${asItMustBe}`, /this process has imported Mercurial already/],
    ["application = 1\n", /serves by another program \(expected hgscim_host/],
    ["applicat", /NameError/],
  ] as const) {
    host.write(file, text);
    const { state, found: said } = checkWsgi(places, host.path(file));
    expect([state, said]).toEqual(["wrong", expect.stringMatching(found)]);
  }
  host.configure();
});

it("tells what ends soon, and an agent that does not answer", async () => {
  const pair = { certificate: join(h.folder, "soon.pem"), key: join(h.folder, "soon.key") };
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
  const out = ["-days", "5", "-keyout", pair.key, "-out", pair.certificate];
  execFileSync("openssl", ["req", "-x509", ...made, ...out], { stdio: "ignore" });
  chmodSync(pair.key, 0o644);
  chmodSync(h.folder, 0o755);
  const config = join(h.folder, "other.yaml");
  const scim = { listen: "127.0.0.1:0", tls: pair };
  writeFileSync(config, JSON.stringify({ ...h.config, scim, socket: join(h.folder, "none", "agent.sock") }));
  const found = await wrongWith(undefined, "--config", config);
  chmodSync(h.folder, 0o700);
  expect(found).toMatch(/^agent: no answer from the agent at unix:\S+: nothing listens there$/m);
  expect(found).toMatch(/^certificate \S+soon\.pem: ends /m);
  expect(found).toContain(`nobody (anybody else): can read the key of scim ${pair.key}`);
});

it("says what it needs", async () => {
  for (const [args, problem] of [
    [["--as", "zoe:/etc/hostname"], "--as asks at no address (expected --url)"],
    [["--url", "hg.example.com"], '--url is "hg.example.com" (expected such as https://hg.example.com/'],
    [["--ssh", "host"], '--ssh is "host" (expected such as hg@hg.example.com'],
    [["--url", "https://localhost", "--as", "zoe"], '--as is "zoe" (expected an account and a file'],
    [["--url", "https://localhost", "--as", "zoe:/nothing"], "--as: /nothing: "],
  ] as const)
    expect(await check(undefined, ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(problem),
    });
});
