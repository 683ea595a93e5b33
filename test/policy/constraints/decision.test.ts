/** What several constraints make of one write; and that no rule about users keeps anybody in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type JudgedWrite, lostGroups, type Transition } from "../../../policy/constraints/change.ts";
import { constraintsOf, type Declarations, facts, holder, moving, writing } from "./judging.ts";

test("the strictest outcome counts, and every verdict is told in the order of the names", async () => {
  const decide = (declarations: Declarations) => constraintsOf(declarations).judge(writing({}), facts(), 0);
  const never = { require: "false", owner: "identity" };
  const warn = { ...never, otherwise: "warn", message: "not so" } as const;
  const hold = { ...never, otherwise: "hold" } as const;
  expect(await decide({ b: warn, a: { require: "true" } })).toEqual({
    outcome: "done",
    verdicts: [{ constraint: "b", otherwise: "warn", reason: "not so", owner: "identity" }],
  });
  expect((await decide({ a: hold, b: warn })).outcome).toBe("held");
  const { outcome, verdicts } = await decide({ c: never, a: hold, b: warn });
  expect(outcome).toBe("rejected");
  expect(verdicts.map(({ constraint, otherwise }) => [constraint, otherwise])).toEqual([
    ["a", "hold"],
    ["b", "warn"],
    ["c", "reject"],
  ]);
});

test("it is known what must be looked at", () => {
  const none = constraintsOf({ a: { require: "true" }, b: { attributes: ["title"] }, c: { before: "true" } });
  expect([none.watchAccess, none.window]).toEqual([false, 0]);
  for (const declared of [
    { after: "true" },
    { require: "true", on: ["member.add" as const] },
    { protect: { users: ["bot"] } },
    { separate: { groups: ["a", "b"] } },
    { keep: { group: "a", atLeast: 1 } },
  ])
    expect(constraintsOf({ declared }).watchAccess).toBe(true);
  const limits = constraintsOf({
    a: { limit: { removals: 1, above: 0, per: "2h" } },
    b: { limit: { deactivations: 1, above: 0, per: "30m" } },
  });
  expect([limits.watchAccess, limits.window]).toEqual([true, 7_200_000]);
});

const everythingElse = constraintsOf({
  a: { require: "false" },
  b: { attributes: ["title"], on: ["user.create", "user.update", "member.add"] },
  c: { values: { of: "account", reserved: ["ada"] }, on: ["user.update", "member.add"] },
  d: { before: "false" },
  e: { after: "false" },
  f: { separate: { groups: ["a", "b", "c"] } },
  g: { trigger: { groups: ["a"] } },
});

const groups = fc.uniqueArray(fc.constantFrom("a", "b", "c"));
/** Accounts that lose some groups, or everything, and get nothing. */
const losing = fc
  .tuple(fc.constantFrom("ada", "bob", "bot"), groups, fc.option(fc.infiniteStream(fc.boolean())))
  .map(
    ([account, before, keeps]): Transition => ({
      user: account,
      before: holder(account, ...before),
      after: keeps && holder(account, ...before.filter(() => keeps.next().value)),
    }),
  );

test("a write that only takes away is never stopped but by protect, keep and limit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(losing), fc.option(fc.constant("okta/a")), async (transitions, group) => {
      const change: JudgedWrite = { ...moving(...transitions), deletedGroup: group ?? undefined };
      expect(await everythingElse.judge(change, facts(), 0)).toEqual({ outcome: "done", verdicts: [] });
    }),
  );
});

test("nobody is taken out of a protected group by any of several changes", async () => {
  const protecting = constraintsOf({ p: { protect: { groups: ["b"] } } });
  await fc.assert(
    fc.asyncProperty(fc.array(losing), async (transitions) => {
      const { outcome } = await protecting.judge(moving(...transitions), facts(), 0);
      const lost = transitions.flatMap(lostGroups);
      expect(outcome).toBe(lost.includes("okta/b") ? "rejected" : "done");
    }),
  );
});
