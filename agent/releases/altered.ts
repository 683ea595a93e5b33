/**
 * What may come in place of a stored release that is not what was activated: nobody can say who would lose access. Or over a
 * store that is a copy from before: nobody can say who would gain any.
 */

import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Untrusted } from "./archive.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * What was accepted of a release, for the judgement of its bounds. In place of an altered release only that release itself
 * comes without asking, since by its digest it takes nothing away; another one needs an `accept` that names the altered one.
 * Where it is not certain which one is active, every release needs it.
 *
 * @returns a sentence when the release does not come
 */
export function acceptedOver(
  { untrusted }: Pick<Surroundings, "untrusted">,
  release: Release,
  accept: Accept | undefined,
): Result<Accept | undefined, string> {
  if (!untrusted) return ok(accept);
  const { named, detail, restored } = untrusted;
  const isItself = !restored && named.length === 1 && named[0] === digestsOf(release as ReleaseData).release;
  // it is about what nobody can count: there is nothing to judge it by
  if (isItself || (accept && named.includes(accept.from))) return ok(undefined);
  return fail(
    restored
      ? `${detail}: ${wayOut(untrusted)}`
      : `${detail}, so nobody can say who loses access: ${wayOut(untrusted)}`,
  );
}

/** By which code a release is refused, and the question who has access. */
export function untrustedCode({ restored }: Pick<Untrusted, "restored">): "storeRestored" | "releaseAltered" {
  return restored ? "storeRestored" : "releaseAltered";
}

/** What to do where nothing runs of what is stored. */
export function wayOut({ named, restored }: Untrusted): string {
  const accept = `accept: { from: "${named[0]}", lose: 0 }`;
  if (restored)
    return `put a newer copy in its place; or have each identity provider send again who has left, then have the release reviewed and write: ${accept}`;
  const another = `have another one reviewed and write: ${accept}`;
  return named.length === 1 ? `deploy that release again first; when it cannot be had, ${another}` : another;
}
