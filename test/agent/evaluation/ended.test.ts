/** Threads are ended outside of SQLite, whatever ends them: inside, its binding takes the whole process with it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Evaluation } from "../../../agent/evaluation/evaluation.ts";
import { NativeGate } from "../../../agent/store/native-gate.ts";
import { run } from "../../cli/hgscim.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hgscim-ended-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const program = ["--import", "tsx", "test/agent/evaluation/ended-process.ts"];

test("a process goes on after evaluations that are given up, and ends during one as any other does", async () => {
  const ended = await run(process.execPath, [...program, folder], { cwd: process.cwd() });
  expect(ended.stderr).toContain("as was to be");
  expect(ended.stderr).not.toContain("panicked");
  expect([ended.code, ended.stdout.match(/tookTooLong/g)?.length]).toEqual([1, 4]);
});

test("a thread that takes longer to start than a question may take answers a later one", async () => {
  const host = { environment: "staging", repositories: folder, references: [] };
  const evaluation = new Evaluation({ folder, host, deadline: 50 });
  const at = { active: null, now: 0, clock: { system: 0, measured: 0, inDoubt: false } };
  while (!(await evaluation.ask("activation", { body: "" }, at)).ok);
});

test("a thread that does not come out of native code is not waited for without end", () => {
  expect(new NativeGate().shutWithin(20)).toBe(false);
});
