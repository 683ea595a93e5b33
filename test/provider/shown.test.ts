/** What `hgscim deploy` has shown in its plan is not told again at its apply; what is news there is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Diagnostic } from "../../provider/plugin/index.ts";
import { notShown } from "../../provider/shown.ts";

let folder: string;
let HGSCIM_SHOWN: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-shown-"));
  HGSCIM_SHOWN = join(folder, "shown");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const warning = (summary: string, detail = ""): Diagnostic => ({ severity: "warning", summary, detail });
const nobody = warning("local: nobody gains or loses access");
const others = warning("local: nobody gains or loses access", "Before it, 3 accounts have access.");
const error: Diagnostic = { severity: "error", summary: "The agent would refuse this release" };

test("a warning is told once in a run, and another one with the same summary is another", () => {
  expect(notShown([nobody], { HGSCIM_SHOWN })).toEqual([nobody]);
  expect(notShown([nobody], { HGSCIM_SHOWN })).toEqual([]);
  expect(notShown([nobody, others], { HGSCIM_SHOWN })).toEqual([others]);
});

test("an error is told each time, with all that stands beside it", () => {
  expect(notShown([nobody], { HGSCIM_SHOWN })).toEqual([nobody]);
  for (let times = 0; times < 2; times++)
    expect(notShown([nobody, error], { HGSCIM_SHOWN })).toEqual([nobody, error]);
});

test("everything is told where no run keeps what was, or none can", () => {
  for (const env of [{}, { HGSCIM_SHOWN: "" }, { HGSCIM_SHOWN: join(folder, "nowhere", "shown") }])
    for (let times = 0; times < 2; times++) expect(notShown([nobody], env)).toEqual([nobody]);
});
