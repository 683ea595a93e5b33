/** Sets of groups, each one object for all who are in just those: there may be 50,000 people, and a hundred such sets. */
export class GroupSets {
  readonly #known = new Map<string, ReadonlySet<string>>();

  /** The set of some groups; those named in the same order have the same object. */
  of(groups: readonly string[]): ReadonlySet<string> {
    const key = JSON.stringify(groups);
    const known = this.#known.get(key);
    if (known) return known;
    const set = new Set(groups);
    this.#known.set(key, set);
    return set;
  }
}
