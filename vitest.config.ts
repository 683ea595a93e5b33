import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    // real terraform, hg and agents take seconds on a busy machine; a hang must still end
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // each of them also has several processes of its own
    maxWorkers: 2,
  },
});
