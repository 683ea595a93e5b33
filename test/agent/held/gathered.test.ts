/** Removals that are done while something of their group waits are kept for it, however many there are, and in bounds. */
import { expect, test } from "vitest";
import { mostTaken } from "../../../agent/operations/held/taken.ts";
import { rowsOf } from "../alerts/store.ts";
import { staff } from "../people.ts";
import { fourEyes, group, h, id, membersOf, patch, staffed } from "./staffed.ts";
import { decide, deployConstraints, holdId, members } from "./world.ts";

staffed();

const kept = () => rowsOf(h, "SELECT operation FROM holds WHERE state = 'taken'");

test("ever other removals of one group become few rows, and none of them is lost", async () => {
  const others = await staff(h, { elsewhere: ["joe", "kim", "lea", "max"] });
  const of = (name: string) => others.get(name) ?? id(name);
  await deployConstraints(h, { "four-eyes": fourEyes });
  const all = ["eve", "joe", "kim", "lea", "max", "bob"].map(of);
  const hold = holdId(await patch(group("core-team"), members("add", ...all)));
  expect((await patch(group("core-team"), members("remove", of("joe")))).status).toBe(204);
  for (let n = 0; n < 2 * mostTaken + 20; n++) {
    const { status } = await patch(group("core-team"), members("remove", of("kim"), `nobody-${n}`));
    expect(status).toBe(204);
    if (n === mostTaken) await patch(group("core-team"), members("remove", of("lea")));
  }
  expect(kept().length).toBeLessThan(mostTaken);
  expect(JSON.stringify(kept()[0])).not.toContain("nobody");
  // what was gathered outlives a start
  await h.restart();
  expect((await decide(h, hold, "approve")).status).toBe(200);
  expect(await membersOf("core-team")).toEqual(["ada", "bob", "eve", "max"]);
  expect(kept()).toEqual([]);
});
