/** `hgscim variables`: where each value comes from and when it changed, by a real agent and by real revisions; and an incident's set. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { localFile, makeProject, type Project, policyFile } from "../e2e/terraform-project.ts";
import { hgscim } from "./hgscim.ts";

let now: number;
let h: Harness;
let project: Project;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 5, 10);
  h = await startHarness(["core/api", "docs"], {}, { clock: () => now });
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

/** Makes what the files say active, an hour after the one before. */
async function activate(expected: string | null, revision: string): Promise<string> {
  const loaded = await loadEnvironment(join(project.folder, localFile));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const sources = JSON.parse(JSON.stringify(loaded.value.sources).replaceAll(`${project.folder}/`, ""));
  const origin = { author: "ada", revision, sources };
  const reply = await h.admin("PUT", "/release", {
    body: { release: loaded.value.release, origin },
    headers: expected === null ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
  });
  expect(reply.status).toBe(200);
  now += 3_600_000;
  return reply.body.digest;
}

const variables = (...args: string[]) => project.hgscim("variables", "local", ...args);
interface Entry {
  readonly name: string;
  readonly source: object;
  readonly changed: object;
}
async function told(...args: string[]): Promise<{ changes: object; of: Map<string, Entry> }> {
  const { code, stdout, stderr } = await variables("--json", ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { changes, variables: entries } = JSON.parse(stdout);
  return { changes, of: new Map(entries.map((entry: Entry) => [entry.name, entry])) };
}
const pageSize = (from: number, to: number) =>
  project.edit(policyFile, (text) => text.replace(`default: ${from}`, `default: ${to}`));
const short = (digest: string) => digest.slice("sha256:".length, "sha256:".length + 12);

test("by the agent: the release with which each became what it is, and what is not deployed", async () => {
  const first = await activate(null, "f01");
  pageSize(100, 200);
  const second = await activate(first, "f02");
  // a word about a variable is no change of it, and what was there before and is again became so again
  project.edit(policyFile, (text) => text.replace("default: 200", "default: 200, description: Per page"));
  const third = await activate(second, "f03");
  project.edit(localFile, (text) => text.replace("okta/v2", "okta/v3"));

  const { changes, of } = await told();
  expect(changes).toEqual({ from: "agent" });
  expect(of.get("SCIM_PAGE_SIZE")).toMatchObject({
    source: { at: expect.stringMatching(/^environments\/shared\/policy\.yaml:\d+:\d+$/), file: "shared" },
    changed: {
      known: "release",
      release: second,
      at: "2026-01-05T11:00:00Z",
      by: "deployer",
      author: "ada",
      revision: "f02",
    },
  });
  expect(of.get("SCIM_MAIL_DOMAIN")?.changed).toMatchObject({ release: first, at: "2026-01-05T10:00:00Z" });
  expect(of.get("SCIM_API_BASE_URL")).toMatchObject({
    source: { file: "own", key: "value" },
    changed: {
      known: "file",
      why: `not deployed: the active release ${short(third)} has another one`,
    },
  });
  const secret = project.read(localFile).split("\n");
  const reference = secret.findIndex((line) => line.includes("ref+env://SCIM_TEST_"));
  expect(of.get("SCIM_AUTH_TOKEN")?.source).toMatchObject({
    at: `environments/local.yaml:${reference + 1}:${(secret[reference]?.indexOf("ref+env") ?? 0) + 1}`,
    key: "secret",
  });
  const { stdout } = await variables();
  expect(stdout).toMatch(
    new RegExp(`\\| 2026-01-05T11:00:00Z in release ${short(second)}, by ada, revision f02 \\|`),
  );
  expect(stdout).toContain("\nChanged: by the releases that the agent keeps.\n");
});

test("--at: an incident's variables, since when until when, and what is otherwise now; of secrets references alone", async () => {
  const first = await activate(null, "f01");
  pageSize(100, 200);
  project.edit(localFile, (text) => text.replace(/refs: \[(\S+)\]/, "refs: [$1, ref+env://SCIM_TEST_NEXT]"));
  process.env.SCIM_TEST_NEXT = "f2c81a90b7d64e35a1c7";
  const second = await activate(first, "f02");
  Reflect.deleteProperty(process.env, "SCIM_TEST_NEXT");

  const past = await variables("--at", short(first));
  expect(past).toMatchObject({ code: 0, stderr: "" });
  expect(past.stdout).toMatch(/^\| `SCIM_PAGE_SIZE` \| integer \| `100` \|/m);
  expect(past.stdout).toContain(
    "Active from 2026-01-05T10:00:00Z to 2026-01-05T11:00:00Z, by ada, revision f01.\n",
  );
  expect(past.stdout).toMatch(
    /^~ SCIM_PAGE_SIZE: integer 100 → integer 200 \(environments\/shared\/policy\.yaml:\d+:3\)$/m,
  );
  expect(past.stdout).toMatch(/^~ SCIM_AUTH_TOKEN: secret (\S+) → secret \1 ref\+env:\/\/SCIM_TEST_NEXT /m);
  expect(past.stdout).not.toContain(h.tokens.scim);
  expect(past.stdout).not.toContain("f2c81a90b7d64e35a1c7");
  const json = JSON.parse((await variables("--at", first, "--json")).stdout);
  expect(json).toMatchObject({
    environment: "local",
    release: first,
    now: second,
    periods: [{ since: "2026-01-05T10:00:00Z", until: "2026-01-05T11:00:00Z", revision: "f01" }],
    differences: [{ name: "SCIM_AUTH_TOKEN" }, { name: "SCIM_PAGE_SIZE" }],
  });
  expect((await variables("--at", first, "--format", "dotenv")).stdout).toContain("SCIM_PAGE_SIZE=100\n");
  expect((await variables("--at", second)).stdout).toContain("\nIt is active now.\n");

  // one digit that is mistyped
  const digits = short(first);
  const mistyped = `${digits.slice(0, -1)}${digits.endsWith("0") ? "1" : "0"}`;
  const unknown = await variables("--at", mistyped);
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toBe(
    `no release of local begins with ${mistyped} (expected one of \`hgscim history local\`, did you mean "${digits}"?)\n`,
  );
  expect(await variables("--at", "xyz")).toMatchObject({ code: 2, stdout: "" });
  expect(await variables("--at", digits, "--offline")).toMatchObject({ code: 2, stdout: "" });
});

test("without an agent: the revision in which its lines were written last, of Git and of Mercurial", async () => {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: project.folder,
      env: { PATH: process.env.PATH, HOME: project.folder, HGPLAIN: "1" },
      encoding: "utf8",
    });
  const commands = {
    git: {
      start: () => run("git", "init", "-q"),
      commit: (author: string, day: number) => {
        run("git", "add", "environments");
        run(
          "git",
          ...["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "m"],
          ...["--author", `${author} <${author}@example.com>`, "--date", `2026-01-0${day}T00:00:00Z`],
        );
        return run("git", "rev-parse", "HEAD").trim();
      },
    },
    hg: {
      start: () => run("hg", "init"),
      commit: (author: string, day: number) => {
        run("hg", "commit", "-Aqm", "m", "-u", author, "-d", `2026-01-0${day} 00:00 +0000`, "environments");
        return run("hg", "identify", "--id", "--debug").trim();
      },
    },
  };
  expect((await told("--offline")).changes).toMatchObject({ from: "nobody" });
  for (const program of ["git", "hg"] as const) {
    const { start, commit } = commands[program];
    start();
    const first = commit("ada", 1);
    pageSize(100, 200);
    const second = commit("bob", 2);
    project.edit(localFile, (text) => text.replace("okta/v2", "okta/v3"));
    const { changes, of } = await told("--offline");
    expect(changes).toEqual({ from: "revisions", why: "--offline asks nobody" });
    const changed = (name: string) => of.get(name)?.changed;
    expect(changed("SCIM_PAGE_SIZE")).toEqual({
      known: "revision",
      revision: second,
      at: "2026-01-02T00:00:00Z",
      author: "bob",
    });
    expect(changed("SCIM_MAIL_DOMAIN")).toMatchObject({ revision: first, author: "ada" });
    expect(changed("SCIM_API_BASE_URL")).toEqual({
      known: "file",
      why: "not committed: no revision has it",
    });
    project.edit(policyFile, (text) => text.replace("default: 200", "default: 100"));
    project.edit(localFile, (text) => text.replace("okta/v3", "okta/v2"));
  }
  await h.restart(async () => {
    const { changes } = await told();
    expect(changes).toMatchObject({
      from: "revisions",
      why: expect.stringContaining("nothing listens there"),
    });
  });
  // what a pipeline has checked out: the last revision, which need not have written the line
  const clone = join(project.folder, "clone");
  run("git", "clone", "-q", "--depth", "1", `file://${project.folder}`, clone);
  const shallow = await hgscim(["variables", "local", "--offline"], { cwd: clone });
  expect(shallow.stdout).toContain("| not known: the clone is shallow (git fetch --unshallow) |");
});
