/** The README's first command, as a new user runs it: it must end well, and leave neither a process nor a secret. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const world = join(".hgscim", "quickstart");
// where its secrets are kept on purpose, for whoever asked with --keep
const keptOnPurpose = ["token", "scim-token", "passwords.json"].map((name) => join(world, name));

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
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

test("the quickstart plays its day to the end, leaves no process, and no secret outside of its own files", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli/main.js", "quickstart"], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const line of [
    "ada may not read repository core/api: no release is active",
    "ada may not write to repository core/api: the write right is missing",
    "ada may not read repository docs: the account is deactivated",
    "Warning: local: 1 account loses push on 1 repository",
    "grace loses push on core/api",
    "~ permissions.core (.hgscim/quickstart/environments/local.yaml:",
    "the same digest as in the morning",
    "Everything happened as it should.",
  ])
    expect(stdout).toContain(line);
  expect(processesOf(world)).toEqual([]);

  const [token = "", scimToken = "", passwords = "{}"] = keptOnPurpose.map((file) =>
    readFileSync(file, "utf8"),
  );
  const secrets = [token, scimToken, ...Object.values(JSON.parse(passwords) as Record<string, string>)];
  expect(secrets.filter((secret) => secret.length > 10)).toHaveLength(4);
  const states = readdirSync(".").filter((name) => name.startsWith("terraform.local.tfstate"));
  expect(states).not.toEqual([]);
  const searched = [...states, ...filesBelow("cdktf.out"), ...filesBelow(world)].filter(
    (path) => !keptOnPurpose.includes(path),
  );
  expect(searched.some((path) => path.endsWith("store.db"))).toBe(true);
  const leaks = searched.filter((path) => {
    const content = readFileSync(path, "latin1");
    return secrets.some((secret) => content.includes(secret));
  });
  expect(leaks).toEqual([]);
  for (const secret of secrets) expect(stdout).not.toContain(secret);
});
