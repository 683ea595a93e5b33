/** Sets of groups, each one object for all who are in just those: there may be 50,000 people, and a hundred such sets. */
export class GroupSets {
  readonly none: ReadonlySet<string> = new Set();
  readonly #larger = new Map<ReadonlySet<string>, Map<string, ReadonlySet<string>>>();

  /** One of these sets with a group more; those who get the same groups in the same order have the same object. */
  with(some: ReadonlySet<string>, group: string): ReadonlySet<string> {
    if (some.has(group)) return some;
    const larger = this.#larger.get(some) ?? new Map<string, ReadonlySet<string>>();
    this.#larger.set(some, larger);
    const set = larger.get(group) ?? new Set(some).add(group);
    larger.set(group, set);
    return set;
  }
}
