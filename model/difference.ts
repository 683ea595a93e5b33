/** How two releases differ, entry by entry and key by key. Nothing here needs the schema: it compares what is there. */
import { canonicalJson, type ReadonlyJson } from "./canonical.ts";
import { type Policy, policyOf, type ReleaseData, type SectionName, sectionNames } from "./digest.ts";

/** One entry that is not the same in both. */
export interface EntryDifference {
  readonly section: SectionName;
  readonly name: string;
  /** `added`: only the second has it; `removed`: only the first. */
  readonly kind: "added" | "removed" | "changed";
  /** What is changed; nothing where one side does not have the entry at all. */
  readonly changes: readonly KeyChange[];
}

/** One key of an entry: a list that gains or loses items, or a value in place of another. */
export interface KeyChange {
  /** Such as `branches.stable`; empty for the entry itself. */
  readonly path: string;
  readonly gains?: readonly ReadonlyJson[];
  readonly loses?: readonly ReadonlyJson[];
  /** Absent where the first does not have the key. */
  readonly from?: ReadonlyJson;
  /** Absent where the second does not have the key. */
  readonly to?: ReadonlyJson;
}

export interface ReleaseDifference {
  /** What promotion carries. Empty means one policy digest. */
  readonly policy: readonly EntryDifference[];
  /** What belongs to each environment. */
  readonly bindings: readonly EntryDifference[];
}

type Sections = Partial<Pick<ReleaseData, SectionName>>;

/** Compares two releases: the policy, and apart from it what binds it to its environment. */
export function releaseDifference(a: ReleaseData, b: ReleaseData): ReleaseDifference {
  const policies = [policyOf(a), policyOf(b)] as const;
  const policy = entryDifferences(...policies);
  const bindings = entryDifferences(bindingsOf(a, policies[0]), bindingsOf(b, policies[1]));
  // a connector that only one has is told once
  const told = new Set(policy.filter(({ kind }) => kind !== "changed").map(keyOf));
  return { policy, bindings: bindings.filter((entry) => !told.has(keyOf(entry))) };
}

/** The entries that differ, in the order of the sections and of their names. */
export function entryDifferences(a: Sections, b: Sections): EntryDifference[] {
  return sectionNames.flatMap((section) =>
    keysOf(a[section], b[section]).flatMap((name): EntryDifference[] => {
      const [from, to] = [a[section]?.[name], b[section]?.[name]];
      if (from === undefined) return [{ section, name, kind: "added", changes: [] }];
      if (to === undefined) return [{ section, name, kind: "removed", changes: [] }];
      const changes = changesOf(from, to, []);
      return changes.length > 0 ? [{ section, name, kind: "changed", changes }] : [];
    }),
  );
}

function changesOf(
  from: ReadonlyJson | undefined,
  to: ReadonlyJson | undefined,
  path: readonly string[],
): KeyChange[] {
  if (isMap(from) && isMap(to))
    return keysOf(from, to).flatMap((key) => changesOf(from[key], to[key], [...path, key]));
  if (from !== undefined && to !== undefined && canonicalJson(from) === canonicalJson(to)) return [];
  const at = { path: path.join(".") };
  if (isList(from) && isList(to)) {
    const [gains, loses] = [without(to, from), without(from, to)];
    // the same items in another order, where the order means something
    if (gains.length + loses.length > 0) return [{ ...at, gains, loses }];
  }
  return [{ ...at, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

/** What a release holds besides its policy: whole sections, and the other keys of those that are policy in part. */
function bindingsOf(release: ReleaseData, policy: Policy): Sections {
  const policies: Sections = policy;
  return Object.fromEntries(
    sectionNames.map((section) => [
      section,
      Object.fromEntries(
        Object.entries(release[section]).flatMap(([name, entry]) => {
          const part = policies[section]?.[name];
          if (!isMap(part) || !isMap(entry)) return [[name, entry]];
          const rest = Object.entries(entry).filter(([key]) => !Object.hasOwn(part, key));
          return rest.length > 0 ? [[name, Object.fromEntries(rest)]] : [];
        }),
      ),
    ]),
  );
}

function without(items: readonly ReadonlyJson[], others: readonly ReadonlyJson[]): ReadonlyJson[] {
  const known = new Set(others.map(canonicalJson));
  return items.filter((item) => !known.has(canonicalJson(item)));
}

function keysOf(a: object = {}, b: object = {}): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

const keyOf = ({ section, name }: EntryDifference) => `${section}.${name}`;

function isMap(
  value: ReadonlyJson | undefined,
): value is { readonly [key: string]: ReadonlyJson | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: ReadonlyJson | undefined): value is readonly ReadonlyJson[] {
  return Array.isArray(value);
}
