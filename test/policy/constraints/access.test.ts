/** The kinds that judge what becomes of people's access. */

import { describe, expect, test } from "vitest";
import { accessRules } from "../../../policy/access.ts";
import { keptRepositories } from "../../../policy/constraints/access.ts";
import type { Holder, JudgedWrite } from "../../../policy/constraints/change.ts";
import { permissionSet } from "../permission-set.ts";
import { holder, moving, reasonOf } from "./judging.ts";

type Move = readonly [before: Holder | null, after: Holder | null];
const move = (...moves: readonly Move[]): JudgedWrite =>
  moving(...moves.map(([before, after]) => ({ before, after, user: "1" })));

describe("protect", () => {
  const protect = { users: ["bot"], groups: ["a"] };
  const guarded = "group okta/a is protected: ada stays in it";
  test.each<[what: string, change: JudgedWrite, reason: string | undefined]>([
    ["an account that goes", move([holder("bot"), null]), "account bot is protected"],
    ["another one that goes", move([holder("ada", "b"), null]), undefined],
    ["one that goes out of the group", move([holder("ada", "a"), null]), guarded],
    ["one that leaves the group", move([holder("ada", "a", "b"), holder("ada", "b")]), guarded],
    ["one that leaves another group", move([holder("ada", "a", "b"), holder("ada", "a")]), undefined],
    ["a protected account that leaves a group", move([holder("bot", "b"), holder("bot")]), undefined],
    ["one that comes", move([null, holder("bot", "a")]), undefined],
    ["one that joins", move([holder("ada"), holder("ada", "a")]), undefined],
    ["the group, empty", { ...move(), deletedGroup: "okta/a" }, "group okta/a is protected"],
    ["another group", { ...move(), deletedGroup: "okta/b" }, undefined],
  ])("%s", async (_, change, reason) => {
    expect(await reasonOf({ protect }, change)).toBe(reason);
  });
});

describe("separate", () => {
  const separate = { groups: ["a", "b", "c"] };
  test.each<[what: string, change: JudgedWrite, reason: string | undefined]>([
    [
      "who joins the second",
      move([holder("ada", "a"), holder("ada", "a", "b")]),
      "ada would be in okta/a and okta/b",
    ],
    ["who comes into both", move([null, holder("ada", "a", "c")]), "ada would be in okta/a and okta/c"],
    ["who goes from one to the other", move([holder("ada", "a"), holder("ada", "b")]), undefined],
    [
      "who is in both already and gets nothing",
      move([holder("ada", "a", "b"), holder("ada", "a", "b")]),
      undefined,
    ],
    ["who leaves one of three", move([holder("ada", "a", "b", "c"), holder("ada", "a", "b")]), undefined],
    ["who goes", move([holder("ada", "a", "b"), null]), undefined],
  ])("%s", async (_, change, reason) => {
    expect(await reasonOf({ separate }, change)).toBe(reason);
  });
});

describe("keep", () => {
  const [group, writers, sets] = [
    { group: "b", atLeast: 2 },
    { writersOf: "core/api", atLeast: 2 },
    { permissions: ["core"], atLeast: 2 },
  ];
  const gone = move([holder("eve", "a", "b"), null]);
  test.each<
    [
      keep: typeof group | typeof writers | typeof sets,
      change: JudgedWrite,
      left: number,
      reason: string | undefined,
    ]
  >([
    [group, gone, 2, undefined],
    [group, gone, 1, "1 would be left in okta/b, and 2 must stay"],
    [group, move([holder("eve", "a"), null]), 0, undefined],
    // it never stops who comes, however few there are
    [group, move([null, holder("eve", "b")]), 1, undefined],
    [writers, gone, 1, "1 would be left with write on core/api, and 2 must stay"],
    [writers, move([holder("ada"), null]), 0, "0 would be left with write on core/api, and 2 must stay"],
    [writers, move([holder("eve", "c"), null]), 0, undefined],
    [sets, gone, 1, "1 would be left with write on core/* (permissions.core), and 2 must stay"],
    [sets, gone, 2, undefined],
    [sets, move([null, holder("eve", "a")]), 0, undefined],
    // who may write by another rule still may
    [writers, move([holder("ada", "a"), holder("ada")]), 0, undefined],
  ])("%j %#", async (keep, change, left, reason) => {
    const asked: (readonly string[])[] = [];
    const accountsAmong = async (subjects: readonly string[]) => {
      asked.push(subjects);
      return left;
    };
    expect(await reasonOf({ keep }, change, { accountsAmong })).toBe(reason);
    for (const subjects of asked)
      expect([...subjects].sort()).toEqual("group" in keep ? ["okta/b"] : ["ada", "okta/a"]);
  });
});

describe("limit", () => {
  const gone = (count: number) =>
    move(...Array.from({ length: count }, (_, index): Move => [holder(`u${index}`, "a", "b"), null]));
  type Limit = NonNullable<Parameters<typeof reasonOf>[0]["limit"]>;
  const share: Limit = { deactivations: "10%", above: 5, per: "1h" };
  const number: Limit = { removals: 4, above: 0, per: "1d" };
  const changes: Limit = { accessChanges: 1, above: 0, per: "1h" };
  test.each<[limit: Limit, change: JudgedWrite, earlier: number, left: number, reason: string | undefined]>([
    // the floor, whatever share of three that is
    [share, gone(5), 0, 3, undefined],
    // of a hundred accounts before the write
    [share, gone(6), 4, 94, undefined],
    [share, gone(6), 5, 94, "11 accounts would lose all access in 1h (at most 10% of 100, 5 always)"],
    [number, gone(2), 0, 0, undefined],
    [number, gone(2), 1, 0, "5 memberships would be taken away in 1d (at most 4, 0 always)"],
    [
      number,
      move([holder("ada", "a"), holder("ada", "b")]),
      4,
      0,
      "5 memberships would be taken away in 1d (at most 4, 0 always)",
    ],
    // what takes nothing away is not stopped by what others lost
    [number, move([null, holder("ada", "a")]), 9, 0, undefined],
    [changes, move([holder("ada", "a"), holder("ada", "a")]), 9, 0, undefined],
    [
      changes,
      move([holder("ada", "a"), holder("ada", "b")]),
      1,
      0,
      "2 accounts would change in 1h (at most 1, 0 always)",
    ],
  ])("%j %#", async (limit, change, earlier, left, reason) => {
    const known = { accounts: async () => left, countWithin: async () => earlier };
    expect(await reasonOf({ limit }, change, known)).toBe(reason);
  });

  test("asks for the writes of its time, of the connectors that it judges", async () => {
    const asked: unknown[] = [];
    const countWithin = async (...question: unknown[]) => {
      asked.push(question);
      return 0;
    };
    await reasonOf({ limit: number, connectors: ["okta"] }, gone(1), { countWithin });
    await reasonOf({ limit: share }, gone(1), { countWithin });
    expect(asked).toEqual([
      ["removals", 86_400_000, ["okta"]],
      ["deactivations", 3_600_000, undefined],
    ]);
  });
});

test("keep: a pattern counts as one repository, with every set that covers all of it, and none that covers a part", () => {
  const permissions = {
    core: permissionSet({ repositories: ["core/**", "core/api", "!core/old"], write: ["okta/a"] }),
    all: permissionSet({ repositories: ["**"], write: ["okta/b"] }),
    api: permissionSet({ repositories: ["core/api"], write: ["okta/c"] }),
  };
  const rules = accessRules({ permissions }, 0);
  const writersOf = ({ repository }: { repository: string }) => [
    repository,
    [...rules.inRepository(repository).given.keys()].sort(),
  ];
  expect(
    keptRepositories({ permissions: ["core"], atLeast: 1 }, { permissions }).map((kept) => writersOf(kept)),
  ).toEqual([
    ["core/**", ["okta/a", "okta/b"]],
    ["core/api", ["okta/a", "okta/b", "okta/c"]],
  ]);
});
