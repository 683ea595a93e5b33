/** What was active, and since when: the activations so far, past releases whole, and how long a policy runs. */
import type { ActiveRelease, History, PolicyAttestation, StoredRelease } from "../../api/contract.ts";
import { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Store } from "../store/schema.ts";

/** The activations so far, newest first. */
export async function history(store: Store): Promise<History> {
  const rows = await store
    .selectFrom("activations")
    .leftJoin("releases", "releases.digest", "activations.digest")
    .select([
      "activations.sequence",
      "activations.digest",
      "releases.policy_digest",
      "activations.at",
      "activations.by",
      "activations.origin",
    ])
    .orderBy("activations.sequence", "desc")
    .execute();
  return {
    entries: rows.map(({ sequence, digest, policy_digest, at, by, origin }) => {
      const { author, revision } = JSON.parse(origin) as ActiveRelease["origin"];
      return {
        sequence,
        digest,
        policyDigest: policy_digest,
        at,
        by,
        ...(author === undefined ? {} : { author }),
        ...(revision === undefined ? {} : { revision }),
      };
    }),
  };
}

/** The release that was active when the agent stopped. */
export async function lastActive(store: Store): Promise<ActiveRelease | null> {
  const row = await store
    .selectFrom("activations")
    .leftJoin("releases", "releases.digest", "activations.digest")
    .select(["activations.digest", "activations.at", "activations.by", "activations.origin"])
    .select(["releases.release", "releases.policy_digest", "releases.bindings_digest"])
    .orderBy("activations.sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row?.digest || !row.release || !row.policy_digest || !row.bindings_digest) return null;
  return {
    release: Release.parse(JSON.parse(row.release)),
    digest: row.digest,
    policyDigest: row.policy_digest,
    bindingsDigest: row.bindings_digest,
    activatedAt: row.at,
    activatedBy: row.by,
    origin: JSON.parse(row.origin) as ActiveRelease["origin"],
  };
}

/** Why a release of the past cannot be given. */
export interface NotStored {
  /** There is none, or it was stored by a version that wrote releases differently. */
  readonly code: "notThere" | "otherVersionOfHgscim";
  readonly detail: string;
}

/** A release that was active at some time. */
export async function storedRelease(store: Store, digest: string): Promise<Result<StoredRelease, NotStored>> {
  const row = await store
    .selectFrom("releases")
    .innerJoin("activations", "activations.digest", "releases.digest")
    .select(["releases.release", "releases.policy_digest", "releases.bindings_digest"])
    .select(["activations.at", "activations.origin"])
    .where("releases.digest", "=", digest)
    .orderBy("activations.sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row)
    return fail({ code: "notThere", detail: `no release ${digest.slice(0, 80)} was ever active here` });
  const release = Release.safeParse(JSON.parse(row.release));
  if (!release.success)
    return fail({
      code: "otherVersionOfHgscim",
      detail: `release ${digest} is of a version that wrote releases differently`,
    });
  return ok({
    release: release.data,
    digest,
    policyDigest: row.policy_digest,
    bindingsDigest: row.bindings_digest,
    activatedAt: row.at,
    origin: JSON.parse(row.origin) as StoredRelease["origin"],
  });
}

/**
 * Whether a policy is active, and since when without a break. A release with the same policy and other bindings goes on
 * with it; another policy, or none, ends it, and what was before that does not count.
 *
 * @param now milliseconds since 1970, for the answer
 */
export async function attestPolicy(
  store: Store,
  environment: string,
  policyDigest: string,
  now: number,
): Promise<PolicyAttestation> {
  const activations = store
    .selectFrom("activations")
    .leftJoin("releases", "releases.digest", "activations.digest");
  const last = await activations
    .select("releases.policy_digest")
    .orderBy("activations.sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const activePolicy = last?.policy_digest ?? null;
  if (activePolicy !== policyDigest)
    return { environment, policyDigest, active: false, since: null, at: now, activePolicy };
  const interruption = await activations
    .select("activations.sequence")
    .where((where) =>
      where.or([
        where("releases.policy_digest", "is", null),
        where("releases.policy_digest", "!=", policyDigest),
      ]),
    )
    .orderBy("activations.sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const { at: since } = await store
    .selectFrom("activations")
    .select("at")
    .where("sequence", ">", interruption?.sequence ?? 0)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirstOrThrow();
  return { environment, policyDigest, active: true, since, at: now, activePolicy };
}
