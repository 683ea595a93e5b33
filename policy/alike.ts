/** People who have the same rights everywhere, looked at once: there may be 50,000 of them. */
import type { Member, Population } from "./population.ts";

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
  const lookUps = populations.map(() => subjectsBy(named));
  for (const { account, members } of everybodyIn(populations)) {
    const subjects = members.map((member, index) => (member && lookUps[index]?.(member)) ?? nobody);
    const key = subjects.map(({ key }) => key).join("\n\n");
    const others = found.get(key);
    if (others) others.accounts.push(account);
    else found.set(key, { accounts: [account], subjects: subjects.map(({ all }) => new Set(all)) });
  }
  return [...found.values()];
}

/** What somebody is to the rules, sorted, and as one text. */
interface Subjects {
  readonly all: readonly string[];
  readonly key: string;
}

const nobody: Subjects = { all: [], key: "" };

/** Tells what somebody is to the rules. Those who share their groups are looked at once, unless a rule names them. */
function subjectsBy(named: ReadonlySet<string>): (member: Member) => Subjects {
  const known = new Map<ReadonlySet<string>, Subjects>();
  const of = (some: readonly string[]): Subjects => {
    const all = some.filter((subject) => named.has(subject)).sort();
    return { all, key: all.join("\n") };
  };
  return ({ name, groups }) => {
    if (named.has(name)) return of([name, ...groups]);
    const there = known.get(groups) ?? of([...groups]);
    known.set(groups, there);
    return there;
  };
}

/** Everybody, by name, as who they are in each population. */
function* everybodyIn(
  populations: readonly Population[],
): Generator<{ readonly account: string; readonly members: readonly (Member | undefined)[] }> {
  const lists = populations.map(({ accounts }) => ({ members: byName(accounts), next: 0 }));
  for (;;) {
    let first: string | undefined;
    for (const { members, next } of lists) {
      const name = members[next]?.name;
      if (name !== undefined && (first === undefined || name < first)) first = name;
    }
    if (first === undefined) return;
    const account = first;
    yield {
      account,
      members: lists.map((list) =>
        list.members[list.next]?.name === account ? list.members[list.next++] : undefined,
      ),
    };
  }
}

/** A judgement asks for them several times. */
const sorted = new WeakMap<Population["accounts"], readonly Member[]>();

function byName(accounts: Population["accounts"]): readonly Member[] {
  const members =
    sorted.get(accounts) ?? [...accounts.keys()].sort().flatMap((name) => accounts.get(name) ?? []);
  sorted.set(accounts, members);
  return members;
}
