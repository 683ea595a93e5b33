/** Delivery by command: the real terraform runs the user's command, and the host loads what it brought. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { type Finished, hgscim, run } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import { makeNullMirror } from "./null-mirror.ts";

const environmentFile = "environments/airgap.yaml";
const policyFile = "environments/shared/policy.yaml";
const stackFolder = "cdktf.out/stacks/airgap";

let tools: string;
let terraformConfig: string;
beforeAll(async () => {
  tools = mkdtempSync(join(tmpdir(), "hgscim-tools-"));
  terraformConfig = await makeNullMirror(tools);
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

let h: Harness;
let folder: string;
let printed: string[];
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"], { environment: "airgap" });
  folder = mkdtempSync(join(tmpdir(), "hgscim-airgap-"));
  printed = [];
  cpSync("environments", join(folder, "environments"), { recursive: true });
  const release: ReleaseShape = await h.release();
  edit(environmentFile, (text) =>
    text
      .replace("/var/lib/hgscim/agent.sock", h.agent.socket)
      .replace("ref+file:///etc/hgscim/secrets/okta", release.secrets["okta-token"].refs[0]),
  );
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await h.stop();
});

const read = (file: string) => readFileSync(join(folder, file), "utf8");
const edit = (file: string, change: (text: string) => string) =>
  writeFileSync(join(folder, file), change(read(file)));

/** The network between here and the host: `ssh` runs the line in a shell, as sshd does, and `hgscim` is installed there. */
function layNetwork(): void {
  mkdirSync(join(folder, "bin"));
  for (const [name, line] of [
    ["ssh", 'shift; exec sh -c "$*"'],
    ["sudo", 'exec "$@"'],
    ["hgscim", `exec ${process.execPath} ${resolve("dist/cli/main.js")} "$@"`],
  ] as const) {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }
}

const environment = () => ({
  HOME: folder,
  PATH: `${join(folder, "bin")}:${process.env.PATH}`,
  TF_CLI_CONFIG_FILE: terraformConfig,
  CHECKPOINT_DISABLE: "1",
  HTTPS_PROXY: "http://127.0.0.1:9",
  SUDO_USER: "ada",
});
async function call(...args: string[]): Promise<Finished> {
  const finished = await hgscim(args, { cwd: folder, env: environment() });
  printed.push(finished.stdout, finished.stderr);
  return finished;
}
const terraform = (...args: string[]) =>
  run("terraform", [...args, "-no-color"], { cwd: join(folder, stackFolder), env: environment() });

async function deploy(): Promise<Finished> {
  const finished = await call("deploy", "airgap", "--yes");
  expect(finished.code, finished.stdout + finished.stderr).toBe(0);
  return finished;
}
const active = async () => (await h.admin("GET", "/release")).body;
const releaseFiles = () =>
  readdirSync(join(folder, stackFolder)).filter((name) => name.startsWith("release-"));

test("the sample environment: its command brings the release to the host, where it is loaded and enforced", async () => {
  layNetwork();
  const planned = await call("plan", "airgap");
  expect(planned.stdout).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  expect((await h.admin("GET", "/release")).status).toBe(404);
  // nothing of ours is asked at plan time: there is no provider of ours
  expect(Object.keys(JSON.parse(read(`${stackFolder}/cdk.tf.json`)).terraform.required_providers)).toEqual([
    "null",
  ]);
  expect(existsSync(join(folder, stackFolder, "terraform.d"))).toBe(false);

  const deployed = await deploy();
  const first = await active();
  expect(planned.stdout).toContain(first.digest);
  expect(deployed.stdout).toContain(`active: ${first.digest}`);
  expect(releaseFiles()).toEqual([`release-${first.digest.slice(7, 19)}.json`]);
  expect(first).toMatchObject({
    activatedBy: "local:ada",
    origin: {
      sources: { "permissions.core": expect.stringMatching(/^environments\/shared\/policy\.yaml:\d+:3$/) },
    },
  });

  const user = await h.scim("POST", "/Users", { userName: "grace@example.com", active: true });
  for (const displayName of ["engineering", "core-team"])
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
  const before = h.accessFile();
  const original = read(policyFile);
  edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
  const changed = await deploy();
  expect(changed.stdout).toContain("grace loses push on core/api");
  expect(h.accessFile().grants).not.toEqual(before.grants);
  expect(releaseFiles()).toHaveLength(1);

  edit(policyFile, () => original);
  await deploy();
  expect((await active()).digest).toBe(first.digest);
  expect(h.accessFile()).toEqual(before);
  expect((await deploy()).stdout).toContain("No changes.");
  edit(policyFile, (text) => `# moved\n\n${text}`);
  expect((await call("plan", "airgap")).stdout).toContain("No changes.");

  const state = read("terraform.airgap.tfstate");
  expect(state).toContain(first.digest);
  const files = releaseFiles().map((name) => read(join(stackFolder, name)));
  for (const secret of Object.values(h.tokens))
    expect([state, ...files, ...printed, ...h.logs].filter((text) => text.includes(secret))).toEqual([]);
});

long("a delivery that fails is a failed deploy, and the next deploy repeats it", async () => {
  const failed = await call("deploy", "airgap", "--yes");
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("local-exec provisioner error");
  expect((await h.admin("GET", "/release")).status).toBe(404);

  layNetwork();
  // the host refuses what it cannot run, and the deploy says why
  edit(environmentFile, (text) => text.replace(/refs: \[[^\]]*\]/, "refs: [ref+file:///etc/shadow]"));
  const refused = await call("deploy", "airgap", "--yes");
  expect(refused.code).toBe(1);
  expect(refused.stdout + refused.stderr).toContain("does not allow ref+file:///etc/shadow");
  expect((await h.admin("GET", "/release")).status).toBe(404);

  const { secrets }: ReleaseShape = await h.release();
  edit(environmentFile, (text) => text.replace("ref+file:///etc/shadow", secrets["okta-token"].refs[0]));
  await deploy();
  expect((await active()).release.environment).toBe("airgap");
  expect((await deploy()).stdout).toContain("No changes.");
});

const withCommand = (command: readonly string[]) => {
  // a file holds no characters that cannot be seen; YAML's escapes are JSON's, and one more for what is beyond 16 bits
  const escaped = JSON.stringify(command).replace(/[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  edit(environmentFile, (text) =>
    text.replace(/ {2}command:.*\n( {4}.*\n)*/, () => `  command: ${escaped}\n`),
  );
};

// HGSCIM_SHOWN is between the plan and the apply of one deploy
long("the command runs in the project's folder and is told what it delivers", async () => {
  mkdirSync(join(folder, "scripts"));
  writeFileSync(
    join(folder, "scripts/deliver"),
    '#!/bin/sh\nenv | grep ^HGSCIM_ | grep -v ^HGSCIM_SHOWN= | sort > told\ncat "$HGSCIM_RELEASE_FILE" > "$1"\n',
    { mode: 0o755 },
  );
  withCommand(["scripts/deliver", "brought.json"]);
  await deploy();
  const { digest } = JSON.parse(read("brought.json"));
  const file = join(folder, stackFolder, `release-${digest.slice(7, 19)}.json`);
  expect(read("told").split("\n")).toEqual([
    `HGSCIM_DIGEST=${digest}`,
    "HGSCIM_ENVIRONMENT=airgap",
    expect.stringMatching(/^HGSCIM_POLICY_DIGEST=sha256:[0-9a-f]{64}$/),
    `HGSCIM_RELEASE_FILE=${file}`,
    "",
  ]);
  const loaded = await call("agent", "load", "brought.json", "--socket", h.agent.socket);
  expect(loaded.stdout).toContain(`active: ${digest}`);
});

long("what a variable says by itself stops plan and deploy before the command runs", async () => {
  withCommand(["sh", "-c", "echo $HGSCIM_PREFLIGHT > ran"]);
  edit(environmentFile, (text) => text.replace("https://hg.airgap", "http://hg.airgap"));
  for (const args of [
    ["plan", "airgap"],
    ["deploy", "airgap", "--yes"],
  ]) {
    const stopped = await call(...args);
    expect(stopped).toMatchObject({ code: 1, stdout: "" });
    expect(stopped.stderr).toMatch(/airgap\.yaml:\d+:3: SCIM_API_BASE_URL: url: .*in clear text/);
  }
  expect((await call("deploy", "airgap", "--yes", "--no-preflight")).code).toBe(0);
  expect(read("ran")).toBe("off\n");
});

test("a plan that was kept never delivers the file of a later one", async () => {
  withCommand(["sh", "-c", 'cat "$HGSCIM_RELEASE_FILE" > brought.json']);
  await call("plan", "airgap");
  expect((await terraform("plan", "-out=early.tfplan")).code).toBe(0);
  edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
  await call("plan", "airgap");
  const late = await terraform("apply", "early.tfplan");
  expect(late.code).toBe(1);
  expect(late.stdout + late.stderr).toMatch(/release-[0-9a-f]{12}\.json: No such file/);
  expect(existsSync(join(folder, "brought.json")) && read("brought.json")).toBe("");
});

long(
  "what plan --out keeps is delivered by deploy --plan, as long as the checkout has that release, and only where it may be",
  async () => {
    withCommand(["sh", "-c", 'cat "$HGSCIM_RELEASE_FILE" > brought.json']);
    const kept = join(folder, "kept.tfplan");
    const planned = await call("plan", "airgap", "--out", kept, "--detailed-exitcode");
    expect(planned.code, planned.stderr).toBe(2);
    const deployed = await call("deploy", "airgap", "--plan", kept);
    expect(deployed.code, deployed.stderr).toBe(0);
    const { digest } = JSON.parse(read("brought.json"));
    // nobody but the state knows what was delivered
    expect((await call("plan", "airgap", "--detailed-exitcode")).code).toBe(0);

    edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
    const late = await call("deploy", "airgap", "--plan", kept);
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(
      new RegExp(
        `kept.tfplan delivers ${digest} \\(expected sha256:[0-9a-f]{64}, which airgap is in this checkout\\)`,
      ),
    );
    const other = await call("deploy", "airgap", "--yes", "--only", digest);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("This is not the release that may be deployed");
    expect(JSON.parse(read("brought.json")).digest).toBe(digest);
  },
);

long("whatever stands in the arguments reaches the program as it was written", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "${",
      "$${",
      "%{",
      "%%{",
      "}",
      "$",
      "$HOME",
      "`id`",
      "$(id)",
      "'",
      "'\\''",
      '"',
      "\\",
      "\n",
      "*",
      "~",
    ),
    fc.constantFrom("$", "#", "&").map((sigil) => `${sigil}{TfToken[TOKEN.0]}`),
    fc.constantFrom(
      "-1.8881545897087626e+289",
      ";",
      "&&",
      "|",
      ">",
      "#",
      " ",
      "\t",
      "\uFFFF",
      "-n",
      "--",
      "A=b",
    ),
    // a file holds no control characters but these
    fc.string({ unit: "binary" }).map((text) => text.replace(/[^\P{Cc}\n\t]/gu, "")),
  );
  // Terraform keeps text in Unicode's composed form (NFC)
  const argument = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("").normalize("NFC"));
  writeFileSync(
    join(folder, "echo.mjs"),
    'import { writeFileSync } from "node:fs"; writeFileSync("said.json", JSON.stringify(process.argv.slice(2)));',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { minLength: 60, maxLength: 60 }), async (args) => {
      withCommand([process.execPath, "echo.mjs", ...args]);
      await deploy();
      expect(JSON.parse(read("said.json"))).toEqual(args);
    }),
    { numRuns: 2 },
  );
});
