/**
 * `npm test`: everything, in the order in which a mistake is cheapest to hear of. The last line counts checks and
 * tests together.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = (name) => join("node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "hgscim-test-"));
const report = join(folder, "vitest.json");

/** Name, command and arguments of each step; a step that counts its own tests names its report. */
const steps = [
  ["format and lint", bin("biome"), ["check", "."]],
  ["types", bin("tsc"), ["--noEmit"]],
  // types are exported for signatures; files, exports and dependencies must be used
  ["nothing unused", bin("knip"), []],
  ["build", "npm", ["run", "--silent", "build"]],
  ["mercurial", bin("tsx"), ["test/tools.ts"]],
  [
    "tests",
    bin("vitest"),
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    report,
  ],
];

let passed = 0;
let failed = 0;
for (const [name, command, args, counted] of steps) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (counted === undefined) {
    if (status === 0) passed++;
    else failed++;
    if (status !== 0) break;
    continue;
  }
  const { numPassedTests = 0, numFailedTests = 0, numTotalTests = 0 } = readReport(counted);
  passed += numPassedTests;
  // a run that ended badly without a failed test, such as a file that does not load, is a failure too
  failed += numFailedTests > 0 || status === 0 ? numFailedTests : 1;
  const skipped = numTotalTests - numPassedTests - numFailedTests;
  if (skipped > 0) {
    console.log(`${skipped} tests were skipped, and none may be`);
    failed += skipped;
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}
