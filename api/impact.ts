/** Impact in words and numbers, for people who do not know Terraform. */
import type { Impact } from "./contract.ts";

type Change = Impact["changes"][number];

const onBranch = (c: Change) => c.branch !== undefined;

// the order is that of what a reviewer must see first
const kinds = [
  {
    words: ["loses all access to", "lose all access to"],
    of: (c: Change) => c.before !== null && c.after === null,
  },
  {
    words: ["loses push on", "lose push on"],
    of: (c: Change) => c.before === "write" && c.after === "read" && !onBranch(c),
  },
  { words: ["loses push to", "lose push to"], of: (c: Change) => c.after === "read" && onBranch(c) },
  { words: ["gains push on", "gain push on"], of: (c: Change) => c.after === "write" && !onBranch(c) },
  { words: ["gains push to", "gain push to"], of: (c: Change) => c.after === "write" && onBranch(c) },
  {
    words: ["gains read on", "gain read on"],
    of: (c: Change) => c.before === null && c.after === "read",
  },
] as const;

export interface DescribedImpact {
  /** One sentence with the numbers: `2 accounts lose push on 1 repository; 1 account gains read on 3 repositories`. */
  readonly summary: string;
  /** A line for each set of people and repositories that change alike. */
  readonly lines: readonly string[];
}

/**
 * Words for an impact.
 *
 * @param most how many names a list shows before it only counts the rest
 */
export function describeImpact({ changes }: Pick<Impact, "changes">, most = 10): DescribedImpact {
  if (changes.length === 0) return { summary: "nobody gains or loses access", lines: [] };
  const sentences: string[] = [];
  const lines: string[] = [];
  for (const { words, of } of kinds) {
    const alike = changes.filter(of);
    if (alike.length === 0) continue;
    const accounts = new Set(alike.map(({ account }) => account));
    const repositories = new Set(alike.map(({ repository }) => repository));
    const branches = byBranch(alike);
    const verb = accounts.size === 1 ? words[0] : words[1];
    sentences.push(
      `${count(accounts.size, "account", "accounts")} ${verb} ${branchesOf([...branches.keys()])}${count(repositories.size, "repository", "repositories")}`,
    );
    for (const [branch, there] of branches)
      for (const [names, where] of byAccounts(there)) {
        const [who, which] = [names.split(" "), [...where].sort()];
        lines.push(
          `${list(who, most)} ${who.length === 1 ? words[0] : words[1]} ${branchesOf([branch])}${list(which, most)}`,
        );
      }
  }
  return { summary: sentences.join("; "), lines };
}

/** Changes by branch; those of whole repositories stand at undefined. */
function byBranch(changes: readonly Change[]): Map<string | undefined, Change[]> {
  const branches = new Map<string | undefined, Change[]>();
  for (const change of changes) {
    const there = branches.get(change.branch);
    if (there) there.push(change);
    else branches.set(change.branch, [change]);
  }
  return branches;
}

/** `branch stable of `, `2 branches of `, or nothing for whole repositories. */
function branchesOf(branches: readonly (string | undefined)[]): string {
  const [first] = branches;
  if (first === undefined) return "";
  return branches.length === 1 ? `branch ${first} of ` : `${branches.length} branches of `;
}

/** Repositories by the accounts that change there, so that a team's change is one line and not a thousand. */
function byAccounts(changes: readonly Change[]): Map<string, string[]> {
  const accounts = new Map<string, string[]>();
  for (const { repository, account } of changes)
    accounts.set(repository, [...(accounts.get(repository) ?? []), account]);
  const groups = new Map<string, string[]>();
  for (const [repository, names] of accounts) {
    const key = names.sort().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), repository]);
  }
  return groups;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function list(items: readonly string[], most: number): string {
  const shown = items.slice(0, most).join(", ");
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
