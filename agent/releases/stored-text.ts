/** The text of a release as the store has it, and what stands beside it: read as what anybody may have altered. */
import { LRUCache } from "lru-cache";
import { KeptApproval } from "../../api/approval.ts";
import { Origin, type StoredRelease } from "../../api/contract.ts";
import { digestOfText, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store, Tables } from "../store/schema.ts";

/** Why a past release cannot be had. */
export interface Unarchived {
  readonly code: "notThere" | "otherVersionOfHgscim" | "releaseAltered";
  readonly detail: string;
}

/** What a stored text says by itself. */
type Read = Pick<StoredRelease, "release" | "digest" | "policyDigest" | "bindingsDigest">;

/** The texts of releases in one store: each that was ever active, and a copy of the active one. */
export class StoredTexts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A release by its text, where that is what was activated, else by its copy. */
  async read(digest: string): Promise<Result<Read, Unarchived>> {
    const read = readStored(digest, await this.#of("releases", digest));
    if (read.ok || read.error.code !== "releaseAltered") return read;
    return readStored(digest, await this.#of("release_copy", digest));
  }

  /** The policy of a release, by its text or its copy; undefined where both were altered. */
  async policyOf(digest: string): Promise<string | undefined> {
    const text = await this.#intact(digest);
    return text === undefined ? undefined : digestsOf(JSON.parse(text) as ReleaseData).policy;
  }

  /** Makes the text and its copy equal, where one of them is what was activated and the other is not; returns whether it did. */
  async restore(digest: string): Promise<boolean> {
    const intact = await this.#intact(digest);
    const texts = [await this.#of("releases", digest), await this.#of("release_copy", digest)];
    if (intact === undefined || texts.every((text) => text === intact)) return false;
    const { policy, bindings } = digestsOf(JSON.parse(intact) as ReleaseData);
    await this.keep(digest, { policy_digest: policy, bindings_digest: bindings, release: intact });
    return true;
  }

  /** Stores the text of a release, and its copy, which is of the active one alone. */
  async keep(digest: string, kept: Omit<Tables["releases"], "digest">): Promise<void> {
    await this.#store
      .insertInto("releases")
      .values({ digest, ...kept })
      .onConflict((conflict) => conflict.column("digest").doUpdateSet(kept))
      .execute();
    await this.#store.deleteFrom("release_copy").execute();
    await this.#store.insertInto("release_copy").values({ digest, release: kept.release }).execute();
  }

  async #intact(digest: string): Promise<string | undefined> {
    for (const table of ["releases", "release_copy"] as const) {
      const text = await this.#of(table, digest);
      if (text !== undefined && digestOfText(text) === digest) return text;
    }
    return undefined;
  }

  async #of(table: "releases" | "release_copy", digest: string): Promise<string | undefined> {
    // one that somebody has taken out has no text, and the other one runs
    const { rows } = await dialectOf(this.#store).tableNamed(table).execute(this.#store);
    if (rows.length === 0) return undefined;
    const row = await this.#store
      .selectFrom(table)
      .select("release")
      .where("digest", "=", digest)
      .executeTakeFirst();
    return row?.release;
  }
}

/**
 * A stored release, where its text has its digest, by its bytes. The digests of its parts are made of the text again: those
 * stored beside it are of the version that wrote them, and may have been altered.
 */
function readStored(digest: string, text: string | undefined): Result<Read, Unarchived> {
  if (text === undefined || digestOfText(text) !== digest)
    return fail({ code: "releaseAltered", detail: altered(digest) });
  const known = lastRead.get(digest);
  if (known) return ok(known);
  const data: unknown = JSON.parse(text);
  const release = Release.safeParse(data);
  if (!release.success)
    return fail({
      code: "otherVersionOfHgscim",
      detail: `release ${digest} is of a version that wrote releases differently`,
    });
  const { policy, bindings } = digestsOf(data as ReleaseData);
  const read = { release: release.data, digest, policyDigest: policy, bindingsDigest: bindings };
  lastRead.set(digest, read);
  return ok(read);
}

/** What texts say that were read last, by the digest that each was found to have: each question about people reads the active one. */
const lastRead = new LRUCache<string, Read>({ max: 2 });

/** What is told of a text that is not what was activated. */
export function altered(digest: string): string {
  return `release ${digest} is not what was activated: its text does not have its digests`;
}

/** What is told where it is not certain which release is active. */
export function contradicted(named: readonly string[]): string {
  return `what is stored contradicts itself: of which release is active it says ${named.join(" and ")}, and something was taken out or altered`;
}

/** Where a release is from, for people: what was altered says nothing. */
export function readOrigin(text: string): Origin {
  const origin = Origin.safeParse(jsonIn(text));
  return origin.success ? origin.data : { sources: {} };
}

/** What an activation was held to, as that. */
export function readApproval(text: string | null): { approval?: KeptApproval } {
  const approval = KeptApproval.safeParse(text === null ? undefined : jsonIn(text));
  return approval.success ? { approval: approval.data } : {};
}

/** Undefined where it is no JSON any more. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
