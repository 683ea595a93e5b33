/**
 * The repositories that a release is judged over: those that are there, and those that were. One that is not there now may be on
 * a volume that is not mounted: whoever loses access to it must be told all the same. It counts until a release is active of
 * which no rule gives access to it.
 */
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Time } from "../../model/time.ts";
import { accessRules } from "../../policy/access.ts";
import type { HostRules } from "../config.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import type { Store } from "../store/schema.ts";

export interface KnownRepositories {
  /** The names of all that count, sorted. */
  readonly all: readonly string[];
  readonly there: readonly string[];
  /** Those that are not there now. */
  readonly gone: readonly string[];
}

/** What an activation makes of them: the names to remember, and to forget. */
export interface SeenRepositories {
  readonly there: readonly string[];
  readonly forgotten: readonly string[];
}

/** How many names one statement has. */
const namesInARow = 500;

/**
 * Those of a host, as the disk and the store have them.
 *
 * @returns a sentence for each folder that cannot be listed
 */
export async function knownRepositories(
  store: Store,
  host: HostRules,
): Promise<Result<KnownRepositories, string[]>> {
  const listed = await listRepositories(host.repositories);
  if (!listed.ok) return fail(listed.error);
  const there = new Set(listed.value);
  const gone = (await rememberedIn(store)).filter((name) => !there.has(name));
  return ok({ all: [...there, ...gone].sort(), there: listed.value, gone });
}

/** What is remembered from when a release is active on: a repository that is gone, as long as a rule gives access to it. */
export function seenUnder(release: Release, { there, gone }: KnownRepositories, now: Time): SeenRepositories {
  const rules = accessRules(release, now);
  return { there, forgotten: gone.filter((name) => rules.inRepository(name).given.size === 0) };
}

/** Remembers the repositories that are there, and forgets others. */
export async function keepRepositories(store: Store, { there, forgotten }: SeenRepositories): Promise<void> {
  const known = new Set(await rememberedIn(store));
  const added = there.filter((name) => !known.has(name)).map((name) => ({ name }));
  for (let i = 0; i < added.length; i += namesInARow)
    await store
      .insertInto("repositories")
      .values(added.slice(i, i + namesInARow))
      .execute();
  for (let i = 0; i < forgotten.length; i += namesInARow)
    await store
      .deleteFrom("repositories")
      .where("name", "in", forgotten.slice(i, i + namesInARow))
      .execute();
}

async function rememberedIn(store: Store): Promise<string[]> {
  return (await store.selectFrom("repositories").select("name").execute()).map(({ name }) => name);
}
