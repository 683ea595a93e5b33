/** Places that a policy test asks about, and the right of somebody there. */
import { placeKinds } from "../../model/environment/permission-set.ts";
import type { Right } from "../../model/environment/right.ts";
import type { accessList } from "../../policy/impact.ts";
import { coversName } from "../../policy/places.ts";

/** `repository#branch`, as in the URLs that hg takes (hg help urls). */
export function askedPlace(place: string): { repository: string; branch?: string } {
  const end = place.indexOf("#");
  return end < 0 ? { repository: place } : { repository: place.slice(0, end), branch: place.slice(end + 1) };
}

/** Everybody's right in some repositories, as `policy/` lists it. */
export type Entries = ReturnType<typeof accessList>;

/** The right of an account at a place. */
export function rightIn(entries: Entries, account: string, place: string): Right | "none" {
  const { repository, branch } = askedPlace(place);
  const there = entries.filter((entry) => entry.account === account && entry.repository === repository);
  // of the places listed, each has another right than the repository, and the same one
  const restricted =
    branch !== undefined &&
    there.find((entry) => entry.branch !== undefined && coversName("branch", entry.branch, branch));
  const whole = there.find((entry) => placeKinds.every((kind) => entry[kind] === undefined));
  return (restricted || whole)?.right ?? "none";
}
