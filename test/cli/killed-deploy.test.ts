/** What a deploy leaves that somebody ends: nothing, or nothing after the next run where it could not tidy up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-killed-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
  // a terraform that has written its plan, and ends who started it
  const program = `#!/bin/sh
[ "$1" = version ] && echo '{"terraform_version": "1.11.4"}'
[ "$1" = show ] && echo '{}'
[ "$1" = plan ] || exit 0
for option; do case $option in -out=*) : >"\${option#-out=}"; : >"$HGSCIM_SHOWN" ;; esac; done
[ -z "$SIGNAL" ] || kill -s "$SIGNAL" $PPID
case $SIGNAL in TERM | HUP) exec sleep 20 ;; INT) exit 1 ;; esac
`;
  writeFileSync(join(folder, "terraform"), program, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stack = () => join(folder, "cdktf.out/stacks/local");
const left = () => readdirSync(stack()).filter((name) => /\.(tfplan|shown|\d+)$/.test(name));

/** Runs hgscim until all that it started is gone; `SIGNAL` ends it while terraform plans. */
async function deploy(SIGNAL = ""): Promise<number | NodeJS.Signals> {
  const child = spawn(process.execPath, [resolve("dist/cli/main.js"), "deploy", "local", "--yes"], {
    cwd: folder,
    env: { PATH: process.env.PATH, TERRAFORM_BINARY_NAME: join(folder, "terraform"), SIGNAL },
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.resume();
  const [code, how] = await once(child, "close");
  return code ?? how;
}

test.each([
  ["TERM", 143],
  ["HUP", 129],
  ["INT", 130],
] as const)(
  "a deploy that is ended by SIG%s tidies up, and its exit code is 128 and the signal",
  async (signal, code) => {
    expect(await deploy(signal)).toBe(code);
    expect(left()).toEqual([]);
  },
);

test("what a killed deploy left is gone with the next run, and what a running one has is not", async () => {
  expect(await deploy("KILL")).toBe("SIGKILL");
  expect(left()).toHaveLength(2);
  const gone = spawn("true");
  await once(gone, "close");
  const running = `hgscim.${process.pid}.tfplan`;
  for (const name of [running, `terraform-provider-hgscim.${gone.pid}`])
    writeFileSync(join(stack(), name), "");
  expect(await deploy()).toBe(0);
  expect(left()).toEqual([running]);
});
