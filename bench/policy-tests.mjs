/** A hundred policy tests, whole process, beside node itself. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compare } from "./measure.mjs";

const tests = 100;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  for (const name of ["local.yaml", "shared"])
    cpSync(join("environments", name), join(folder, "environments", name), { recursive: true });
  mkdirSync(join(folder, "environments/tests"));
  writeFileSync(join(folder, "environments/tests/many.yaml"), `environments: [local]\ntests:\n${many()}`);
  const ours = { command: [process.execPath, resolve("dist/cli/main.js"), "test"], cwd: folder };
  const { a, b, ratio } = await compare(ours, { command: [process.execPath, "-e", "0"] }, 5);
  rmSync(folder, { recursive: true });
  return [
    {
      what: `${tests} policy tests`,
      ours: `${a.toFixed(2)} s`,
      beside: `node -e 0: ${(b * 1000).toFixed(0)} ms`,
      ratio: `${ratio.toFixed(0)} times`,
      goal: "under 1 s",
    },
  ];
}

function many() {
  return Array.from(
    { length: tests },
    (_, i) => `  user ${i} joins core-team and pushes:
    given:
      users:
        - { userName: user-${i}@example.com, groups: [engineering] }
        - { userName: other-${i}@example.com, groups: [engineering, docs-team] }
      groups: [core-team]
    when:
      method: PATCH
      path: /Groups/{core-team}
      body: { Operations: [{ op: Add, path: members, value: [{ value: "{user-${i}@example.com}" }] }] }
    expect: { decision: accepted, access: { user-${i}: { core/api: write, docs: read }, other-${i}: { docs: write } } }
`,
  ).join("");
}
