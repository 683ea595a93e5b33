/** What was active, and since when: the activations so far, past releases whole, and how long a policy runs. */
import type { Insertable } from "kysely";
import type { KeptApproval } from "../../api/approval.ts";
import type { ActiveRelease, History, PolicyAttestation, StoredRelease } from "../../api/contract.ts";
import { canonicalJson } from "../../model/canonical.ts";
import type { ReleaseData } from "../../model/digest.ts";
import { Digest } from "../../model/environment/common.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { ClockReading } from "../clock/rule.ts";
import { describeRestored, type RestoredStore, restoredStore } from "../store/restored.ts";
import type { Store, Tables } from "../store/schema.ts";
import { Pointer } from "./pointer.ts";
import { makeRuntime } from "./runtime.ts";
import {
  altered,
  contradicted,
  readApproval,
  readOrigin,
  StoredTexts,
  type Unarchived,
} from "./stored-text.ts";
import { returnedBy } from "./verified.ts";

/** Why nothing runs of what is stored, although a release is active. */
export interface Untrusted {
  /** The release that is active, by its digest; more than one where what is stored contradicts itself. */
  readonly named: readonly string[];
  readonly detail: string;
  /** The release, where it is certain what it is: then it lets in who may take away. */
  readonly release?: Release;
  /** Where people are those of before, whatever the release is: then no release comes unasked, itself neither. */
  readonly restored?: RestoredStore;
}

/** A release that is active, but for the release itself. */
export type Mark = Pick<ActiveRelease, "digest" | "activatedAt" | "activatedBy" | "origin">;

/** Why this version cannot run a release that an older one took. */
function runProblem(active: ActiveRelease): string | undefined {
  try {
    makeRuntime(active, new Map());
    return undefined;
  } catch (error) {
    return `release ${active.digest} is not one that this version runs, mend what it says and deploy it: ${(error as Error).message}`;
  }
}

export class Archive {
  readonly #store: Store;
  readonly #pointer: Pointer;
  readonly #texts: StoredTexts;

  constructor(store: Store) {
    this.#store = store;
    this.#pointer = new Pointer(store);
    this.#texts = new StoredTexts(store);
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
        "activations.approval",
      ])
      .orderBy("activations.sequence", "desc")
      .execute();
    return {
      entries: rows.map(({ policy_digest: policyDigest, origin, approval, ...entry }) => {
        const { sources: _, ...told } = readOrigin(origin);
        return { ...entry, policyDigest, ...told, ...readApproval(approval) };
      }),
    };
  }

  /**
   * The release that is active; null when none is. Where its text was altered, its copy is read.
   *
   * @param ran the release that the access file is of
   * @param found that the store is a copy from before, where that cannot be stored yet
   * @returns why nothing runs when the store is a copy from before, what is stored contradicts itself, neither text is what was
   * activated here, or this version cannot read it
   */
  async lastActive(
    environment: string,
    ran: string | null = null,
    found?: RestoredStore,
  ): Promise<Result<ActiveRelease | null, Untrusted>> {
    const stored = await this.#storedActive(environment, ran);
    const restored = (await restoredStore(this.#store)) ?? ((await this.hasRun()) ? found : undefined);
    if (!restored) return stored;
    // the access file is the newer one of the two
    const said = [ran || [], stored.ok ? ((await this.#lastNamed()) ?? []) : stored.error.named].flat();
    const release = stored.ok ? stored.value?.release : stored.error.release;
    return fail({
      named: [...new Set(said)],
      detail: describeRestored(restored),
      restored,
      ...(release && { release }),
    });
  }

  async #storedActive(
    environment: string,
    ran: string | null,
  ): Promise<Result<ActiveRelease | null, Untrusted>> {
    const pointed = await this.#pointer.read();
    const untrusted = (said: readonly string[], detail: (named: readonly string[]) => string) => {
      // what is no digest nobody can write into a file
      const digests = said.filter((one) => Digest.safeParse(one).success);
      const named = digests.length > 0 ? digests : [ran || []].flat();
      return named.length > 0 ? fail({ named, detail: detail(named) }) : ok(null);
    };
    if (pointed.kind === "contradicted") return untrusted(pointed.named, contradicted);
    const { digest } = pointed;
    if (digest === null) return ok(null);
    const row = await this.#store
      .selectFrom("activations")
      .select(["at", "by", "origin"])
      .orderBy("sequence", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    const mark = { digest, activatedAt: row.at, activatedBy: row.by, origin: readOrigin(row.origin) };
    const active = await this.marked(mark, environment);
    if (!active.ok) return untrusted([digest], () => active.error.detail);
    const problem = runProblem(active.value);
    return problem === undefined
      ? active
      : fail({ named: [digest], detail: problem, release: active.value.release });
  }

  /** A release of this environment that is known to be active, by its text or its copy. */
  async marked(mark: Mark, environment: string): Promise<Result<ActiveRelease, Unarchived>> {
    const { digest } = mark;
    const read = await this.#texts.read(digest);
    if (!read.ok) return read;
    if (read.value.release.environment !== environment)
      return fail({ code: "releaseAltered", detail: altered(digest) });
    return ok({ ...mark, ...read.value });
  }

  /** Whether the activations are not those that there were, although it is certain which release is active. */
  async hasOtherHistory(): Promise<boolean> {
    const pointed = await this.#pointer.read();
    return pointed.kind === "agreed" && !pointed.isWhole;
  }

  /** What was active before what is active now; undefined where that cannot be told, or not be had. */
  async beforeLast(environment: string): Promise<ActiveRelease | null | undefined> {
    if (await this.hasOtherHistory()) return undefined;
    const [, before] = await this.#store
      .selectFrom("activations")
      .select(["digest", "at", "by", "origin"])
      .orderBy("sequence", "desc")
      .limit(2)
      .execute();
    if (!before?.digest) return null;
    const { digest, at, by, origin } = before;
    const mark = { digest, activatedAt: at, activatedBy: by, origin: readOrigin(origin) };
    const found = await this.marked(mark, environment);
    return found.ok && runProblem(found.value) === undefined ? found.value : undefined;
  }

  /** Whether any release was ever active. */
  async hasRun(): Promise<boolean> {
    return (await this.#lastNamed()) !== undefined;
  }

  /** The release that became active last, whether it still is or not; undefined where none ever was, or it was altered. */
  async lastRelease(): Promise<Release | undefined> {
    const digest = await this.#lastNamed();
    const read = digest === undefined ? undefined : await this.#texts.read(digest);
    return read?.ok ? read.value.release : undefined;
  }

  /** A release that was active at some time. */
  async stored(digest: string): Promise<Result<StoredRelease, Unarchived>> {
    const row = await this.#store
      .selectFrom("releases")
      .innerJoin("activations", "activations.digest", "releases.digest")
      .select(["activations.at", "activations.origin"])
      .where("releases.digest", "=", digest)
      .orderBy("activations.sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!row)
      return fail({ code: "notThere", detail: `no release ${digest.slice(0, 80)} was ever active here` });
    const read = await this.#texts.read(digest);
    if (!read.ok) return read;
    return ok({
      ...read.value,
      activatedAt: row.at,
      origin: readOrigin(row.origin),
    });
  }

  /**
   * Makes the text of the active release and its copy equal, where one of them is what was activated and the other is not. Which
   * one is active must be certain.
   *
   * @returns the digest where it did
   */
  async restore(): Promise<string | undefined> {
    const pointed = await this.#pointer.read();
    if (pointed.kind === "contradicted" || pointed.digest === null) return undefined;
    const { digest } = pointed;
    return (await this.#texts.restore(digest)) ? digest : undefined;
  }

  /**
   * Whether a policy is active, and since when without a break. A release with the same policy and other bindings goes on
   * with it; another policy, or none, ends it, and what was before that does not count. An altered release runs no policy, and where
   * activations were altered it runs as long as the next one. What counts is how long it ran as the agent measured it, whatever the
   * dates say.
   *
   * @param reading of the clock, for the answer
   * @param found as that of `lastActive`
   */
  async attest(
    environment: string,
    policyDigest: string,
    { now, clock }: ClockReading,
    found?: RestoredStore,
  ): Promise<PolicyAttestation> {
    const last = await this.lastActive(environment, null, found);
    const activePolicy = (last.ok && last.value?.policyDigest) || null;
    if (activePolicy !== policyDigest)
      return { environment, policyDigest, active: false, since: null, ran: 0, at: now, activePolicy };
    const countedFrom = await this.#pointer.countedFrom();
    if (countedFrom === undefined)
      return { environment, policyDigest, active: true, since: now, ran: 0, at: now, activePolicy };
    const activations = await this.#store
      .selectFrom("activations")
      .select(["digest", "at", "by", "measured"])
      .where("sequence", ">=", countedFrom)
      .orderBy("sequence", "desc")
      .execute();
    const runs = new Map<string, boolean>();
    let since: Time | null = null;
    let ran: Milliseconds = 0;
    let isFailed = false;
    for (const { digest, at, by, measured } of activations) {
      // Mercurial never went by it, and the one before it came back
      if (isFailed) {
        isFailed = false;
        continue;
      }
      isFailed = by === returnedBy;
      if (digest === null) break;
      const known = runs.get(digest) ?? (await this.#texts.policyOf(digest)) === policyDigest;
      runs.set(digest, known);
      if (!known) break;
      since = at;
      ran = clock.measured - measured;
    }
    return { environment, policyDigest, active: true, since, ran, at: now, activePolicy };
  }

  /**
   * Remembers that a release became active, and the release: what was stored under its digest may have been altered.
   *
   * @param measured for how long agents had run until then
   * @param approval what it was held to, if anything
   */
  async add(active: ActiveRelease, measured: Milliseconds, approval?: KeptApproval): Promise<void> {
    await this.#texts.keep(active.digest, {
      policy_digest: active.policyDigest,
      bindings_digest: active.bindingsDigest,
      release: canonicalJson(active.release as ReleaseData),
    });
    const { digest, activatedAt: at, activatedBy: by, origin } = active;
    await this.#noteActivation({ digest, at, by, origin, measured, approval });
  }

  /** Remembers that no release was active from then on. */
  end(at: Time, by: string, measured: Milliseconds): Promise<void> {
    return this.#noteActivation({ digest: null, at, by, origin: { sources: {} }, measured });
  }

  async #noteActivation({
    origin,
    approval,
    ...activation
  }: Omit<Insertable<Tables["activations"]>, "origin" | "approval"> & {
    readonly origin: ActiveRelease["origin"];
    readonly approval?: KeptApproval | undefined;
  }): Promise<void> {
    const texts = { origin: canonicalJson(origin), approval: approval ? canonicalJson(approval) : null };
    await this.#pointer.move(async () => {
      await this.#store
        .insertInto("activations")
        .values({ ...activation, ...texts })
        .execute();
    });
  }

  /** The release that became active last, whether it still is or not. */
  async #lastNamed(): Promise<string | undefined> {
    const row = await this.#store
      .selectFrom("activations")
      .select("digest")
      .where("digest", "is not", null)
      .orderBy("sequence", "desc")
      .limit(1)
      .executeTakeFirst();
    return row?.digest ?? undefined;
  }

  #activations() {
    return this.#store
      .selectFrom("activations")
      .leftJoin("releases", "releases.digest", "activations.digest");
  }
}
