import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** Those that run a whole agent in their own process. */
const agent = ["test/agent/**/*.test.ts", "test/provider/{bounds,impact,promotion,release}.test.ts"];

/** Those that run terraform, cdktf, hg, or the built command line: they want `npm run build` before. */
const e2e = [
  "test/e2e/**/*.test.ts",
  "test/cli/*.test.ts",
  "test/provider/release-bundle.test.ts",
  "test/provider/origin.test.ts",
  "test/provider/plugin/{handshake,terraform}.test.ts",
  "test/scan/repository.test.ts",
  "test/stacks/installation.test.ts",
];

/** Everything else: what is pure, so that the files need not load the sources each for itself. */
const unit = {
  name: "unit",
  include: ["test/**/*.test.ts"],
  exclude: [...configDefaults.exclude, ...agent, ...e2e],
  isolate: false,
};

/** Where tests put their folders: in memory where there is room, since agents wait for a disk at every write. */
function scratch(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (bavail * bsize > 4 * 1024 ** 3) return "/dev/shm";
  } catch {
    // no such place on this system
  }
  return tmpdir();
}

export default defineConfig({
  test: {
    env: { TMPDIR: process.env.TMPDIR ?? scratch() },
    setupFiles: ["test/setup.ts"],
    // real terraform, hg and agents take seconds on a busy machine; a hang must still end
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // each of them also has processes of its own, and waits for them
    maxWorkers: 4,
    projects: [
      { extends: true, test: unit },
      { extends: true, test: { name: "agent", include: agent, isolate: false } },
      { extends: true, test: { name: "e2e", include: e2e, isolate: false } },
    ],
  },
});
