/** The extension's lookup against a plain reading of what a permission set means, and what it costs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PathGlob } from "../../../model/glob.ts";
import { type Access, type Permission, writeAccess } from "./access.ts";
import { Answering } from "./answering.ts";

type Question = readonly [account: string, repository: string, right: "read" | "write"];
type Answer = readonly [refusal: string | null, steps: number];

const now = 1_000;
const folder = mkdtempSync(join(tmpdir(), "hgscim-lookup-"));
const file = join(folder, "access.db");
let extension: Answering;
beforeAll(async () => {
  extension = await Answering.start("ask.py");
});
afterAll(async () => {
  await extension.end();
  rmSync(folder, { recursive: true });
});

async function ask(access: Access, questions: readonly Question[]): Promise<Answer[]> {
  writeAccess(file, access);
  return extension.ask([file, questions, now]) as Promise<Answer[]>;
}

/** Whether a pattern's segments match a name's, read word for word: no regular expression. */
function matches(pattern: readonly string[], name: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return name.length === 0;
  if (first !== "**") return name[0] !== undefined && like(first, name[0]) && matches(rest, name.slice(1));
  if (rest.length === 0) return name.length > 0;
  return name.some((_, i) => matches(rest, name.slice(i)));
}

function like(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*")
    return like(pattern.slice(1), text) || (text !== "" && like(pattern, text.slice(1)));
  return (pattern[0] === "?" ? text !== "" : pattern[0] === text[0]) && like(pattern.slice(1), text.slice(1));
}

function expected(access: Access, [account, repository, right]: Question): string | null {
  if (access.release === "") return "no release is active";
  if (!(account in access.accounts)) return "there is no such account";
  if (!access.accounts[account]) return "the account is deactivated";
  const groups = access.memberships[account] ?? [];
  const covers = ({ repositories }: Permission, negated: boolean) =>
    repositories
      .filter((pattern) => pattern.startsWith("!") === negated)
      .some((pattern) => matches(pattern.replace("!", "").split("/"), repository.split("/")));
  const names = [account, ...groups];
  const living = ({ until = {} }: Permission, words: string, subjects: readonly string[] = []) =>
    subjects.some((subject) => names.includes(subject) && (until[`${words} ${subject}`] ?? now + 1) > now);
  const says = (words: string) =>
    Object.values(access.permissions).some(
      (set) =>
        living(set, words, words.startsWith("deny") ? set.deny?.[of(words)] : set[of(words)]) &&
        covers(set, false) &&
        !covers(set, true),
    );
  if (says("deny read") || (right === "write" && says("deny write"))) return `the ${right} right is denied`;
  return says("write") || (right === "read" && says("read")) ? null : `the ${right} right is missing`;
}

const of = (words: string) => (words.endsWith("read") ? "read" : "write");

const segment = fc.constantFrom("a", "b", "a.b", "a+b", "(a)", "ab", "größe");
const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
const wild = fc.oneof(segment, fc.constantFrom("*", "**", "a*", "?b", "*.b"));
const pattern = fc
  .tuple(fc.constantFrom("", "", "!"), fc.array(wild, { minLength: 1, maxLength: 4 }))
  .map(([not, segments]) => not + segments.join("/"));
const account = fc.constantFrom("ada", "rob", "zoë");
const groups = fc.subarray(["okta/a", "okta/b", "entra/a"]);
const subject = fc.oneof(account, fc.constantFrom("okta/a", "okta/b", "entra/a"));
const subjects = fc.uniqueArray(subject, { maxLength: 3 });
const few = fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, subjects);
const access: fc.Arbitrary<Access> = fc.record({
  release: fc.constantFrom("sha256:1", "sha256:1", "sha256:1", ""),
  accounts: fc.dictionary(account, fc.constantFrom(true, true, false), { minKeys: 1 }),
  memberships: fc.dictionary(account, groups),
  permissions: fc.dictionary(
    fc.constantFrom("p", "q", "r"),
    fc.record({
      repositories: fc.array(pattern, { minLength: 1, maxLength: 4 }),
      read: subjects,
      write: subjects,
      deny: fc.record({ read: few, write: few }),
      until: fc.dictionary(
        fc.tuple(fc.constantFrom("read", "write", "deny read"), subject).map((words) => words.join(" ")),
        fc.constantFrom(now - 1, now, now + 1),
      ),
    }),
  ),
});
const question = fc.tuple(account, name, fc.constantFrom("read", "write") as fc.Arbitrary<"read" | "write">);

it("answers as the permission sets say", async () => {
  const seen = new Set<string | null>();
  const questions = fc.array(question, { minLength: 10, maxLength: 30 });
  for (let round = 0; round === 0 || (seen.size < 8 && round < 10); round++)
    await fc.assert(
      fc.asyncProperty(access, questions, async (access, questions) => {
        const found = (await ask(access, questions)).map(([refusal]) => refusal);
        expect(found).toEqual(questions.map((question) => expected(access, question)));
        for (const refusal of found) seen.add(refusal);
      }),
      { numRuns: 120 },
    );
  expect(seen.size).toBe(8);
});

it("matches the names that the agent's own patterns match", async () => {
  const character = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("a", "a", "a", "b", "/") },
    { weight: 1, arbitrary: fc.constantFrom(".", "(", "\n", "\u2028", "😀", "\ud83d") },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  );
  const wild = fc.oneof(character, fc.constantFrom("*", "*", "?", "/**/", "/**"));
  const path = (character: fc.Arbitrary<string>) =>
    fc.array(character, { maxLength: 7 }).map((parts) => parts.join(""));
  const patterns = fc.array(path(wild), { minLength: 10, maxLength: 20 });
  const names = fc.array(path(character), { minLength: 10, maxLength: 20 });
  const seen = { matched: 0, others: 0 };
  await fc.assert(
    fc.asyncProperty(patterns, names, async (patterns, names) => {
      const expected = patterns.map((pattern) => names.map((name) => new PathGlob(pattern).matches(name)));
      expect(await extension.ask({ patterns, names })).toEqual(expected);
      const matched = expected.flat().filter(Boolean).length;
      seen.matched += matched;
      seen.others += expected.flat().length - matched;
    }),
    { numRuns: 150 },
  );
  expect(Math.min(seen.matched, seen.others)).toBeGreaterThan(1_000);
});

it("costs the same for many accounts and permission sets as for few", async () => {
  const sized = (accounts: number, sets: number): Access => {
    const names = Array.from({ length: accounts }, (_, i) => `user${i}`);
    return {
      accounts: Object.fromEntries(names.map((name) => [name, true])),
      memberships: Object.fromEntries(names.map((name, i) => [name, ["okta/all", `okta/team${i % sets}`]])),
      permissions: Object.fromEntries(
        Array.from({ length: sets }, (_, i) => [
          `set${i}`,
          { repositories: [`team${i}/**`, `!team${i}/old/**`], read: ["okta/all"], write: [`okta/team${i}`] },
        ]),
      ),
    };
  };
  const questions: Question[] = [
    ["user7", "team7/api", "write"],
    ["user7", "team8/api", "write"],
    ["user7", "team8/old/api", "read"],
    ["nobody", "team8/api", "read"],
  ];
  const few = await ask(sized(10, 10), questions);
  expect(few.map(([refusal]) => refusal)).toEqual([
    null,
    "the write right is missing",
    "the read right is missing",
    "there is no such account",
  ]);
  expect(await ask(sized(5_000, 2_000), questions)).toEqual(few);
});
