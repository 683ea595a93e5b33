/** `hgscim history` and `hgscim rollback` as processes, against a real agent. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { tamper } from "../agent/verification/tampered.ts";
import { localFile, makeProject, type Project, policyFile } from "../e2e/terraform-project.ts";
import { long } from "../long.ts";
import { run } from "./hgscim.ts";

const start = Date.UTC(2026, 0, 5, 10);
let now: number;
let h: Harness;
let project: Project;
beforeEach(async () => {
  now = start;
  h = await startHarness(["core/api", "docs"], {}, { clock: () => now });
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

/** The release that the project's file is right now. */
async function release(): Promise<Release> {
  const loaded = await loadEnvironment(join(project.folder, localFile));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.release;
}
async function activate(expected: string | null, origin: object = {}): Promise<string> {
  const reply = await h.admin("PUT", "/release", {
    body: { release: await release(), origin },
    headers: expected === null ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
  });
  expect(reply.status).toBe(200);
  now += 3_600_000;
  return reply.body.digest;
}
const activeDigest = async () => (await h.admin("GET", "/release")).body.digest;
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
const short = (digest: string) => digest.slice("sha256:".length, "sha256:".length + 12);

test("history lists what was active since when, newest first, and marks the active one", async () => {
  expect((await project.hgscim("history", "local")).stdout).toBe("No release was ever active here.\n");
  const first = await activate(null, { author: "ada", revision: "0123456789abcdef" });
  takePushAway();
  const second = await activate(first, { author: "m\u001b[31mallory", revision: "77ab01c9e4f2+" });
  const listed = await project.hgscim("history", "local");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const policies = [await release()].map((one) => digestsOf(one).policy);
  expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["", "#", "since", "release", "policy", "by", "author", "revision"],
    [
      "*",
      "2",
      "2026-01-05T11:00:00Z",
      short(second),
      short(policies[0] ?? ""),
      "deployer",
      "m\uFFFD[31mallory",
      "77ab01c9e4f2+",
    ],
    ["", "1", "2026-01-05T10:00:00Z", short(first), expect.any(String), "deployer", "ada", "0123456789ab"],
    [""],
  ]);

  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${second}"` } });
  const json = JSON.parse((await project.hgscim("history", "local", "--json")).stdout);
  expect(json).toMatchObject({
    environment: "local",
    entries: [
      { sequence: 3, digest: null, policyDigest: null, active: false },
      { sequence: 2, digest: second, at: "2026-01-05T11:00:00Z", active: false },
      { sequence: 1, digest: first, author: "ada", revision: "0123456789abcdef", active: false },
    ],
  });
  expect((await project.hgscim("history", "local")).stdout).not.toContain("*");
});

long("what keeps the agent from being asked is said, with the line", async () => {
  const other = await startHarness();
  project.edit(localFile, (text) => text.replace("ref+env://HGSCIM_TOKEN", "ref+env://HGSCIM_NOT_SET"));
  const unset = await project.hgscim("history", "local");
  expect(unset).toMatchObject({ code: 1, stdout: "" });
  expect(unset.stderr).toMatch(
    /^environments\/local\.yaml:\d+:\d+: ref\+env:\/\/HGSCIM_NOT_SET: .* is not set\n$/,
  );
  const at = (key: string) => {
    const before = (project.read(localFile).split(`${key}: `)[0] ?? "").split("\n");
    return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
  };
  expect(unset.stderr).toContain(`environments/local.yaml:${at("token")}: `);
  await other.stop();
  project.edit(localFile, (text) =>
    text
      .replace("ref+env://HGSCIM_NOT_SET", "ref+env://HGSCIM_TOKEN")
      .replace(h.agent.admin, other.agent.admin),
  );
  const down = await project.hgscim("history", "local");
  expect(down).toMatchObject({ code: 1, stdout: "" });
  expect(down.stderr).toContain("nothing listens there");
  const airgap = await project.hgscim("history", "airgap");
  expect(airgap.stderr).toMatch(/airgap is delivered by a command \(expected delivery\.agent\)\n$/);
});

long(
  "an agent that this machine does not name is asked nothing, and the line to set is printed",
  async () => {
    const { host } = new URL(h.agent.admin);
    const foreign = "https://localhost.evil.example:7443";
    project.edit(localFile, (text) => text.replace(h.agent.admin, foreign));
    const line = (at: string, ...names: string[]) => names.map((name) => `${at}=ref+env://${name}`).join(",");
    for (const args of [
      ["history", "local"],
      ["rollback", "local", "--to", "3f2a", "--now", "--yes"],
    ]) {
      const unset = await project.hgscim(...args);
      expect(unset).toMatchObject({ code: 1, stdout: "" });
      expect(unset.stderr).toMatch(
        /^environments\/local\.yaml:8:\d+: this machine does not speak to localhost\.evil/,
      );
      expect(unset.stderr).toContain(
        `\n  export HGSCIM_AGENTS='${line("localhost.evil.example:7443", "HGSCIM_TOKEN", "HGSCIM_CA")}'\n`,
      );
    }
    // terraform's side says the same
    const planned = await project.hgscim("plan", "local");
    expect(planned.code).toBe(1);
    expect(planned.stderr).toContain(
      `  export HGSCIM_AGENTS='${line("localhost.evil.example:7443", "HGSCIM_TOKEN", "HGSCIM_CA")}'\n`,
    );

    project.edit(localFile, (text) => text.replace(foreign, h.agent.admin));
    project.env.HGSCIM_AGENTS = line(host, "HGSCIM_CA");
    const unbound = await project.hgscim("history", "local");
    expect(unbound.stderr).toContain(`: ref+env://HGSCIM_TOKEN is not for ${host} on this machine`);
    project.env.HGSCIM_AGENTS = line(host, "HGSCIM_CA", "HGSCIM_TOKEN");
    expect((await project.hgscim("history", "local")).code).toBe(0);
  },
);

test("the agent of another environment shows nothing and is left alone", async () => {
  const first = await activate(null);
  takePushAway();
  const second = await activate(first);
  // a copy, elsewhere: no file beside it has the address
  const copy = "copies/staging.yaml";
  mkdirSync(join(project.folder, "copies"));
  cpSync(join(project.folder, "environments/shared"), join(project.folder, "copies/shared"), {
    recursive: true,
  });
  cpSync(join(project.folder, localFile), join(project.folder, copy));
  for (const args of [
    ["history", copy],
    ["history", copy, "--json"],
    ["rollback", copy, "--to", first, "--force"],
    ["rollback", copy, "--to", first, "--now", "--yes"],
  ]) {
    const { code, stdout, stderr } = await project.hgscim(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^copies\/staging\.yaml:\d+:\d+: the agent at \S+ is that of local \(expected that of staging\)\n$/,
    );
  }
  expect(await activeDigest()).toBe(second);
});

test("rollback restores a text that is the very same release, and keeps what nobody committed", async () => {
  const first = await activate(null, { revision: "f00" });
  takePushAway();
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 50%, protected: [release-managers] }\n`);
  const second = await activate(first, { revision: "f00+" });
  const edited = project.read(localFile);

  const kept = await project.hgscim("rollback", "local", "--to", short(first));
  expect(kept).toMatchObject({ code: 1, stdout: "" });
  expect(kept.stderr).toContain("environments/local.yaml holds what no revision does");
  expect(project.read(localFile)).toBe(edited);

  const hg = (...args: string[]) =>
    run("hg", args, { cwd: project.folder, env: { HOME: project.folder, HGUSER: "ada", HGPLAIN: "1" } });
  await hg("init");
  await hg("commit", "-A", "-m", "second", "environments");
  const restored = await project.hgscim("rollback", "local", "--to", short(first));
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toContain(
    `is release ${short(first)}, active from 2026-01-05T10:00:00Z, revision f00.`,
  );
  const wherePeopleWroteIt = "The text that people wrote is in that revision";
  expect(restored.stdout).toContain(wherePeopleWroteIt);
  expect(digestsOf(await release()).release).toBe(first);
  // nothing is active that was not deployed
  expect(await activeDigest()).toBe(second);

  project.edit(localFile, (text) => `${text}# mine\n`);
  expect((await project.hgscim("rollback", "local", "--to", second)).code).toBe(1);
  const forced = await project.hgscim("rollback", "local", "--to", second, "--force");
  expect(forced.code).toBe(0);
  // that revision is not all of what was deployed
  expect(forced.stdout).toContain("revision f00+.");
  expect(forced.stdout).not.toContain(wherePeopleWroteIt);
  expect(digestsOf(await release()).release).toBe(second);
  const same = await project.hgscim("rollback", "local", "--to", second);
  expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining("already") });

  // Git's word counts as well as Mercurial's
  await run("rm", ["-r", ".hg"], { cwd: project.folder });
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=ada", "-c", "user.email=ada@example.com", ...args], {
      cwd: project.folder,
      env: { HOME: project.folder },
    });
  await git("init");
  expect((await project.hgscim("rollback", "local", "--to", first)).code).toBe(1);
  await git("add", "environments");
  expect((await project.hgscim("rollback", "local", "--to", first)).code).toBe(1);
  await git("commit", "-m", "second");
  expect((await project.hgscim("rollback", "local", "--to", first)).code).toBe(0);
});

test("a digest must name one release of the history", async () => {
  // four digits that two releases have in common
  const seen = new Map<string, string>();
  const base = await release();
  const withOwner = (owner: string) => ({
    ...base,
    permissions: { ...base.permissions, docs: { ...base.permissions.docs, owner } },
  });
  const twins = (() => {
    for (let n = 0; ; n++) {
      const prefix = digestsOf(withOwner(`n${n}`) as Release).release.slice(7, 11);
      const other = seen.get(prefix);
      if (other !== undefined) return { prefix, owners: [other, `n${n}`] };
      seen.set(prefix, `n${n}`);
    }
  })();
  let active: string | null = null;
  for (const owner of twins.owners) active = await h.deploy(withOwner(owner) as Release, active);

  const ambiguous = await project.hgscim("rollback", "local", "--to", twins.prefix);
  expect(ambiguous).toMatchObject({ code: 1, stdout: "" });
  expect(ambiguous.stderr).toContain(`2 releases of local begin with ${twins.prefix} (expected more digits)`);
  expect(ambiguous.stderr).toContain(String(active));
  const none = await project.hgscim("rollback", "local", "--to", "0000000000");
  expect(none.stderr).toBe(
    "no release of local begins with 0000000000 (expected one of `hgscim history local`)\n",
  );
});

test.each([
  [["local"], "expected --to"],
  [["local", "--to", "xyz"], "expected --to"],
  [["--to", "abcd"], "which environment?"],
  [["local", "--to", "abcd", "--yes"], "expected them with --now"],
  [["local", "--to", "abcd", "--now", "--force"], "--force is about the file"],
  [["local", "--to", "abcd", "--now"], "expected --yes, or a terminal"],
])("wrong usage is told, with exit code 2: hgscim rollback %j", async (args, expected) => {
  const { code, stdout, stderr } = await project.hgscim("rollback", ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(expected);
});

test("rollback --now tells what it means, activates at once, and leaves the file", async () => {
  const first = await activate(null, { author: "ada", revision: "f00", sources: { permissions: "x:1:1" } });
  takePushAway();
  const second = await activate(first);
  await staff(h, { "docs-team": ["ada"] });

  const back = await project.hgscim("rollback", "local", "--to", short(first), "--now", "--yes");
  expect(back).toMatchObject({ code: 0, stderr: "" });
  expect(back.stdout).toContain(`local: release ${short(first)}, active from`);
  expect(back.stdout).toContain("ada loses all access to core/api");
  expect(back.stdout).toContain(`active: ${first}\n`);
  expect(back.stdout).toContain("the next plan shows the difference, and the next deploy would undo this");
  expect(await activeDigest()).toBe(first);
  const [entry] = (await h.admin("GET", "/history")).body.entries;
  expect(entry).toMatchObject({ digest: first, by: "deployer", author: "ada", revision: "f00" });
  expect((await h.admin("GET", "/release")).body.origin.sources).toEqual({ permissions: "x:1:1" });
  expect(digestsOf(await release()).release).toBe(second);

  const again = await project.hgscim("rollback", "local", "--to", first, "--now", "--yes");
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("is active already") });
  // unless Mercurial does not go by it
  const right = h.accessFile();
  tamper(h.config.access, "INSERT INTO accounts VALUES ('eve', 1)");
  const mended = await project.hgscim("rollback", "local", "--to", first, "--now", "--yes");
  expect(mended).toMatchObject({ code: 0, stdout: expect.stringContaining(`active: ${first}\n`) });
  expect(mended.stdout).toContain("Mercurial does not go by it: the access file is made anew");
  expect(h.accessFile()).toEqual(right);
  const forth = await project.hgscim("rollback", "local", "--to", second, "--now", "--yes");
  expect(forth.stdout).not.toContain("the next plan");
  expect((await h.admin("GET", "/history")).body.entries).toHaveLength(5);
});

long("what rollback --now advises for the file is what works, committed or not", async () => {
  const first = await activate(null);
  takePushAway();
  project.edit(localFile, (text) => text.replace("description: ", "description: a change of mine, "));
  const second = await activate(first);
  const advised = async (digest: string) => {
    const { stdout } = await project.hgscim("rollback", "local", "--to", digest, "--now", "--yes");
    const [, command = ""] = /restore its text: hgscim (.*)$/m.exec(stdout) ?? [];
    return { stdout, run: () => project.hgscim(...command.split(" ")) };
  };
  const edited = await advised(first);
  expect(edited.stdout).toContain(
    "It holds what no revision does: commit that first, or add --force to lose it.\n",
  );
  expect((await edited.run()).code).toBe(1);

  const hg = (...args: string[]) =>
    run("hg", args, { cwd: project.folder, env: { HOME: project.folder, HGUSER: "ada", HGPLAIN: "1" } });
  await hg("init");
  await hg("commit", "-A", "-m", "second", "environments");
  expect((await project.hgscim("rollback", "local", "--to", second, "--now", "--yes")).code).toBe(0);
  const committed = await advised(first);
  expect(committed.stdout).not.toContain("--force");
  expect((await committed.run()).code).toBe(0);
  expect(digestsOf(await release()).release).toBe(first);
});

test("rollback --now stays within the bounds, unless somebody says which it may exceed", async () => {
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 0%, protected: [release-managers] }\n`);
  const first = await activate(null);
  takePushAway();
  const second = await activate(first);
  await staff(h, { "docs-team": ["ada"], "release-managers": ["ada"] });

  const refused = await project.hgscim("rollback", "local", "--to", first, "--now", "--yes");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "1 of 1 accounts with access lose a right: ada (bounds.lose is 0%, above 0)",
  );
  expect(refused.stderr).toContain("Nothing was changed.");
  expect(await activeDigest()).toBe(second);
  const [, accept = ""] = /--accept '(.*)'/.exec(refused.stderr) ?? [];
  expect(accept).toBe(`{ from: ${second}, lose: 1, gain: 0, protected: [ada] }`);

  for (const [wrong, reason] of [
    [accept.replace("lose: 1", "lose: 0"), "accept.lose is 0, and 1 lose a right"],
    [accept.replace(second, first), `accept.from is ${first}, but ${second} is active`],
    [accept.replace("lose: 1", "loose: 1"), '--accept:1:82: unknown key "loose"'],
    ["{", "--accept:1:"],
  ] as const) {
    const { code, stderr } = await project.hgscim(
      ...["rollback", "local", "--to", first, "--now", "--yes", "--accept", wrong],
    );
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  }
  const accepted = await project.hgscim(
    ...["rollback", "local", "--to", first, "--now", "--yes", "--accept", accept],
  );
  expect(accepted).toMatchObject({ code: 0, stderr: "" });
  expect(await activeDigest()).toBe(first);
});

test("rollback --now does not shed the bounds in passing, so that the next one is held to none", async () => {
  const without = await activate(null);
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 0%, protected: [release-managers] }\n`);
  const bounded = await activate(without);
  const back = ["rollback", "local", "--to", without, "--now", "--yes"];
  const refused = await project.hgscim(...back);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("This would change the bounds: from {");
  expect(refused.stderr).toContain(" to the default ones.");
  expect(await activeDigest()).toBe(bounded);
  const [, accept = ""] = /--accept '(.*)'/.exec(refused.stderr) ?? [];
  expect(await project.hgscim(...back, "--accept", accept)).toMatchObject({ code: 0 });
  expect(await activeDigest()).toBe(without);
});

test("a file that is broken is said to be so, and nothing is asked", async () => {
  const first = await activate(null);
  writeFileSync(join(project.folder, localFile), "delivery: [");
  const { code, stderr } = await project.hgscim("rollback", "local", "--to", first, "--now", "--yes");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^environments\/local\.yaml:1:/);
});
