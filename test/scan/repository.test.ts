/** What this repository tracks holds nothing that looks like a credential, and no test does. */
import { expect, test } from "vitest";
import { hgscim } from "../cli/hgscim.ts";

test("hgscim scan of this repository finds nothing", async () => {
  const { code, stdout } = await hgscim(["scan"], { cwd: "." });
  expect(stdout).toMatch(/^\d{3,} files scanned, nothing found\n$/);
  expect(code).toBe(0);
});
