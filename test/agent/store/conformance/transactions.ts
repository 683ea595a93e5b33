/** Transactions, and parts of them. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { dialectOf } from "../../../../agent/store/dialect.ts";
import { inOneMoment } from "../../../../agent/store/moment.ts";
import { TransactionLost, tentatively } from "../../../../agent/store/savepoint.ts";
import type { Store } from "../../../../agent/store/schema.ts";
import type { Subject } from "./place.ts";

/** Registers the tests. */
export function transactionTests(subject: Subject): void {
  const owners = async (from = subject.store) =>
    (await from.selectFrom("owners").select("account").orderBy("account").execute()).map(
      ({ account }) => account,
    );
  const own = (from: Store, account: string) =>
    from.insertInto("owners").values({ account, connector: "okta", user_id: "u", since: 1 }).execute();

  test("leaves nothing when it fails", async () => {
    const failing = subject.store.transaction().execute(async (trx) => {
      await own(trx, "ada");
      expect(await owners(trx)).toEqual(["ada"]);
      throw new Error("no more");
    });
    await expect(failing).rejects.toThrow("no more");
    expect(await owners()).toEqual([]);
  });

  test("goes on when a part of it is taken back, for whatever reason", async () => {
    await subject.store.transaction().execute(async (trx) => {
      await own(trx, "first");
      const refused = await attempt(trx, async () => {
        await own(trx, "refused");
        return { ok: false };
      });
      expect(refused).toEqual({ ok: false });
      const thrown = attempt(trx, async () => {
        await own(trx, "thrown");
        throw new Error("thrown");
      });
      await expect(thrown).rejects.toThrow("thrown");
      const conflict = attempt(trx, async () => {
        await own(trx, "conflict");
        await own(trx, "first");
        return { ok: true };
      });
      await expect(conflict).rejects.toThrow();
      const wrong = attempt(trx, async () => {
        await sql`select nobody`.execute(trx);
        return { ok: true };
      });
      await expect(wrong).rejects.toThrow();
      await attempt(trx, async () => {
        await own(trx, "good");
        return { ok: true };
      });
      expect(await owners(trx)).toEqual(["first", "good"]);
    });
    expect(await owners()).toEqual(["first", "good"]);
  });

  test("takes back a part with all that was in it, whatever became of the parts within", async () => {
    await subject.store.transaction().execute(async (trx) => {
      await own(trx, "first");
      await attempt(trx, async () => {
        await own(trx, "outer");
        await attempt(trx, async () => own(trx, "refused").then(() => ({ ok: false })));
        await attempt(trx, async () => own(trx, "kept").then(() => ({ ok: true })));
        await attempt(trx, async () => own(trx, "last").then(() => ({ ok: false })));
        expect(await owners(trx)).toEqual(["first", "kept", "outer"]);
        return { ok: false };
      });
      expect(await owners(trx)).toEqual(["first"]);
    });
    expect(await owners()).toEqual(["first"]);
  });

  test("that is gone says so", async () => {
    const ended = subject.store.transaction().execute(async (trx) => {
      const lost = attempt(trx, async () => {
        await own(trx, "ada");
        await sql`ROLLBACK`.execute(trx);
        return { ok: true };
      });
      await expect(lost).rejects.toThrow(TransactionLost);
      throw new Error("lost");
    });
    await expect(ended).rejects.toThrow();
    expect(await owners()).toEqual([]);
  });

  test("knows the language of its store", async () => {
    const dialect = dialectOf(subject.store);
    await subject.store.transaction().execute(async (trx) => expect(dialectOf(trx)).toBe(dialect));
    await inOneMoment(subject.reads, async (reads) => expect(dialectOf(reads)).toBe(dialect));
  });
}

/** Keeps what says that it is ok. */
function attempt<R extends { readonly ok: boolean }>(store: Store, work: () => Promise<R>): Promise<R> {
  return tentatively(store, work, ({ ok }) => ok);
}
