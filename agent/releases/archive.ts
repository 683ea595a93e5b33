/** What was active, and since when: the activations so far, past releases whole, and how long a policy runs. */
import type { ActiveRelease, History, PolicyAttestation, StoredRelease } from "../../api/contract.ts";
import { canonicalJson } from "../../model/canonical.ts";
import { type Digests, digestOfText, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";

/** Why a past release cannot be had. */
export interface Unarchived {
  readonly code: "notThere" | "otherVersionOfHgscim" | "releaseAltered";
  readonly detail: string;
}

export class Archive {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The activations so far, newest first. */
  async history(): Promise<History> {
    const rows = await this.#activations()
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

  /**
   * The release that was activated last; null when it has ended.
   *
   * @returns a sentence when what is stored is not what was activated
   */
  async lastActive(): Promise<Result<ActiveRelease | null, string>> {
    const row = await this.#activations()
      .select(["activations.digest", "activations.at", "activations.by", "activations.origin"])
      .select(["releases.release", "releases.policy_digest", "releases.bindings_digest"])
      .orderBy("activations.sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!row || row.digest === null) return ok(null);
    const { digest, release, policy_digest: policyDigest, bindings_digest: bindingsDigest } = row;
    // all three are absent together, when somebody took the release out
    if (release === null || policyDigest === null || bindingsDigest === null) return fail(altered(digest));
    if (!isUnaltered(release, { release: digest, policy: policyDigest, bindings: bindingsDigest }))
      return fail(altered(digest));
    return ok({
      release: Release.parse(JSON.parse(release)),
      digest,
      policyDigest,
      bindingsDigest,
      activatedAt: row.at,
      activatedBy: row.by,
      origin: JSON.parse(row.origin) as ActiveRelease["origin"],
    });
  }

  /** A release that was active at some time. */
  async stored(digest: string): Promise<Result<StoredRelease, Unarchived>> {
    const row = await this.#store
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
    const digests = { release: digest, policy: row.policy_digest, bindings: row.bindings_digest };
    if (!isUnaltered(row.release, digests)) return fail({ code: "releaseAltered", detail: altered(digest) });
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
   * with it; another policy, or none, ends it, and what was before that does not count. An altered release runs no policy.
   *
   * @param now for the answer
   */
  async attest(environment: string, policyDigest: string, now: Time): Promise<PolicyAttestation> {
    const last = await this.lastActive();
    const activePolicy = (last.ok && last.value?.policyDigest) || null;
    if (activePolicy !== policyDigest)
      return { environment, policyDigest, active: false, since: null, at: now, activePolicy };
    const interruption = await this.#activations()
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
    const { at: since } = await this.#store
      .selectFrom("activations")
      .select("at")
      .where("sequence", ">", interruption?.sequence ?? 0)
      .orderBy("sequence")
      .limit(1)
      .executeTakeFirstOrThrow();
    return { environment, policyDigest, active: true, since, at: now, activePolicy };
  }

  /** Remembers that a release became active, and the release: what was stored under its digest may have been altered. */
  async add(active: ActiveRelease): Promise<void> {
    const kept = {
      policy_digest: active.policyDigest,
      bindings_digest: active.bindingsDigest,
      release: canonicalJson(active.release as ReleaseData),
    };
    await this.#store
      .insertInto("releases")
      .values({ digest: active.digest, ...kept })
      .onConflict((conflict) => conflict.column("digest").doUpdateSet(kept))
      .execute();
    await this.#noteActivation(active.digest, active.activatedAt, active.activatedBy, active.origin);
  }

  /** Remembers that no release was active from then on. */
  end(at: Time, by: string): Promise<void> {
    return this.#noteActivation(null, at, by, { sources: {} });
  }

  async #noteActivation(
    digest: string | null,
    at: Time,
    by: string,
    origin: ActiveRelease["origin"],
  ): Promise<void> {
    await this.#store
      .insertInto("activations")
      .values({ digest, at, by, origin: canonicalJson(origin) })
      .execute();
  }

  #activations() {
    return this.#store
      .selectFrom("activations")
      .leftJoin("releases", "releases.digest", "activations.digest");
  }
}

/** Whether a stored text is what its digests were made of; by its bytes, whatever this version reads in them. */
function isUnaltered(text: string, { release, policy, bindings }: Digests): boolean {
  if (digestOfText(text) !== release) return false;
  const found = digestsOf(JSON.parse(text) as ReleaseData);
  return found.policy === policy && found.bindings === bindings;
}

function altered(digest: string): string {
  return `release ${digest} is not what was activated: its text does not have its digests`;
}
