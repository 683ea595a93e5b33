/** Places that a policy test asks about, and the right of somebody there. */
import { type PlaceKind, placeKinds } from "../../model/environment/permission-set.ts";
import type { Right } from "../../model/environment/right.ts";
import type { accessList } from "../../policy/impact.ts";
import { coversName } from "../../policy/places.ts";

/** A repository, or one name of a branch, bookmark or file in it. */
interface AskedPlace {
  readonly repository: string;
  readonly part?: { readonly kind: PlaceKind; readonly name: string };
}

/**
 * Reads `repository#branch`, as in the URLs that hg takes (hg help urls), `repository#bookmark:name` and `repository#path:name`: no
 * branch has a colon in its name (Mercurial, scmutil.checknewlabel).
 */
export function askedPlace(place: string): AskedPlace {
  const end = place.indexOf("#");
  if (end < 0) return { repository: place };
  const [repository, rest] = [place.slice(0, end), place.slice(end + 1)];
  const [, kind = "branch", name = rest] = /^(bookmark|path):(.*)$/s.exec(rest) ?? [];
  return { repository, part: { kind: kind as PlaceKind, name } };
}

/** Everybody's right in some repositories, as `policy/` lists it. */
export type AccessEntries = ReturnType<typeof accessList>;

/** The right of an account at a place. */
export function rightIn(entries: AccessEntries, account: string, place: string): Right | "none" {
  const { repository, part } = askedPlace(place);
  const there = entries.filter((entry) => entry.account === account && entry.repository === repository);
  // of the places listed, each has another right than the repository, and the same one
  const restricted =
    part &&
    there.find(
      ({ [part.kind]: pattern }) => pattern !== undefined && coversName(part.kind, pattern, part.name),
    );
  const whole = there.find((entry) => placeKinds.every((kind) => entry[kind] === undefined));
  return (restricted || whole)?.right ?? "none";
}
