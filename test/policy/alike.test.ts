/** People are alike to the rules exactly where each of them is the same subjects, whoever shares a set of groups. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { alike } from "../../policy/alike.ts";
import type { Population } from "../../policy/population.ts";
import { accounts, groups, side, some } from "./side.ts";

test("everybody is in one list, with those who are the same subjects in each population", () => {
  fc.assert(
    fc.property(side, side, fc.boolean(), some([...groups, ...accounts]), (one, two, isSame, names) => {
      const named = new Set(names);
      const populations = [one, isSame ? one : two].map(({ population }) => shared(population));
      const found = alike(populations, named);
      const everybody = [...new Set(populations.flatMap((one) => [...one.accounts.keys()]))].sort();
      expect(found.flatMap((one) => one.accounts).sort()).toEqual(everybody);
      const told = new Map(
        found.flatMap((one) => one.accounts.map((account) => [account, one.subjects] as const)),
      );
      for (const account of everybody)
        expect(told.get(account)).toEqual(populations.map((one) => subjectsOf(one, account, named)));
      const keys = found.map(({ subjects }) => JSON.stringify(subjects.map((some) => [...some])));
      expect(new Set(keys).size).toBe(keys.length);
      for (const { accounts } of found) expect(accounts).toEqual([...accounts].sort());
    }),
  );
});

function subjectsOf({ accounts }: Population, account: string, named: ReadonlySet<string>) {
  const member = accounts.get(account);
  return new Set(member ? [account, ...member.groups].filter((one) => named.has(one)) : []);
}

/** Those who are in the same groups share the set of them, as where a release makes the accounts. */
function shared(population: Population): Population {
  const sets = new Map<string, ReadonlySet<string>>();
  const accounts = [...population.accounts].map(([name, member]) => {
    const key = [...member.groups].join();
    const groups = sets.get(key) ?? member.groups;
    sets.set(key, groups);
    return [name, { ...member, groups }] as const;
  });
  return { ...population, accounts: new Map(accounts) };
}
