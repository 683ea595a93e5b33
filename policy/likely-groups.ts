/**
 * Which group is meant by one that was never sent: the one that has those people who lose access by the name. A provider that renames a
 * group sends the new name, and a file that nobody edited goes on with the old one.
 */

/** A group, and the ids of its members. */
export interface SentGroup {
  readonly connector: string;
  readonly displayName: string;
  readonly members: Iterable<string>;
}

export interface LikelyGroup {
  readonly connector: string;
  readonly displayName: string;
  /** So many of its members lose access. */
  readonly losing: number;
  readonly members: number;
}

/** How much two sets of people must have in common, as a share of both together. */
const enough = 0.5;

/**
 * Of the groups that a connector has sent, the one whose members are those who lose access; undefined where none has even half of them.
 *
 * @param losing the ids of the users who do
 * @param isMeantOtherwise whether the release knows a group by its name already
 */
export function likelyGroup(
  connector: string,
  sent: readonly SentGroup[],
  losing: ReadonlySet<string>,
  isMeantOtherwise: (group: SentGroup) => boolean,
): LikelyGroup | undefined {
  let best: (LikelyGroup & { readonly share: number }) | undefined;
  for (const group of sent) {
    if (group.connector !== connector || isMeantOtherwise(group)) continue;
    const members = [...group.members];
    const inBoth = members.filter((id) => losing.has(id)).length;
    const share = inBoth / (members.length + losing.size - inBoth || 1);
    if (share < enough || share <= (best?.share ?? 0)) continue;
    best = { connector, displayName: group.displayName, losing: inBoth, members: members.length, share };
  }
  if (!best) return undefined;
  const { share: _, ...found } = best;
  return found;
}
