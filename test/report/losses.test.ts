/** What a change leaves without anybody, in words. */
import { expect, test } from "vitest";
import { describeLosses, summarizeLosses } from "../../report/losses.ts";

const nothing = { writerless: [], emptied: [], idle: [], holds: [] };

test("nothing is said of nothing", () => {
  expect(summarizeLosses(nothing)).toBeUndefined();
  expect(describeLosses(nothing)).toEqual([]);
});

test("one of each", () => {
  const losses = {
    writerless: [{ repository: "core/api", writers: 1 }],
    emptied: ["permissions.core: branches: stable"],
    idle: ["constraints.critical"],
    holds: [{ rules: ["titled"], count: 1, become: "freed" as const }],
  };
  expect(summarizeLosses(losses)).toBe(
    "1 repository loses its last writers; 1 rule is about nobody any more; 1 constraint can stop nothing any more; 1 held write does not just wait on",
  );
  expect(describeLosses(losses)).toEqual([
    "nobody can write core/api any more (1 account could)",
    "permissions.core: branches: stable: about nobody any more",
    "constraints.critical: can stop nothing any more, since nobody is left whom it is about",
    "1 write that is held by titled is done, unless something else stops it: nothing holds by that any more",
  ]);
});

test("many at once are few lines", () => {
  const writerless = Array.from({ length: 400 }, (_, n) => ({ repository: `r/${n}`, writers: 5_000 }));
  const holds = [
    { rules: ["last", "titled"], count: 3, become: "judged" as const },
    { rules: ["old"], count: 2, become: "freed" as const },
  ];
  const losses = { ...nothing, writerless, holds };
  expect(summarizeLosses(losses)).toBe(
    "400 repositories lose their last writers; 5 held writes do not just wait on",
  );
  expect(describeLosses(losses)).toEqual([
    "nobody can write r/0, r/1, r/2, r/3, r/4, r/5, r/6, r/7, r/8, r/9 and 390 more any more (5000 accounts could)",
    "3 writes that are held by last and titled are judged again, and they are done where the cause has gone",
    "2 writes that are held by old are done, unless something else stops them: nothing holds by that any more",
  ]);
});
