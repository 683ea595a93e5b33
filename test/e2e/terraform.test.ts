import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { run } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import {
  flat,
  localFile,
  makeProject,
  type Project,
  policyFile,
  stackFolder,
  stateFile,
} from "./terraform-project.ts";

let h: Harness;
let project: Project;
let texts: Map<string, string>;
// one project for all: each test finds the sample's text, and what the tests before it deployed
beforeAll(async () => {
  h = await startHarness(["core/api", "core/archive/old", "docs", "releases/2026"]);
  project = await makeProject(h);
  // whoever a test before has hired may lose everything
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 100% }\n`);
  texts = new Map([localFile, policyFile].map((file) => [file, project.read(file)]));
});
afterEach(() => {
  for (const [file, text] of texts) project.edit(file, () => text);
});
afterAll(async () => {
  project.remove();
  await h.stop();
});

const active = async () => (await h.admin("GET", "/release")).body;
const access = async () => (await h.admin("GET", "/access")).body;
const state = () =>
  JSON.parse(project.read(stateFile)).resources.find(({ mode }: { mode: string }) => mode === "managed")
    ?.instances[0].attributes;

async function deploy(): Promise<string> {
  const deployed = await project.hgscim("deploy", "local", "--yes");
  expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0);
  // what the plan has told is not told again by the apply
  const warnings = deployed.stdout.match(/^Warning: .*/gm) ?? [];
  expect(warnings).toEqual([...new Set(warnings)]);
  return (await active()).digest;
}

const people = new Set<string>();
/** Once each, whichever test comes first. */
async function hire(name: string, ...groups: string[]): Promise<void> {
  if (people.has(name)) return;
  people.add(name);
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
  for (const displayName of groups)
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
}

/** The digest of the sample, which is deployed unless something is. */
const sampleDigest = async (): Promise<string> => (await active()).digest ?? (await deploy());

test("an environment file is planned, deployed, and then there is nothing to change", async () => {
  const planned = await project.hgscim("plan", "local");
  expect(planned.code).toBe(0);
  expect(flat(planned)).toContain("Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.");
  expect(flat(planned)).toContain("Warning: local: nobody gains or loses access");
  expect((await h.admin("GET", "/release")).status).toBe(404);

  const digest = await deploy();
  expect(planned.stdout).toContain(digest);
  expect(state()).toMatchObject({ environment: "local", digest });
  expect((await active()).origin).toMatchObject({
    author: "ada",
    revision: "f00",
    sources: { "permissions.core": expect.stringMatching(/^environments\/shared\/policy\.yaml:\d+:3$/) },
  });
  expect(flat(await project.hgscim("plan", "local"))).toContain("No changes.");
  expect(flat(await project.hgscim("deploy", "local", "--yes"))).toContain("No changes.");
  expect([...project.files().keys()].filter((file) => file.endsWith(".tfplan"))).toEqual([]);
});

test("comments and moved lines are no change", async () => {
  await sampleDigest();
  project.edit(policyFile, (text) => `# moved\n\n${text}`);
  expect(flat(await project.hgscim("plan", "local"))).toContain("No changes.");
});

test("a change is told in people and repositories at its line, and going back restores digest and access", async () => {
  const first = await sampleDigest();
  await hire("ada", "engineering", "core-team");
  const before = await access();
  const original = project.read(policyFile);
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));

  const planned = flat(await project.hgscim("plan", "local"));
  expect(planned).toContain("Warning: local: 1 account loses push on 1 repository");
  expect(planned).toContain("ada loses push on core/api");
  expect(planned).toContain("~ permissions.core (environments/shared/policy.yaml:");
  expect(planned.match(/loses push on/g)).toHaveLength(2);

  const second = await deploy();
  expect(second).not.toBe(first);
  expect((await access()).access).not.toEqual(before.access);
  project.edit(policyFile, () => original);
  expect(await deploy()).toBe(first);
  expect(await access()).toEqual(before);
});

long("of a set the plan shows what goes and what comes, not every item behind it as another", async () => {
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [core-team, docs-team]"));
  await deploy();
  project.edit(policyFile, (text) =>
    text.replace("write: [core-team, docs-team]", "write: [docs-team, release-managers]"),
  );
  const { stdout } = await project.hgscim("plan", "local");
  expect(stdout).toMatch(
    /\n +- "okta\/core-team" += null\n +\+ "okta\/release-managers" += null\n +# \(1 unchanged/,
  );
});

test("a deploy that the agent refuses leaves the state at what is active", async () => {
  const first = await sampleDigest();
  const refer = (reference: string) =>
    project.edit(localFile, (text) => text.replace(/refs: \[[^\]]*\]/, `refs: [${reference}]`));
  // what its host forbids is told at plan, what its host lacks by the preflight; without one it is found out by the deploy
  refer("ref+file:///etc/shadow");
  const forbidden = await project.hgscim("plan", "local");
  expect(forbidden.code).toBe(1);
  expect(flat(forbidden)).toMatch(
    /does not allow ref\+file:\/\/\/etc\/shadow .*\(environments\/local\.yaml:\d+:3\)/,
  );
  refer("ref+env://SCIM_TEST_NOT_SET");
  const refused = await project.hgscim("deploy", "local", "--yes", "--no-preflight");
  expect(refused.code).toBe(1);
  expect(flat(refused)).toContain("Error: Cannot activate the release of local");
  expect(flat(refused)).toMatch(
    /SCIM_TEST_NOT_SET is not set \(on the agent's host\) .*\(environments\/local\.yaml:\d+:3\)/,
  );
  expect((await active()).digest).toBe(first);
  expect(state().digest).toBe(first);
});

test("what somebody changed at the agent is planned back, and a plan made before that is refused", async () => {
  const first = await sampleDigest();
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
  await project.hgscim("plan", "local");
  expect((await project.terraform("plan", "-out=early.tfplan")).code).toBe(0);

  const theirs = await h.deploy(
    await h.release((release) => {
      release.permissions.docs.owner = "somebody";
    }),
    first,
  );
  const late = await project.terraform("apply", "early.tfplan");
  expect(late.code).toBe(1);
  expect(flat(late)).toContain(`expected ${first} active ${theirs}`);
  expect(flat(late)).toContain("plan again");
  expect((await active()).digest).toBe(theirs);

  const planned = flat(await project.hgscim("plan", "local"));
  expect(planned).toContain('- owner = "somebody"');
  expect(planned).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(await deploy()).not.toBe(theirs);
});

long("destroying ends all access, says so before, and only where the file allows it", async () => {
  await deploy();
  await hire("ada", "engineering", "core-team");
  const destroyed = await project.terraform("plan", "-destroy");
  expect(flat(destroyed)).toContain("Warning: local: 1 account loses all access to 4 repositories");
  expect((await project.terraform("destroy", "-auto-approve")).code).toBe(0);
  expect((await h.admin("GET", "/release")).status).toBe(404);
  expect((await access()).access).toEqual([]);
  expect(h.accessFile().accounts).toEqual(["ada,0"]);

  project.edit(localFile, (text) => text.replace("destroy: allow", "destroy: prevent"));
  const digest = await deploy();
  const prevented = await project.terraform("destroy", "-auto-approve");
  expect(prevented.code).toBe(1);
  expect(flat(prevented)).toContain("Warning: local: 1 account loses all access to 4 repositories");
  expect(flat(prevented)).toContain("delivery.destroy of the active release is prevent");
  expect((await active()).digest).toBe(digest);
});

test("no secret's value is in the state, a plan, an output, a log or the audit", async () => {
  await project.hgscim("plan", "local");
  await project.terraform("plan", "-out=kept.tfplan");
  project.printed.push((await project.terraform("show", "-json", "kept.tfplan")).stdout);
  await deploy();
  await h.scim("POST", "/Users", { userName: "mary@example.com", active: true });
  const audit = await h.admin("GET", "/audit");
  const all = [...project.files().values(), ...project.printed, ...h.logs, JSON.stringify(audit.body)];
  expect(audit.body.rows.length).toBeGreaterThan(0);
  for (const secret of Object.values(h.tokens))
    expect(all.filter((text) => text.includes(secret))).toEqual([]);
});
test("every machine synthesizes the same: another folder, user, language and time zone", async () => {
  await project.hgscim("plan", "local");
  const elsewhere = mkdtempSync(join(tmpdir(), "hgscim-elsewhere-"));
  cpSync(join(project.folder, "environments"), join(elsewhere, "environments"), { recursive: true });
  const env = { HOME: elsewhere, LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Asia/Tokyo", USER: "bob" };
  const command = [process.execPath, resolve("dist/cli/main.js"), "plan", "local"];
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync("chown", ["-R", "nobody", elsewhere]);
  const [program = "", ...args] = isRoot ? ["runuser", "-u", "nobody", "--", ...command] : command;
  // it ends where the agent's token is missing, which only terraform asks for
  expect(flat(await run(program, args, { cwd: elsewhere, env }))).toContain("HGSCIM_TOKEN is not set");
  const synthesized = (folder: string) =>
    readdirSync(join(folder, stackFolder), { recursive: true, encoding: "utf8" })
      .filter((file) =>
        /^(cdk\.tf\.json|\.terraform\.lock\.hcl|release-.*|impact.*json|terraform\.d.*hgscim)$/.test(file),
      )
      .filter((file) => statSync(join(folder, stackFolder, file)).isFile())
      .map((file) => [file, readFileSync(join(folder, stackFolder, file)).toString("base64")]);
  const there = synthesized(elsewhere);
  rmSync(elsewhere, { recursive: true });
  expect(there.length).toBe(8);
  expect(there).toEqual(synthesized(project.folder));
  const stack = JSON.parse(project.read(join(stackFolder, "cdk.tf.json")));
  expect(stack.terraform.backend.local.path).toBe("../../../terraform.local.tfstate");
});

/** JSON, and so YAML, in ASCII: the loader refuses characters that nobody can see unless they are escaped. */
function escaped(value: object): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

long("any text reaches the agent through terraform as it was written", async () => {
  const piece = fc.oneof(
    fc.constantFrom("${", "$${", "$$${", "%{", "%%{", "}", "$", "%", '"', "\\", "\\u0041", "\n", "\u2028"),
    fc.constantFrom("$", "#", "&").map((sigil) => `${sigil}{TfToken[TOKEN.0]}`),
    fc.constantFrom("-1.8881545897087626e+289", "<&>", "\uFFFF", "~", "ﬁ", "🦊"),
    fc.string({ unit: "binary" }),
  );
  // Terraform keeps text in Unicode's composed form (NFC)
  const text = fc
    .array(piece, { minLength: 1, maxLength: 10 })
    // the loader refuses control characters and lone surrogates
    .map((pieces) => `.${pieces.join("")}`.normalize("NFC").replace(/(?![\n\t])\p{Cc}|\p{Surrogate}/gu, ""));
  let expected: string | null = null;
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 100, maxLength: 100 }), async (texts) => {
      const sets = texts.map((description, index) => [
        `odd-${index}`,
        { repositories: [`odd-${index}`], read: ["engineering"], description },
      ]);
      project.edit(
        policyFile,
        (policy) =>
          `${policy.split("\npermissions:")[0]}\npermissions: ${escaped(Object.fromEntries(sets))}\n`,
      );
      expect(await deploy()).not.toBe(expected);
      const { release, digest } = await active();
      expected = digest;
      expect(digestsOf(release as ReleaseData).release).toBe(digest);
      for (const [name, { description }] of sets as [string, { description: string }][])
        expect(release.permissions[name].description).toBe(description);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

test("cdktf does the same as hgscim, offline, from the same files", async () => {
  await hire("ada", "engineering", "core-team");
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
  await deploy();
  project.edit(policyFile, () => texts.get(policyFile) ?? "");
  await project.hgscim("plan", "local");
  const ours = [...project.files()].filter(([file]) => /cdk\.tf\.json$|\.lock\.hcl$/.test(file));
  rmSync(join(project.folder, "cdktf.out"), { recursive: true });

  const planned = await project.cdktf("plan", "local");
  expect(planned.code, planned.stdout + planned.stderr).toBe(0);
  for (const [file, text] of ours) expect(project.read(file)).toBe(text);
  expect(ours).toHaveLength(2);
  expect(existsSync(join(project.folder, "cdktf.out/stacks/production/cdk.tf.json"))).toBe(true);
  expect(planned.stdout).toContain("Warning: ");
  expect(planned.stdout).toContain("ada gains push on core/api");

  const deployed = await project.cdktf("deploy", "local", "--auto-approve");
  expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0);
  expect(state().digest).toBe((await active()).digest);
  expect(flat(await project.hgscim("plan", "local"))).toContain("No changes.");

  project.edit(policyFile, (text) => text.replace("permissions:", "permissons:"));
  const broken = await project.cdktf("synth");
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/environments\/shared\/policy\.yaml:\d+:1: unknown key "permissons"/);
  expect(broken.stderr).not.toMatch(/^\s+at /m);
});
