/** Several removals as one: whoever would leave by them, one after the other, leaves by it, and nobody else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allTaken, type MemberChange, patchOf } from "../../scim/patch/member-changes.ts";
import { patchTakesMembers } from "../../scim/taken.ts";

const ids = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"));
const change = fc.record({ keepsOthers: fc.boolean(), some: ids, others: ids }).map(
  ({ keepsOthers, some, others }): MemberChange => ({
    keepsOthers,
    add: some,
    remove: keepsOthers ? others.filter((id) => !some.includes(id)) : [],
    passing: [],
  }),
);

/** Who of some stays. */
const left = (members: readonly string[], { keepsOthers, add, remove }: MemberChange) =>
  members.filter((id) => (keepsOthers ? !remove.includes(id) : add.includes(id)));

test("over random changes, as a PATCH too", () => {
  fc.assert(
    fc.property(fc.array(change), ids, (changes, members) => {
      const one = allTaken(changes);
      expect(left(members, one)).toEqual(changes.reduce(left, members));
      if (one.keepsOthers && one.remove.length === 0) return;
      const { whole, removals } = patchTakesMembers(patchOf(one) as never);
      expect(left(members, whole)).toEqual(left(members, one));
      // where it names nobody who is known
      if (!one.keepsOthers) expect(left(members, removals)).toEqual([]);
    }),
  );
});
