/**
 * Runs Mercurial's own tests of serving, pulling and pushing with the extension, for an account that has all rights.
 * They come from Debian's source of the machine's version. What they print otherwise than Mercurial expects must be
 * a known difference, as often as it is known.
 *
 * `npx tsx test/upstream/run.ts [TEST …]`
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFile } from "../../model/package.ts";
import { writeAccess } from "../agent/mercurial/access.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { unpacked } from "../agent/mercurial/source.ts";
import { hunks, nameOf } from "./compare.ts";
import { differences, files } from "./differences.ts";

const known = "6.3.2";
const mercurial = await installed();
if (mercurial.version !== known)
  throw new Error(
    `the differences are those of Mercurial ${known}, and this machine has ${mercurial.version}`,
  );
const tests = join(unpacked(`mercurial ${known}`), "tests");
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(files);

const folder = mkdtempSync(join(tmpdir(), "hgscim-upstream-"));
let failed = 0;
try {
  const access = join(folder, "access.db");
  writeAccess(access, {
    accounts: { upstream: true },
    memberships: {},
    permissions: { everything: { repositories: ["**"], write: ["upstream"] } },
  });
  const found = join(folder, "found");
  mkdirSync(found);
  const settings = [
    `extensions.hgscim=${packageFile("agent/mercurial/hgscim")}`,
    `extensions.account=${packageFile("test/upstream/account.py")}`,
    `hgscim.access=${access}`,
    "hgscim.root=/",
  ];
  const options = [
    "--with-hg",
    "/usr/bin/hg",
    "--outputdir",
    found,
    "--nodiff",
    "--timeout",
    "1800",
    "-j",
    "2",
  ];
  options.push(...settings.flatMap((setting) => ["--extra-config-opt", setting]));
  const ran = spawnSync(mercurial.python, ["run-tests.py", ...options, ...wanted], {
    cwd: tests,
    encoding: "utf8",
    env: { PATH: process.env.PATH, TMPDIR: folder },
  });
  const [, skipped] = /^# Ran \d+ tests, (\d+) skipped, \d+ failed\.$/m.exec(ran.stderr) ?? [];
  if (skipped !== "0" || /timed out|Errored/.test(ran.stderr)) throw new Error(ran.stdout + ran.stderr);
  for (const test of wanted) if (!asKnown(test, found)) failed++;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Whether a test differs as it is known to; tells what does not. */
function asKnown(test: string, found: string): boolean {
  const counts: Record<string, number> = {};
  let fine = true;
  // TEST.err, or TEST#CASE.err for each case of it
  for (const name of readdirSync(found).filter((name) => new RegExp(`^${test}(#.*)?\\.err$`).test(name))) {
    const { stdout } = spawnSync("diff", ["-aU2", join(tests, test), join(found, name)], {
      encoding: "utf8",
    });
    for (const hunk of hunks(stdout)) {
      const difference = nameOf(hunk, differences);
      if (difference !== undefined) counts[difference] = (counts[difference] ?? 0) + 1;
      else {
        fine = false;
        const lines = [...hunk.removed.map((line) => `-${line}`), ...hunk.added.map((line) => `+${line}`)];
        console.log(`${name}, line ${hunk.line}: not known\n${lines.join("\n")}`);
      }
    }
  }
  const expected: Record<string, number> = files[test] ?? {};
  for (const difference of new Set([...Object.keys(expected), ...Object.keys(counts)])) {
    const [was, is] = [expected[difference] ?? 0, counts[difference] ?? 0];
    if (was === is) continue;
    fine = false;
    console.log(`${test}: "${difference}" ${is} times, expected ${was}`);
  }
  console.log(`${test}: ${fine ? "as known" : "differs"}`);
  return fine;
}
