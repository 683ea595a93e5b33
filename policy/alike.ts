/** People who have the same rights everywhere, looked at once: there may be 50,000 of them. */
import type { Population } from "./population.ts";

/** Accounts, sorted, and what each of them is to the rules. */
export interface Alike {
  readonly accounts: readonly string[];
  /** In each population the subjects that rules name: groups, and the account itself. None where there is no such account. */
  readonly subjects: readonly ReadonlySet<string>[];
}

/**
 * The accounts of one or more populations by the subjects that they are.
 *
 * @param named every subject that a rule names
 */
export function alike(populations: readonly Population[], named: ReadonlySet<string>): Alike[] {
  const found = new Map<string, { accounts: string[]; subjects: ReadonlySet<string>[] }>();
  const accounts = new Set(populations.flatMap((population) => [...population.accounts.keys()]));
  for (const account of [...accounts].sort()) {
    const subjects = populations.map((population) => subjectsOf(population, account, named));
    const key = subjects.map((some) => some.join("\n")).join("\n\n");
    const others = found.get(key);
    if (others) others.accounts.push(account);
    else found.set(key, { accounts: [account], subjects: subjects.map((some) => new Set(some)) });
  }
  return [...found.values()];
}

function subjectsOf({ accounts }: Population, account: string, named: ReadonlySet<string>): string[] {
  const member = accounts.get(account);
  if (!member) return [];
  return [account, ...member.groups].filter((subject) => named.has(subject)).sort();
}
