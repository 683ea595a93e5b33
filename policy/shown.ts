/**
 * Whom a question about a release may name. A mapping can make an account name of any attribute, so that whoever sees the
 * names that a proposed release would give can read all attributes: accounts that there are have names, others are shown by
 * the id of their resource.
 */
import type { RightChange } from "./impact.ts";
import { ownerKey, type Population } from "./population.ts";

/** Changes of access without the names that only the proposed release gives; by repository and who is shown. */
export function shownChanges(
  changes: readonly RightChange[],
  after: Population,
  exists: (account: string) => boolean,
): RightChange[] {
  const shown = changes.map((change) => ({
    ...change,
    account: shownAccount(change.account, after, exists),
  }));
  // in the order of the names they could be guessed
  return shown.sort((a, b) => compare(a.repository, b.repository) || compare(a.account, b.account));
}

/** How an account is named to whoever asks about a release. */
export function shownAccount(
  account: string,
  { accounts }: Population,
  exists: (account: string) => boolean,
): string {
  const member = accounts.get(account);
  return exists(account) || !member ? account : ownerKey(member.connector, member.user);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
