/** What is held fails for as long as it waits, and no longer: whatever ends it, and whatever else is written meanwhile. */
import { expect, test } from "vitest";
import type { Failure } from "../../../api/contract.ts";
import { mendOf } from "../../../report/failures.ts";
import {
  ended,
  fourEyes,
  group,
  h,
  id,
  now,
  pass,
  patch,
  staffed,
  title,
  titled,
  user,
} from "../held/staffed.ts";
import { decide, deployConstraints, eventually, held, holdId, members, shown } from "../held/world.ts";

staffed();

const list = async (query = ""): Promise<Failure[]> =>
  (await h.admin("GET", `/failures${query}`, { token: h.tokens.reader })).body.failures;
const mine = async () =>
  (await list()).map(({ what, rule, standing, examples }) => [
    ...[what, rule, standing],
    examples.map(({ whom }) => whom).sort(),
  ]);
const both = () => [id("ada"), id("bob")].sort();

test("each of those who wait is an example, and nobody is asked about once a word was said", async () => {
  await deployConstraints(h, { titled });
  const [ada, bob] = [
    holdId(await patch(user("ada"), title("x"))),
    holdId(await patch(user("bob"), title("x"))),
  ];
  expect(await mine()).toEqual([["held", "titled", 2, both()]]);
  const [failure] = await list();
  expect(failure?.examples.find(({ whom }) => whom === id("bob"))).toEqual({
    ...{
      whom: id("bob"),
      name: "bob@example.com",
      at: now,
      stands: true,
      hold: { id: bob, state: "pending", by: null, reason: null },
    },
    detail: expect.stringContaining(bob),
  });
  expect((await decide(h, bob, "discard")).status).toBe(200);
  expect(await mine()).toEqual([["held", "titled", 1, [id("ada")]]]);
  expect((await decide(h, ada, "approve")).status).toBe(200);
  expect(await mine()).toEqual([]);
  const [over] = await list("?all=true");
  expect(over).toMatchObject({ stands: false, standing: 0, people: 2, times: 2 });
  expect(mendOf(over as Failure)).toBe("Nothing of it waits any longer.");
  // how it ended is said of each, the last one first
  expect(over?.examples.map(({ whom, hold }) => [whom, hold?.state, hold?.by, hold?.reason]).sort()).toEqual(
    [
      [id("ada"), "approved", "admin:approver", "as agreed"],
      [id("bob"), "discarded", "admin:approver", "as agreed"],
    ].sort(),
  );
});

test("it ends with its time, with what takes its place, with the release, and with what the release rejects", async () => {
  await deployConstraints(h, { titled: { ...titled, expires: "1d" } });
  const late = holdId(await patch(user("ada"), title("x")));
  pass(2 * 86_400_000);
  await h.restart();
  expect((await ended(late)).state).toBe("expired");
  expect(await mine()).toEqual([]);

  await deployConstraints(h, { titled, nicked: held({ require: "!has(user.nickName)" }) });
  await patch(user("ada"), title("x"));
  expect(await mine()).toEqual([["held", "titled", 1, [id("ada")]]]);
  // in its place another one waits, by another constraint
  const put = { userName: "ada@example.com", nickName: "y" };
  const second = holdId(await h.scim("PUT", user("ada"), put));
  expect(await mine()).toEqual([["held", "nicked", 1, [id("ada")]]]);

  await deployConstraints(h, { nicked: { require: "!has(user.nickName)", owner: "people" } });
  expect((await ended(second)).state).toBe("rejected");
  expect(await mine()).toEqual([["refused", "nicked", 1, [id("ada")]]]);

  await deployConstraints(h, { titled });
  const third = holdId(await patch(user("bob"), title("x")));
  await deployConstraints(h, {});
  expect((await ended(third)).state).toBe("released");
  expect((await mine()).map(([what]) => what)).toEqual(["refused"]);
});

test("what waits behind it has its rule in the end", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x")));
  const second = holdId(
    await patch(user("ada"), { op: "replace", path: "nickName", value: "n" }, title("x")),
  );
  expect(await mine()).toEqual([
    ["held", null, 1, [id("ada")]],
    ["held", "titled", 1, [id("ada")]],
  ]);
  const waiting = (await list()).find(({ rule }) => rule === null);
  expect(mendOf(waiting as Failure)).toMatch(/^Nobody decides about it: it has its turn /);
  await decide(h, first, "discard");
  for (;;) if ((await shown(h, second)).rules.length > 0) break;
  expect(await mine()).toEqual([["held", "titled", 1, [id("ada")]]]);
  await decide(h, second, "discard");
  expect(await mine()).toEqual([]);
});

test("of a group, what was done beside it asks for the same word, and what is done later leaves it", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const beside = await patch(group("core-team"), members("remove", id("ada")), members("add", id("eve")));
  expect(beside.status).toBe(204);
  const [failure] = await list();
  expect(failure).toMatchObject({ what: "undone", code: "held", standing: 1 });
  expect(mendOf(failure as Failure)).toBe("Ask identity to approve or discard it (see hgscim held list).");
  // who is taken out later is done whole, and the other one waits on
  await patch(group("core-team"), members("add", id("bob")));
  expect((await patch(group("core-team"), members("remove", id("bob")))).status).toBe(204);
  expect((await list()).find(({ what }) => what === "undone")).toMatchObject({ standing: 1 });
  await decide(h, failure?.examples[0]?.hold?.id ?? "", "discard");
  await eventually(mine, (found) => found.length === 0);
  expect(await mine()).toEqual([]);
});

test("a newcomer whose hold is discarded fails no longer, and the number of examples is the reader's to say", async () => {
  await deployConstraints(h, { titled });
  const post = (n: number) =>
    h.scim("POST", "/Users", { userName: `zoe${n}@example.com`, externalId: `z${n}`, title: "x" });
  const holds: string[] = [];
  for (let n = 0; n < 8; n++) holds.push(holdId(await post(n)));
  const [usual] = await list();
  expect([usual?.standing, usual?.examples.length]).toEqual([8, 5]);
  expect((await list("?examples=2"))[0]?.examples).toHaveLength(2);
  const [full] = await list("?examples=1000&limit=10");
  expect(full?.examples.map(({ whom }) => whom).sort()).toEqual(
    Array.from({ length: 8 }, (_, n) => `zoe${n}@example.com`),
  );
  for (const query of ["examples=-1", "examples=1001", "examples=1000&limit=500"])
    expect((await h.admin("GET", `/failures?${query}`)).status).toBe(400);
  for (const hold of holds.slice(1)) await decide(h, hold, "discard");
  expect(await mine()).toEqual([["held", "titled", 1, ["zoe0@example.com"]]]);
});
