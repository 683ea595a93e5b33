/** What may come in place of a stored release that is not what was activated: nobody can say who would lose access. */

import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { Archive } from "./archive.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * What was accepted of a release, for the judgement of its bounds. In place of an altered release only that release itself
 * comes without asking, since by its digest it takes nothing away; another one needs an `accept` that names the altered one.
 *
 * @returns a sentence when the release does not come
 */
export async function acceptedOver(
  { store, active, host }: Pick<Surroundings, "store" | "active" | "host">,
  release: Release,
  accept: Accept | undefined,
): Promise<Result<Accept | undefined, string>> {
  if (active) return ok(accept);
  const last = await new Archive(store).lastActive(host.environment);
  if (last.ok) return ok(accept);
  const { digest, detail } = last.error;
  // it is about what nobody can count: there is nothing to judge it by
  if (digestsOf(release as ReleaseData).release === digest || accept?.from === digest) return ok(undefined);
  return fail(
    `${detail}, so nobody can say who loses access: deploy that release again first; when it cannot be had, have this one reviewed and write: accept: { from: "${digest}", lose: 0 }`,
  );
}
