/** What a store does besides that is kept, and read while it is written. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { inOneMoment } from "../../../../agent/store/moment.ts";
import type { Store } from "../../../../agent/store/schema.ts";
import { entry, type Subject, user } from "./place.ts";

/** Registers the tests. */
export function keptTests(subject: Subject): void {
  const note = (store: Store, key: string) => store.insertInto("meta").values({ key, value: "" }).execute();
  const notes = async (store: Store) =>
    (await store.selectFrom("meta").select("key").where("value", "=", "").orderBy("key").execute()).map(
      ({ key }) => key,
    );

  test("reads see what is committed, and wait for nobody", async () => {
    const { store, reads } = subject;
    await store.transaction().execute(async (trx) => {
      await note(trx, "a");
      // were it to wait, it would wait for ever
      expect(await notes(reads)).toEqual([]);
      expect(await notes(trx)).toEqual(["a"]);
    });
    expect(await notes(reads)).toEqual(["a"]);
  });

  test("reads of one moment see one state, and no write waits for them", async () => {
    const { store, reads } = subject;
    await inOneMoment(reads, async (moment) => {
      expect(await notes(moment)).toEqual([]);
      await note(store, "a");
      expect(await notes(moment)).toEqual([]);
    });
    expect(await notes(reads)).toEqual(["a"]);
  });

  test("what is committed is there when it is opened again, and the rest is not", async () => {
    const sequence = async () =>
      (await subject.store.insertInto("audit").values(entry).returning("sequence").executeTakeFirstOrThrow())
        .sequence;
    await subject.store
      .insertInto("users")
      .values(user("a", { created: 2 ** 40, account: "ada" }))
      .execute();
    const first = await sequence();
    await note(subject.store, "kept");
    const failing = subject.store.transaction().execute(async (trx) => {
      await note(trx, "lost");
      throw new Error("lost");
    });
    await expect(failing).rejects.toThrow("lost");
    const rows = () =>
      Promise.all([subject.reads.selectFrom("users").selectAll().execute(), notes(subject.reads)]);
    const before = await rows();
    expect(before[1]).toEqual(["kept"]);
    await subject.close();
    await subject.reopen();
    expect(await rows()).toEqual(before);
    expect(await sequence()).toBe(first + 1);
  });

  test("a second one that opens it is refused, and the first one goes on", async () => {
    await expect(subject.reopen()).rejects.toThrow("is open in another agent");
    await note(subject.store, "a");
    expect(await notes(subject.reads)).toEqual(["a"]);
  });

  test("it is of one environment", async () => {
    await subject.close();
    await expect(subject.reopen("production")).rejects.toThrow(
      'the store is of environment "local" (expected "production")',
    );
    await subject.reopen();
  });

  test("one of a newer version is refused", async () => {
    const later = sql`insert into kysely_migration values ('9999-later', '2999-01-01T00:00:00.000Z')`;
    await later.execute(subject.store);
    await subject.close();
    for (let i = 0; i < 2; i++)
      await expect(subject.reopen()).rejects.toThrow("start the hgscim that it belongs to");
  });
}
