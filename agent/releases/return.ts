/**
 * The release that was active before comes back, since Mercurial does not go by the one that came: without bounds, promotion or
 * approval, which it has passed. People are those of now: who has left meanwhile stays out.
 */
import type { Activation } from "../../api/contract.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Population } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { Directory } from "../directory/directory.ts";
import { admit, moveAccounts, movedProblem, type RefusedActivation } from "./activation.ts";
import { Archive } from "./archive.ts";
import { entranceBy } from "./entrance.ts";
import { keepRepositories } from "./known-repositories.ts";
import { makeRuntime, type Runtime } from "./runtime.ts";
import { resolveSecrets } from "./secrets.ts";
import { sideOf } from "./sides.ts";
import type { Surroundings } from "./surroundings.ts";
import { keepVerification, returnedBy } from "./verified.ts";

/** What comes back; null for none. */
export type Returning = Pick<Activation, "release" | "origin"> | null;

/**
 * Makes it the active one, in a transaction, on the condition that the one that failed still is.
 *
 * @param failed the digest of that one
 */
export async function returnTo(
  surroundings: Surroundings,
  before: Returning,
  failed: string,
): Promise<Result<Runtime | null, RefusedActivation>> {
  const { store, host, now, clock, active: present } = surroundings;
  const moved = movedProblem(present, failed);
  if (moved) return fail(moved);
  const archive = new Archive(store);
  await keepVerification(store, "returned", failed);
  if (!before) {
    await new Directory(store).users.giveAccounts(new Map());
    await archive.end(now, returnedBy, clock.measured);
    return ok(null);
  }
  const { release, origin } = before;
  const entrance = await entranceBy(
    surroundings.secrets ?? (await resolveSecrets(surroundings, release)),
    { store, host, release, now },
    () => undefined,
  );
  const digests = digestsOf(release as ReleaseData);
  const active = {
    ...{ release, origin, digest: digests.release },
    ...{ policyDigest: digests.policy, bindingsDigest: digests.bindings },
    ...{ activatedAt: now, activatedBy: returnedBy },
  };
  await moveAccounts(new Directory(store), await populationOf(surroundings, release), now);
  await archive.add(active, clock.measured);
  return ok({ ...makeRuntime(active, new Map()), connectors: entrance.connectors });
}

/** Everybody under the release, whatever else would stand against it now. */
async function populationOf(
  surroundings: Surroundings,
  release: NonNullable<Returning>["release"],
): Promise<Population> {
  const { store } = surroundings;
  const admission = await admit(surroundings, { release });
  if (admission.ok && admission.value.kind === "judged") {
    await keepRepositories(store, admission.value.repositories);
    return admission.value.population;
  }
  return sideOf(await new Directory(store).everything(), compileRelease(release)).population;
}
