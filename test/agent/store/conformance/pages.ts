/** Orders, and pages in them. */
import { beforeEach, expect, test } from "vitest";
import type { ListPosition } from "../../../../agent/directory/lists/order.ts";
import { nextStatement, pageStatement } from "../../../../agent/directory/lists/statements.ts";
import { usersTable } from "../../../../agent/directory/lists/table.ts";
import { dialectOf } from "../../../../agent/store/dialect.ts";
import type { Tables } from "../../../../agent/store/schema.ts";
import { type Subject, user } from "./place.ts";

/** Registers the tests. */
export function pageTests(subject: Subject): void {
  const keys = ["b", null, "a", "b", null, "ä", "B", "🦊", "\uffff", null];
  const selection = () => ({ dialect: dialectOf(subject.store), table: usersTable, connector: "okta" });
  const column = (name: string) => [...usersTable.columns.values()].find((one) => one.name === name);

  beforeEach(async () => {
    await subject.addUsers(
      ...keys.map((key, index) => user(`u${index}`, { external_id: key, modified: 2 ** 40 - (index >> 1) })),
      user("other", { connector: "entra" }),
    );
  });

  test.each([
    ["external_id", ["u6", "u2", "u0", "u3", "u5", "u8", "u7", "u1", "u4", "u9"]],
    ["modified", ["u8", "u9", "u6", "u7", "u4", "u5", "u2", "u3", "u0", "u1"]],
    ["creation", keys.map((_, index) => `u${index}`)],
  ])("by %s go on where the last one ended, in either direction", async (name, ascending) => {
    for (const isDescending of [false, true]) {
      const sorted = column(name);
      const order = { isDescending, ...(sorted && { column: sorted }) };
      const expected = isDescending ? ascending.toReversed() : ascending;
      for (const size of [1, 3, 20]) {
        const found: string[] = [];
        for (let position: ListPosition | undefined; ; ) {
          const statement = nextStatement<Tables["users"]>(selection(), order, size, position);
          const { rows } = await statement.execute(subject.store);
          const last = rows.at(-1);
          if (!last) break;
          found.push(...rows.map(({ id }) => id));
          const key = sorted ? (last[sorted.name as keyof typeof last] as ListPosition["key"]) : null;
          position = { key, sequence: last.sequence as unknown as number };
        }
        expect(found).toEqual(expected);
      }
      const { rows } = await pageStatement<Tables["users"]>(selection(), order, 4, 3).execute(subject.store);
      expect(rows.map(({ id }) => id)).toEqual(expected.slice(3, 7));
    }
  });
}
