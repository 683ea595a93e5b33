/** `hgscim agent load` as somebody on the host runs it, on a real agent. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { releaseFileText } from "../../model/release-file.ts";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { keylessIssuer } from "../agent/preflight/keyless.ts";
import { json, Servers } from "../agent/preflight/servers.ts";
import { tamper } from "../agent/verification/tampered.ts";
import { long } from "../long.ts";
import { type Finished, hgscim } from "./hgscim.ts";

let h: Harness;
let folder: string;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  folder = mkdtempSync(join(tmpdir(), "hgscim-load-"));
});
afterEach(async () => {
  await h.stop();
  rmSync(folder, { recursive: true, force: true });
});

const load = (...args: string[]): Promise<Finished> =>
  hgscim(["agent", "load", "--socket", h.agent.socket, ...args], {
    cwd: folder,
    env: { SUDO_USER: "ada" },
  });

const sources = { "permissions.core": "environments/shared/policy.yaml:27:3" };

/** Writes a release file; answers its name and digest. */
async function file(edit?: (release: ReleaseShape) => void, accept?: ReleaseShape) {
  const release: ReleaseShape = await h.release(edit);
  const digest = digestsOf(release).release;
  const name = `release-${digest.slice(7, 13)}.json`;
  writeFileSync(join(folder, name), releaseFileText({ release, sources, ...(accept && { accept }) }));
  return { name, digest };
}

const takenFromCore = (release: ReleaseShape) => {
  release.permissions.core.write = [];
};

async function hire(name: string, ...groups: string[]): Promise<void> {
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
  for (const displayName of groups)
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
}

const active = async () => (await h.admin("GET", "/release")).body;
const rights = async () => (await h.admin("GET", "/access")).body.access.length;

test("a release file becomes the active release, with what that means for people, and the name of who did it", async () => {
  const first = await file();
  const done = await load(first.name);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout.split("\n")).toEqual([
    expect.stringMatching(`^local: release ${first.digest}, policy sha256:[0-9a-f]{64}$`),
    "  in place of none",
    "  nobody gains or loses access",
    '  no effect: permissions.archive: "core/archive/**" matches no repository',
    '  no effect: permissions.core: "!core/archive/**" matches no repository',
    '  no effect: permissions.releases: "releases/*" matches no repository',
    `active: ${first.digest}`,
    "",
  ]);
  expect(await active()).toMatchObject({
    digest: first.digest,
    activatedBy: "local:ada",
    origin: { sources },
  });

  await hire("grace", "engineering", "core-team");
  const second = await file(takenFromCore);
  expect((await load(second.name)).stdout).toContain(
    `  in place of ${first.digest}\n  1 account loses push on 1 repository\n  grace loses push on core/api\n`,
  );
  // twice does no harm
  const again = await load(second.name);
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(again.stdout).toContain("It is active already.\n");
  // unless Mercurial does not go by it, which a deploy mends
  const right = h.accessFile();
  tamper(h.config.access, "INSERT INTO accounts VALUES ('eve', 1)");
  const mended = await load(second.name, "--expect", first.digest);
  expect(mended).toMatchObject({ code: 0, stderr: "" });
  expect(mended.stdout).toContain(
    `  Mercurial does not go by it: the access file is made anew\nactive: ${second.digest}\n`,
  );
  expect(h.accessFile()).toEqual(right);

  const { rows } = (await h.admin("GET", "/audit")).body;
  const releases = rows.filter(({ operation }: Record<string, string>) => operation === "release.activate");
  expect(releases).toMatchObject([
    { actor: "local:ada", target: first.digest, outcome: "done" },
    ...Array(2).fill({ actor: "local:ada", target: second.digest, outcome: "done" }),
  ]);
});

test("a dry run changes nothing, and what it showed is what --expect holds the load to", async () => {
  const first = await file();
  const second = await file(takenFromCore);
  const shown = await load(first.name, "--dry-run");
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toContain(
    "Nothing was changed. To make exactly this active: --expect none in place of --dry-run\n",
  );
  expect((await h.admin("GET", "/release")).status).toBe(404);

  expect((await load(first.name, "--expect", "none")).code).toBe(0);
  const late = await load(second.name, "--expect", "none");
  expect(late).toEqual({
    code: 1,
    stdout: "",
    stderr: `the active release is ${first.digest} (expected none): look at what is active now\nNothing was changed.\n`,
  });
  expect((await active()).digest).toBe(first.digest);
  expect((await load(second.name, "--expect", first.digest)).code).toBe(0);
  // the answer to an earlier try was lost
  expect((await load(second.name, "--expect", first.digest)).stdout).toContain("It is active already.");
  expect((await active()).digest).toBe(second.digest);
});

test("what is new and would not work is not loaded, unless nobody wants it looked at, which the history says", async () => {
  const servers = new Servers();
  try {
    const origin = await servers.plain(json({ "/keys": { keys: [] } }));
    h.config.egress?.push(...servers.hosts);
    const first = await file();
    await load(first.name);
    const keyless = await file(keylessIssuer(origin));
    for (const more of [[], ["--dry-run"], ["--json"]]) {
      const stopped = await load(keyless.name, ...more);
      expect(stopped.code).toBe(1);
      expect(stopped.stderr).toContain(
        "The preflight of this release fails:\n  SCIM_KEYS: keys of connector okta: it has no key",
      );
      expect(stopped.stderr).toMatch(/--no-preflight, which the history says\.\nNothing was changed\.\n$/);
    }
    expect((await active()).digest).toBe(first.digest);
    // as the file says by itself, before anybody is asked
    const loopless = await file((release) => {
      keylessIssuer(`${origin}/?x=1`)(release);
    });
    expect((await load(loopless.name)).stderr).toContain('"?x=1" behind the issuer');

    const misspelt = await hgscim(["agent", "load", keyless.name, "--socket", h.agent.socket], {
      ...{ cwd: folder, env: { HGSCIM_PREFLIGHT: "no" } },
    });
    expect(misspelt).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("HGSCIM_PREFLIGHT is no setting"),
    });

    expect(await load(keyless.name, "--no-preflight")).toMatchObject({ code: 0, stderr: "" });
    expect((await active()).digest).toBe(keyless.digest);
    const { entries } = (await h.admin("GET", "/history")).body;
    expect(entries.map(({ preflight }: Record<string, string>) => preflight)).toEqual(["skipped", undefined]);
    // what was so before stops nothing
    const third = await file((release) => {
      keylessIssuer(origin)(release);
      takenFromCore(release);
    });
    expect(await load(third.name)).toMatchObject({ code: 0, stderr: "" });
  } finally {
    await servers.stop();
  }
});

long("--json is for machines", async () => {
  await load((await file()).name);
  await hire("grace", "core-team");
  const before = (await active()).digest;
  const { name, digest } = await file(takenFromCore, { from: before, lose: 1, protected: [] });
  for (const [dryRun, isActive] of [
    [["--dry-run"], false],
    [[], true],
  ] as const) {
    const { code, stdout, stderr } = await load(name, "--json", ...dryRun);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      environment: "local",
      digest,
      from: before,
      active: isActive,
      lose: 1,
      gain: 0,
      changes: [{ account: "grace", repository: "core/api", before: "write" }],
    });
  }
});

test("a release comes by standard input too, where a shell brings it", async () => {
  const { name, digest } = await file();
  const args = ["dist/cli/main.js", "agent", "load", "-", "--socket", h.agent.socket].map((arg, index) =>
    index === 0 ? resolve(arg) : arg,
  );
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(readFileSync(join(folder, name)));
  expect(await text(child.stdout)).toContain(`active: ${digest}`);
});

long("the agent's configuration says where its socket is", async () => {
  const { name, digest } = await file();
  const configuration = (socket: string) => `environment: local
data: ${JSON.stringify(h.config.data)}
access: access.db
repositories: repositories
scim: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
${socket}
references: []
tokens: [{ name: ci, role: reader, sha256: ${"a".repeat(64)} }]
`;
  writeFileSync(join(folder, "agent.yaml"), configuration(""));
  const call = (...args: string[]) => hgscim(["agent", "load", name, ...args], { cwd: folder });
  expect((await call()).stdout).toContain(`active: ${digest}`);
  writeFileSync(join(folder, "other.yaml"), configuration("socket: elsewhere.sock"));
  const nobody = await call("--config", "other.yaml");
  expect(nobody).toEqual({
    code: 1,
    stdout: "",
    stderr: `no answer from the agent at unix:${join(folder, "elsewhere.sock")}: nothing listens there\nExpected a running agent, and to be its own user or root.\n`,
  });
  const missing = await call("--config", "not-there.yaml");
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toMatch(/^not-there\.yaml:1:1: no such file .*\nExpected --config or --socket/);
});

test.each([
  [[], "which release? (expected one file, or - for standard input)"],
  [["one.json", "two.json"], "which release?"],
  [
    ["one.json", "--expect", "latest"],
    '--expect is "latest" (expected the digest of the active release, or none)',
  ],
  [["one.json", "--force"], "Unknown option '--force'"],
])("wrong usage is told, with exit code 2: hgscim agent load %j", async (args, expected) => {
  const { code, stdout, stderr } = await hgscim(["agent", "load", ...args], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(expected);
});

test("what is no release file, or not as synthesis wrote it, is not sent", async () => {
  const { name, digest } = await file();
  const written = readFileSync(join(folder, name), "utf8");
  const refusal = async (content: string) => {
    writeFileSync(join(folder, "odd.json"), content);
    const { code, stdout, stderr } = await load("odd.json");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };
  expect(await refusal("")).toMatch(/^odd\.json: not JSON \(expected the release file/);
  expect(await refusal(written.slice(0, -20))).toMatch(/^odd\.json: not JSON/);
  expect(await refusal("{}")).toMatch(/^odd\.json: not a release file of this version \(digest: /);
  expect(await refusal(written.replace("core-team", "core-teams"))).toMatch(
    `odd.json: changed after synthesis: its release is sha256:`,
  );
  expect(await refusal(written.replace(digest, `sha256:${"0".repeat(64)}`))).toContain(
    `its release is ${digest} (expected sha256:0000`,
  );
  const missing = await load("not-there.json");
  expect(missing).toEqual({
    code: 1,
    stdout: "",
    stderr: "not-there.json: no such file (expected a release file)\n",
  });
  expect((await h.admin("GET", "/audit")).body.rows).toEqual([]);
});

test("what the agent refuses changes nothing, is told in sentences, and is in the audit", async () => {
  const first = await file();
  await load(first.name);
  await hire("grace", "core-team");
  const before = await rights();
  const refusal = async (edit: (release: ReleaseShape) => void, accept?: ReleaseShape) => {
    const { name } = await file(edit, accept);
    const real = await load(name);
    const dry = await load(name, "--dry-run");
    for (const { code, stderr } of [real, dry]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/Nothing was changed\.\n$/);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    return { real: real.stderr, dry: dry.stderr };
  };
  const elsewhere = await refusal((release) => {
    release.environment = "production";
  });
  for (const stderr of Object.values(elsewhere))
    expect(stderr).toContain('it is a release of environment "production" (expected "local")');
  const unfit = await refusal((release) => {
    release.connectors.okta.mapping.account = "user.emails[0].value";
  });
  for (const stderr of Object.values(unfit)) expect(stderr).toContain("connector");

  const bounded = (release: ReleaseShape) => {
    takenFromCore(release);
    release.settings.bounds = { lose: "0%", above: 0, protected: [] };
  };
  const { real, dry } = await refusal(bounded);
  for (const stderr of [real, dry])
    expect(stderr).toContain("1 of 1 accounts with access lose a right: grace (bounds.lose is 0%, above 0)");
  expect((await active()).digest).toBe(first.digest);
  expect(await rights()).toBe(before);
  const { rows } = (await h.admin("GET", "/audit")).body;
  const refused = rows.filter(({ outcome }: Record<string, string>) => outcome === "refused");
  expect(refused.map(({ actor }: Record<string, string>) => actor)).toEqual(new Array(3).fill("local:ada"));

  // what was accepted travels in the file
  const accepted = await file(bounded, { from: first.digest, lose: 1, protected: [] });
  expect((await load(accepted.name)).stdout).toContain(`active: ${accepted.digest}`);
});

long("a dry run tells who does not get an account, in words and for machines", async () => {
  const first = await file();
  await load(first.name);
  const enter = async (externalId: string) =>
    (await h.scim("POST", "/Users", { userName: "ann@example.com", externalId })).body.id;
  await h.scim("DELETE", `/Users/${await enter("A")}`);
  const user = await enter("B");
  const { name } = await file((release) => {
    release.permissions.core.owner = "x";
  });
  expect((await load(name, "--dry-run")).stdout).toContain(
    `  user okta/${user} does not get account ann: it belongs to another identity\n  an approver says`,
  );
  expect(JSON.parse((await load(name, "--dry-run", "--json")).stdout).withheld).toEqual([
    { connector: "okta", user, account: "ann", because: "owner" },
  ]);
});
