/** What an agent keeps of reviews: bounded for each who asks, forgotten with time, and never in the way of the answer. */
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keptEffects, ReviewedEffects } from "../../../agent/releases/reviewed-effects.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { openMemoryStore } from "../../../agent/store/sqlite.ts";
import { digest, digestOfText } from "../../../model/digest.ts";
import { copiesOf } from "../copies.ts";
import { eventually } from "../held/world.ts";
import { change } from "../store/file.ts";
import { approvalWorld } from "./world.ts";

let store: Store;
let kept: ReviewedEffects;
beforeEach(async () => {
  store = await openMemoryStore("local");
  kept = new ReviewedEffects(store);
});
afterEach(() => store.destroy());

/** One of a release of this number, with an effect of so many bytes. */
const reviewed = (n: number, bytes = 2) => {
  const effect = `[${" ".repeat(bytes - 2)}]`;
  return { release: digest(n), base: null, digest: digestOfText(effect), effect };
};
const isThere = async (n: number, bytes?: number, now = 0) =>
  (await kept.find(reviewed(n, bytes), now)) !== undefined;

test("of one asker the oldest make room for the newest, by number, and nobody else's do", async () => {
  await kept.keep(reviewed(1), "admin:reviewers", 1);
  await store
    .insertInto("reviewed_effects")
    .values(
      Array.from({ length: keptEffects.number }, (_, n) => {
        const { base: _base, ...row } = reviewed(100 + n);
        return { ...row, base: "", asker: "admin:forks", bytes: 2, at: 2 + n };
      }),
    )
    .execute();
  // what others have asked for too is theirs as well
  await kept.keep(reviewed(1), "admin:forks", 2 + keptEffects.number);
  expect([await isThere(1), await isThere(100), await isThere(101)]).toEqual([true, false, true]);
  for (let n = 0; n < 3; n++) await kept.keep(reviewed(5_000 + n), "admin:forks", 9_000 + n);
  await kept.keep(reviewed(101), "admin:forks", 1);
  // the one that was asked for just now stays, whatever the clock says
  expect([await isThere(101), await isThere(1)]).toEqual([true, true]);
  const { count } = await store
    .selectFrom("reviewed_effects")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("asker", "=", "admin:forks")
    .executeTakeFirstOrThrow();
  expect(count).toBe(keptEffects.number);
});

test("and by size; one that is too large is not kept, and flushes nothing", async () => {
  const large = keptEffects.largest;
  const mostLarge = keptEffects.bytes / large;
  for (let n = 1; n <= mostLarge + 1; n++) await kept.keep(reviewed(n, large), "local", n);
  expect([await isThere(1, large), await isThere(2, large), await isThere(3, large)]).toEqual([
    false,
    true,
    true,
  ]);
  expect((await kept.keep(reviewed(9, large + 1), "local", 9)).ok).toBe(false);
  expect([await isThere(2, large), await isThere(3, large)]).toEqual([true, true]);
});

test("whoever asks again keeps it for longer; what is old is forgotten", async () => {
  const { age } = keptEffects;
  for (const n of [1, 2]) await kept.keep(reviewed(n), "local", 0);
  await kept.keep(reviewed(2), "local", 10);
  expect([await isThere(1, 2, age - 1), await isThere(1, 2, age), await isThere(2, 2, age)]).toEqual([
    true,
    false,
    true,
  ]);
  await kept.forget(age);
  expect([await isThere(1, 2, 0), await isThere(2, 2, 0)]).toEqual([false, true]);
});

test("where it cannot be kept, since the store is held up or broken, the review is answered without a line", async () => {
  const w = await approvalWorld();
  const { file } = copiesOf(w.h);
  const unapproved = async () => {
    const { status, body } = await w.review({ release: w.next });
    expect([status, body.lose, body.approval]).toEqual([200, 2, undefined]);
    return body.unapproved;
  };
  try {
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    expect(await unapproved()).toMatch(/^the agent (is busy: ask again|cannot keep it now)/);
    other.exec("ROLLBACK");
    other.close();
    // what waited for the store may be told yet that it cannot be kept
    const asked = () => w.approve().catch(() => "");
    expect(await eventually(asked, (line) => line !== "")).toMatch(/^hgscim1:/);
    change(file, "DROP TABLE reviewed_effects");
    expect(await unapproved()).toBe("the agent cannot keep it now, and its log says why");
    expect(w.h.logs.join()).toContain("what a review says cannot be kept now");
  } finally {
    await w.h.stop();
  }
});
