/** What was active, and since when: the activations so far, past releases whole, and how long a policy runs. */
import type { ActiveRelease, History, PolicyAttestation, StoredRelease } from "../../api/contract.ts";
import { canonicalJson } from "../../model/canonical.ts";
import { digestOfText, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { Store, Tables } from "../store/schema.ts";

/** The release that was activated last, and why it does not run. */
export interface Untrusted {
  readonly digest: string;
  readonly detail: string;
}

/** Why a past release cannot be had. */
export interface Unarchived {
  readonly code: "notThere" | "otherVersionOfHgscim" | "releaseAltered";
  readonly detail: string;
}

/** What a stored text says by itself. */
type Read = Pick<StoredRelease, "release" | "digest" | "policyDigest" | "bindingsDigest">;

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
   * The release that was activated last; null when it has ended. Where its text was altered, its copy is read.
   *
   * @returns which it is and why when the copy is not what was activated here either, or this version cannot read it
   */
  async lastActive(environment: string): Promise<Result<ActiveRelease | null, Untrusted>> {
    const row = await this.#activations()
      .select(["activations.digest", "activations.at", "activations.by", "activations.origin"])
      .select("releases.release")
      .orderBy("activations.sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!row || row.digest === null) return ok(null);
    const { digest } = row;
    const read = await this.#read(digest, row.release);
    if (!read.ok) return fail({ digest, detail: read.error.detail });
    if (read.value.release.environment !== environment) return fail({ digest, detail: altered(digest) });
    return ok({
      ...read.value,
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
      .select(["releases.release", "activations.at", "activations.origin"])
      .where("releases.digest", "=", digest)
      .orderBy("activations.sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!row)
      return fail({ code: "notThere", detail: `no release ${digest.slice(0, 80)} was ever active here` });
    const read = await this.#read(digest, row.release);
    if (!read.ok) return read;
    return ok({
      ...read.value,
      activatedAt: row.at,
      origin: JSON.parse(row.origin) as StoredRelease["origin"],
    });
  }

  /**
   * Makes the text of the active release and its copy equal, where one of them is what was activated and the other is not.
   *
   * @returns the digest where it did
   */
  async restore(): Promise<string | undefined> {
    const last = await this.#activations()
      .select(["activations.digest", "releases.release"])
      .orderBy("activations.sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!last || last.digest === null) return undefined;
    const { digest, release } = last;
    const texts = [release ?? undefined, await this.#textOf("release_copy", digest)];
    const intact = texts.find((text) => text !== undefined && digestOfText(text) === digest);
    if (intact === undefined || texts.every((text) => text === intact)) return undefined;
    const { policy, bindings } = digestsOf(JSON.parse(intact) as ReleaseData);
    await this.#keep(digest, { policy_digest: policy, bindings_digest: bindings, release: intact });
    return digest;
  }

  /**
   * Whether a policy is active, and since when without a break. A release with the same policy and other bindings goes on
   * with it; another policy, or none, ends it, and what was before that does not count. An altered release runs no policy. What counts is
   * how long it ran as the agent measured it, whatever the dates say.
   *
   * @param reading of the clock, for the answer
   */
  async attest(
    environment: string,
    policyDigest: string,
    { now, clock }: ClockReading,
  ): Promise<PolicyAttestation> {
    const last = await this.lastActive(environment);
    const activePolicy = (last.ok && last.value?.policyDigest) || null;
    if (activePolicy !== policyDigest)
      return { environment, policyDigest, active: false, since: null, ran: 0, at: now, activePolicy };
    const activations = await this.#store
      .selectFrom("activations")
      .select(["digest", "at", "measured"])
      .orderBy("sequence", "desc")
      .execute();
    const runs = new Map<string, boolean>();
    let since: Time | null = null;
    let ran: Milliseconds = 0;
    for (const { digest, at, measured } of activations) {
      if (digest === null) break;
      const known = runs.get(digest) ?? (await this.#policyOf(digest)) === policyDigest;
      runs.set(digest, known);
      if (!known) break;
      since = at;
      ran = clock.measured - measured;
    }
    return { environment, policyDigest, active: true, since, ran, at: now, activePolicy };
  }

  /** The policy of a stored release, by its text or its copy; undefined where both were altered. */
  async #policyOf(digest: string): Promise<string | undefined> {
    for (const table of ["releases", "release_copy"] as const) {
      const text = await this.#textOf(table, digest);
      if (text !== undefined && digestOfText(text) === digest)
        return digestsOf(JSON.parse(text) as ReleaseData).policy;
    }
    return undefined;
  }

  /** A release by its text, where that is what was activated, else by its copy. */
  async #read(digest: string, text: string | null): Promise<Result<Read, Unarchived>> {
    const read = readStored(digest, text);
    if (read.ok || read.error.code !== "releaseAltered") return read;
    return readStored(digest, (await this.#textOf("release_copy", digest)) ?? null);
  }

  async #textOf(table: "releases" | "release_copy", digest: string): Promise<string | undefined> {
    const row = await this.#store
      .selectFrom(table)
      .select("release")
      .where("digest", "=", digest)
      .executeTakeFirst();
    return row?.release;
  }

  /**
   * Remembers that a release became active, and the release: what was stored under its digest may have been altered.
   *
   * @param measured for how long agents had run until then
   */
  async add(active: ActiveRelease, measured: Milliseconds): Promise<void> {
    await this.#keep(active.digest, {
      policy_digest: active.policyDigest,
      bindings_digest: active.bindingsDigest,
      release: canonicalJson(active.release as ReleaseData),
    });
    const { digest, activatedAt: at, activatedBy: by, origin } = active;
    await this.#noteActivation({ digest, at, by, origin, measured });
  }

  /** Stores the text of a release, and its copy, which is of the active one alone. */
  async #keep(digest: string, kept: Omit<Tables["releases"], "digest">): Promise<void> {
    await this.#store
      .insertInto("releases")
      .values({ digest, ...kept })
      .onConflict((conflict) => conflict.column("digest").doUpdateSet(kept))
      .execute();
    await this.#store.deleteFrom("release_copy").execute();
    await this.#store.insertInto("release_copy").values({ digest, release: kept.release }).execute();
  }

  /** Remembers that no release was active from then on. */
  end(at: Time, by: string, measured: Milliseconds): Promise<void> {
    return this.#noteActivation({ digest: null, at, by, origin: { sources: {} }, measured });
  }

  async #noteActivation({
    origin,
    ...activation
  }: {
    readonly digest: string | null;
    readonly at: Time;
    readonly by: string;
    readonly origin: ActiveRelease["origin"];
    readonly measured: Milliseconds;
  }): Promise<void> {
    await this.#store
      .insertInto("activations")
      .values({ ...activation, origin: canonicalJson(origin) })
      .execute();
  }

  #activations() {
    return this.#store
      .selectFrom("activations")
      .leftJoin("releases", "releases.digest", "activations.digest");
  }
}

/**
 * A stored release, where its text has its digest, by its bytes. The digests of its parts are made of the text again: those
 * stored beside it are of the version that wrote them, and may have been altered.
 */
function readStored(digest: string, text: string | null): Result<Read, Unarchived> {
  if (text === null || digestOfText(text) !== digest)
    return fail({ code: "releaseAltered", detail: altered(digest) });
  const data: unknown = JSON.parse(text);
  const release = Release.safeParse(data);
  if (!release.success)
    return fail({
      code: "otherVersionOfHgscim",
      detail: `release ${digest} is of a version that wrote releases differently`,
    });
  const { policy, bindings } = digestsOf(data as ReleaseData);
  return ok({ release: release.data, digest, policyDigest: policy, bindingsDigest: bindings });
}

function altered(digest: string): string {
  return `release ${digest} is not what was activated: its text does not have its digests`;
}
