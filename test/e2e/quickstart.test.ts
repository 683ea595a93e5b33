/**
 * The README's first command, as a new user runs it, twice at once, one of them kept running until the other has ended:
 * each must end well, and leave neither a process nor a secret.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { type Finished, hgscim } from "../cli/hgscim.ts";

interface Played extends Finished {
  /** Its folder, from here. */
  readonly world: string;
}

/** What is printed is true: the token of the world can be replaced. */
async function rotates(world: string): Promise<void> {
  const [token, authority] = ["token", "data/tls/certificate.pem"].map((name) =>
    readFileSync(join(world, name), "utf8"),
  );
  const env = { HGSCIM_TOKEN: token, HGSCIM_CA: authority };
  const begun = await hgscim(["rotate", "local", "okta-token", "--once", "--yes"], { cwd: world, env });
  rotated = `${begun.stdout}${begun.stderr}`;
}
let rotated = "";

/** Plays one. What is kept runs until `other` is over. */
async function play(options: readonly string[] = [], other?: Promise<unknown>): Promise<Played> {
  const child = spawn(process.execPath, ["dist/cli/main.js", "quickstart", ...options], {
    env: { ...process.env, FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const isKept = new Promise<void>((resolve) => {
    child.stdout.on("data", (part: Buffer) => part.includes("Ctrl-C ends it") && resolve());
  });
  const world = join(".hgscim", `quickstart-${child.pid}`);
  if (other)
    void Promise.all([isKept, other])
      .then(() => rotates(world))
      .finally(() => child.kill("SIGINT"));
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr, world };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** The command lines of all processes that mention the quickstart's folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(folder));
}

const played: Played[] = [];
// six runs of cdktf and twenty of terraform in each
beforeAll(async () => {
  const alone = play();
  played.push(...(await Promise.all([alone, play(["--keep"], alone)])));
}, 600_000);

describe.each([
  ["the one that ends by itself", 0],
  ["the one that is kept", 1],
])("of two quickstarts at once, %s", (_, index) => {
  const one = (): Played => played[index] as Played;

  test("plays its day to the end, and leaves no process", () => {
    const { code, stdout, stderr, world } = one();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of [
      "ada may not read repository core/api: no release is active",
      "ada may not write to repository core/api: the write right is missing",
      "ada may not read repository docs: the account is deactivated",
      "Warning: local: 1 account loses push on 1 repository",
      "grace loses push on core/api",
      "~ permissions.core (environments/local.yaml:",
      "the same digest as in the morning",
      "Everything happened as it should.",
    ])
      expect(stdout).toContain(line);
    expect(processesOf(world)).toEqual([]);
    // where commands on this host ask its listeners
    expect(readFileSync(join(world, "agent.yaml"), "utf8")).not.toContain('127.0.0.1:0"');
  });

  test("leaves no secret outside of its own files", () => {
    const { stdout, world } = one();
    // where its secrets are kept on purpose, for whoever asked with --keep
    const keptOnPurpose = ["token", "scim-token", "passwords.json"].map((name) => join(world, name));
    const [token = "", scimToken = "", passwords = "{}"] = keptOnPurpose.map((file) =>
      readFileSync(file, "utf8"),
    );
    const secrets = [token, scimToken, ...Object.values(JSON.parse(passwords) as Record<string, string>)];
    expect(secrets.filter((secret) => secret.length > 10)).toHaveLength(4);
    const searched = filesBelow(world).filter((path) => !keptOnPurpose.includes(path));
    for (const name of ["terraform.local.tfstate", "cdktf.out/stacks/local/cdk.tf.json", "data/store.db"])
      expect(searched).toContain(join(world, name));
    const leaks = searched.filter((path) => {
      const content = readFileSync(path, "latin1");
      return secrets.some((secret) => content.includes(secret));
    });
    expect(leaks).toEqual([]);
    for (const secret of secrets) expect(stdout).not.toContain(secret);
  });
});

test("the token of the one that is kept is replaced as it says", () => {
  expect(rotated).toContain("A new value is there, and the agent lets it in beside the present one.");
});
