/** The rules exist twice, as a function here and as rows for the Mercurial extension: they must never disagree. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { type PermissionSet, type PlaceKind, placeKinds } from "../../model/environment/permission-set.ts";
import { endOf, type Subject, subjectName } from "../../model/environment/subject.ts";
import { packageFile } from "../../model/package.ts";
import type { Release } from "../../model/release.ts";
import { accessRules, type Restriction, rightAt, rightOf } from "../../policy/access.ts";
import { coversName } from "../../policy/places.ts";
import { deniedBy } from "../../policy/twin.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { permissionSet } from "./permission-set.ts";

let folder: string;
let python: ChildProcess;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-policy-"));
  const mercurial = await installed();
  python = spawn(
    mercurial.python,
    ["test/policy/lookup.py", dirname(packageFile("agent/mercurial/hgscim"))],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    },
  );
  if (!python.stdout) throw new Error("python has no output");
  answers = createInterface(python.stdout)[Symbol.asyncIterator]();
});
afterAll(() => {
  python.stdin?.end();
  rmSync(folder, { recursive: true, force: true });
});

type Touched = readonly [kind: PlaceKind, name: string];

const accounts = ["ada", "bob", "cy"];
const groups = ["okta/a", "okta/b", "okta/c"];
const names = [
  "default",
  "stable",
  "größe/1.x",
  "release-1",
  "release/1",
  "release/1/x",
  "re*",
  "a b",
  "b/",
  "x/Release/y",
];
const places = [
  "stable",
  "größe/1.x",
  "release-*",
  "release/*",
  "release/**",
  "?e*",
  "* b",
  "*",
  "**",
  "**/1*",
  // where a file stands in place of their folder
  "*/1/**",
  "**/release/*/z?",
  "*/re*/*",
];
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
const now = Date.parse("2026-06-01T00:00:00Z");
// what has ended, what ends now and so has ended, and what is still to end
const until = fc.constantFrom("2026-05-31T23:59:59.999Z", "2026-06-01T00:00:00Z", "2026-06-01T00:00:00.001Z");
const subjects = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(...groups),
    fc.record({ account: fc.constantFrom(...accounts) }),
    fc.record({ account: fc.constantFrom(...accounts), until }),
    fc.record({ group: fc.constantFrom(...groups), until }),
  ),
  { maxLength: 3, selector: subjectName },
);
const nobody = fc.constant<Subject[]>([]);
// many rules cover none of the names, and every group lets more of them be
const ruled = () =>
  fc.dictionary(fc.constantFrom(...places), some(groups).filter(isNotEmpty), { maxKeys: 2 });
const permissions = fc.dictionary(
  fc.constantFrom("one", "two", "three"),
  fc
    .record({
      // patterns of which several often cover one repository
      repositories: fc.uniqueArray(fc.oneof(pattern, fc.constantFrom("**", "core/**")), {
        minLength: 1,
        maxLength: 4,
      }),
      read: subjects,
      write: subjects,
      // denied to those who are given it too: what is denied goes first
      deny: fc.oneof(
        { weight: 2, arbitrary: fc.record({ read: nobody, write: nobody }) },
        fc.record({ read: subjects, write: subjects }),
      ),
      // rules that contradict each other too: each holds
      branches: ruled(),
      bookmarks: ruled(),
      paths: ruled(),
    })
    .map(permissionSet),
);
// some are in a twin of a group only, or in both
const memberships = some([
  ...groups,
  ...groups.flatMap(deniedBy).filter((subject) => !groups.includes(subject)),
]);
const members = fc.record({ ada: memberships, bob: memberships });

/** What one account may do under some permissions, and where a push touches one branch, bookmark or file. */
function rightsOf(sets: Release["permissions"], account: string, of: readonly string[], at: number) {
  const rules = accessRules({ permissions: sets }, at);
  const subjects = new Set([account, ...of]);
  return (repository: string, touched?: Touched) => {
    const here = rules.inRepository(repository);
    const covers = ({ place }: Restriction) => {
      const pattern = touched && place[touched[0]];
      return touched && pattern !== undefined && coversName(touched[0], pattern, touched[1]);
    };
    return here.restrictions
      .filter(covers)
      .reduce((right, restriction) => rightAt(subjects, right, restriction), rightOf(subjects, here));
  };
}

test("the extension's look-up and the policy agree on random permissions and memberships", async () => {
  const file = join(folder, "access.db");
  const access = await AccessFile.open(file, "local");
  const questions: (readonly [string, string, "read" | "write", Touched | null])[] = [
    ...accounts.flatMap((account) =>
      repositories.flatMap((repository) => [
        [account, repository, "read", null] as const,
        [account, repository, "write", null] as const,
      ]),
    ),
    // who may not write is asked no more
    ...["core", "core/api"].flatMap((repository) =>
      placeKinds.flatMap((kind) =>
        names.map((name) => ["ada", repository, "write", [kind, name] as const] as const),
      ),
    ),
  ];
  const seen = { allowed: 0, restricted: 0, denied: 0, ended: 0 };
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
        groups: [],
        suspended: new Set<string>(),
      };
      (await access.prepareSnapshot(snapshot, 1)).commit();
      python.stdin?.write(`${JSON.stringify([file, questions, now])}\n`);
      const found = JSON.parse(String((await answers.next()).value)) as boolean[];

      const rights = rightsOf(sets, "ada", membership.ada, now);
      const earlier = rightsOf(sets, "ada", membership.ada, 0);
      const undenied = rightsOf(withoutDenials(sets), "ada", membership.ada, now);
      const expected = questions.map(([account, repository, right, touched]) => {
        if (account !== "ada") return false;
        const has = rights(repository);
        if (has !== undenied(repository)) seen.denied++;
        if (has !== earlier(repository)) seen.ended++;
        if (touched === null) return right === "read" ? has !== null : has === "write";
        const there = rights(repository, touched);
        if (has === "write" && there !== "write") seen.restricted++;
        return there === "write";
      });
      seen.allowed += expected.filter(Boolean).length;
      expect(found).toEqual(expected);
    }),
    { numRuns: 200 },
  );
  access.close();
  // a run in which nobody was ever allowed, or never restricted, would prove nothing
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30);
});

const withoutDenials = (sets: Release["permissions"]): Release["permissions"] =>
  Object.fromEntries(
    Object.entries(sets).map(([name, set]) => [name, { ...set, deny: { read: [], write: [] } }]),
  );

const rank = { none: 0, read: 1, write: 2 };
const strength = (right: "read" | "write" | null) => rank[right ?? "none"];

test("who is in a twin has what they had before, less what is denied", () => {
  const twins = groups.flatMap((group) => deniedBy(group).slice(1));
  fc.assert(
    fc.property(permissions, some(groups), some(twins), (sets, really, byTwin) => {
      const [before, after] = [
        rightsOf(sets, "ada", really, now),
        rightsOf(sets, "ada", [...really, ...byTwin], now),
      ];
      const denied = groups.filter((_, index) => byTwin.includes(String(twins[index])));
      // as if each of its denials named ada
      const asNamed = Object.fromEntries(
        Object.entries(sets).map(([name, set]) => {
          const living = (some: readonly Subject[]) =>
            some.filter((one) => endOf(one) > now).map(subjectName);
          const hits = (some: readonly Subject[]) => living(some).some((one) => denied.includes(one));
          const deny = {
            read: hits(set.deny.read) ? [...set.deny.read, { account: "ada" }] : set.deny.read,
            write: hits(set.deny.write) ? [...set.deny.write, { account: "ada" }] : set.deny.write,
          };
          return [name, { ...set, deny }];
        }),
      );
      const expected = rightsOf(asNamed, "ada", really, now);
      for (const repository of repositories) {
        expect(after(repository)).toBe(expected(repository));
        expect(strength(after(repository))).toBeLessThanOrEqual(strength(before(repository)));
      }
    }),
    { numRuns: 500 },
  );
});

test("one more allow takes no right, one more denial gives none, whatever else there is", () => {
  fc.assert(
    fc.property(permissions, members, subjects, pattern, (sets, { ada }, more, covered) => {
      const before = rightsOf(sets, "ada", ada, now);
      const set = { repositories: [covered.replace("!", "")] };
      const allowed = rightsOf({ ...sets, more: permissionSet({ ...set, write: more }) }, "ada", ada, now);
      const deny = { read: [], write: more };
      const denied = rightsOf({ ...sets, more: permissionSet({ ...set, deny }) }, "ada", ada, now);
      for (const repository of repositories) {
        expect(strength(allowed(repository))).toBeGreaterThanOrEqual(strength(before(repository)));
        expect(strength(denied(repository))).toBeLessThanOrEqual(strength(before(repository)));
      }
    }),
    { numRuns: 500 },
  );
});

const alice = { account: "alice", until: "2026-06-01T00:00:00Z", reason: "migration", approver: "Carol" };
const onlyRead = { ...alice, until: "2026-07-01T00:00:00Z" };
const right = (set: Partial<PermissionSet>, at = now, groups: string[] = []) =>
  rightsOf({ one: permissionSet(set) }, "alice", groups, at)("core");

test.each<[string, "read" | "write" | null, Partial<PermissionSet>, number?]>([
  ["no rule", null, {}],
  ["an account of its own", "read", { read: [{ account: "alice" }] }],
  ["another account", null, { read: [{ account: "bob" }] }],
  ["a group", "write", { write: ["okta/a"] }],
  [
    "a right denied to the account",
    null,
    { write: ["okta/a"], deny: { read: [{ account: "alice" }], write: [] } },
  ],
  ["write denied leaves read", "read", { write: ["okta/a"], deny: { read: [], write: ["okta/b"] } }],
  ["write denied gives no read", null, { deny: { read: [], write: ["okta/b"] } }],
  ["a moment before the end", "write", { write: [alice] }, now - 1],
  ["the end", null, { write: [alice] }, now],
  ["the end of one of two", "read", { write: [alice], read: [onlyRead] }, now],
  ["the end of a denial", "read", { read: ["okta/a"], deny: { read: [alice], write: [] } }, now],
  ["a denial before its end", null, { read: ["okta/a"], deny: { read: [alice], write: [] } }, now - 1],
])("%s: %s", (_, expected, set, at) => {
  expect(right(set, at, ["okta/a", "okta/b"])).toBe(expected);
});
