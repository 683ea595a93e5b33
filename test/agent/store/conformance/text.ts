/** Text, compared and looked into. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { dialectOf } from "../../../../agent/store/dialect.ts";
import { type Subject, user } from "./place.ts";

/** Registers the tests. */
export function textTests(subject: Subject): void {
  // by code points; by UTF-16, or by a language, the order is another one
  const ordered = ["", "A", "Z", "_", "a", "a%", "ab", "b", "z", "ß", "ä", "ﬃ", "\uffff", "🦊", "🦊a"];

  test("is ordered and compared by code points, with its case", async () => {
    await subject.addUsers(
      ...ordered.toReversed().map((name, index) => user(`u${index}`, { user_name: name })),
    );
    const rows = await subject.store.selectFrom("users").select("user_name").orderBy("user_name").execute();
    expect(rows.map(({ user_name }) => user_name)).toEqual(ordered);
    for (const [index, name] of ordered.entries())
      expect(await subject.usersWhere(sql`user_name < ${name}`)).toHaveLength(index);
  });

  test("is looked for inside and at the end, with nothing special in it", async () => {
    const names = ["50%_\\'\"", "5000", "Ä🦊b", "🦊", "b🦊", ""];
    await subject.addUsers(...names.map((name) => user(name, { user_name: name })));
    const name = sql.ref("user_name");
    const { contains, endsWith } = dialectOf(subject.store);
    for (const part of ["%", "_", "\\", "'", '"', "50", "🦊", "🦊b", "ä", "Ä", "", "b", "000"]) {
      expect(await subject.usersWhere(contains(name, part))).toEqual(
        names.filter((one) => one.includes(part)),
      );
      expect(await subject.usersWhere(endsWith(name, part))).toEqual(
        names.filter((one) => one.endsWith(part)),
      );
    }
  });

  test("that is JSON is kept to the letter, and an attribute is read out of it", async () => {
    const resources = [
      '{"userName":"Ada","b":1,"a":{"userName":"inner"}}',
      '{"a":1.0,"userName":"Ä \\"🦊\\" \\\\ \\u0041"}',
      '{"other":true}',
      '{"userName":""}',
    ];
    await subject.addUsers(...resources.map((resource, index) => user(`u${index}`, { resource })));
    const { textIn } = dialectOf(subject.store);
    const rows = await subject.store
      .selectFrom("users")
      .select(["resource", textIn("users.resource", "userName").as("name")])
      .orderBy("sequence")
      .execute();
    expect(rows.map(({ resource }) => resource)).toEqual(resources);
    expect(rows.map(({ name }) => name)).toEqual(["Ada", 'Ä "🦊" \\ A', null, ""]);
  });
}
