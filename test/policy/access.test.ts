/** The rules exist twice, as a function here and as rows for the Mercurial extension: they must never disagree. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { asset } from "../../agent/mercurial/assets.ts";
import { findMercurial } from "../../agent/mercurial/mercurial.ts";
import { accessRules, branchRightOf, rightOf } from "../../policy/access.ts";

let folder: string;
let python: ChildProcess;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-policy-"));
  const mercurial = await findMercurial();
  if (!mercurial.ok) throw new Error(mercurial.message);
  python = spawn(mercurial.value.python, ["test/policy/lookup.py", asset("hgscim.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  if (!python.stdout) throw new Error("python has no output");
  answers = createInterface(python.stdout)[Symbol.asyncIterator]();
});
afterAll(() => {
  python.stdin?.end();
  rmSync(folder, { recursive: true, force: true });
});

const accounts = ["ada", "bob", "cy"];
const groups = ["okta/a", "okta/b", "okta/c"];
const branches = ["default", "stable", "größe/1.x"];
const repositories = ["core", "core/api", "core/api/v1", "core/archive/old", "docs", "x.y+z", "core-team"];

const pattern = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.constantFrom("core", "api", "archive", "docs", "x.y+z", "*", "c*e", "?ocs", "**"), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([negated, segments]) => `${negated ? "!" : ""}${segments.join("/")}`);
const some = (items: readonly string[]) => fc.subarray([...items]);
const isNotEmpty = (items: readonly string[]) => items.length > 0;
const permissions = fc.dictionary(
  fc.constantFrom("one", "two", "three"),
  fc.record({
    // patterns of which several often cover one repository
    repositories: fc.uniqueArray(fc.oneof(pattern, fc.constantFrom("**", "core/**")), {
      minLength: 1,
      maxLength: 4,
    }),
    read: some(groups),
    write: some(groups),
    // rules that contradict each other too: each holds
    branches: fc.dictionary(fc.constantFrom(...branches), some(groups).filter(isNotEmpty), { maxKeys: 2 }),
  }),
);
const members = fc.record({ ada: some(groups), bob: some(groups) });

test("the extension's look-up and the policy agree on random permissions and memberships", async () => {
  const file = join(folder, "access.db");
  const access = await AccessFile.open(file, "local");
  const questions = accounts.flatMap((account) =>
    repositories.flatMap((repository) => [
      [account, repository, "read", null] as const,
      [account, repository, "write", null] as const,
      ...branches.map((branch) => [account, repository, "write", branch] as const),
    ]),
  );
  let [allowed, restricted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(permissions, members, async (sets, membership) => {
      // bob has groups but is deactivated, cy is unknown
      const snapshot = {
        release: "sha256:test",
        permissions: sets,
        accounts: [
          { account: "ada", active: true, groups: membership.ada },
          { account: "bob", active: false, groups: membership.bob },
        ],
      };
      (await access.prepareSnapshot(snapshot)).commit();
      python.stdin?.write(`${JSON.stringify([file, questions])}\n`);
      const found = JSON.parse(String((await answers.next()).value)) as boolean[];

      const rules = accessRules({ permissions: sets });
      const expected = questions.map(([account, repository, right, branch]) => {
        if (account !== "ada") return false;
        const rights = rules.inRepository(repository);
        const has = rightOf(membership.ada, rights);
        if (branch === null) return right === "read" ? has !== null : has === "write";
        const there = branchRightOf(new Set(membership.ada), rights, branch, rules.ofBranches(repository));
        if (has === "write" && there !== "write") restricted++;
        return there === "write";
      });
      allowed += expected.filter(Boolean).length;
      expect(found).toEqual(expected);
    }),
    { numRuns: 300 },
  );
  access.close();
  // a run in which nobody was ever allowed, or never restricted, would prove nothing
  expect(allowed).toBeGreaterThan(100);
  expect(restricted).toBeGreaterThan(30);
});
