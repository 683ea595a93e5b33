/** Releases: what a new one would change, and its activation, whole or not at all. */

import type { AccessDump, Activation, ActiveRelease, Impact } from "../../api/contract.ts";
import { canonicalJson } from "../../model/canonical.ts";
import { checkEnvironment } from "../../model/check/environment.ts";
import { type Digests, digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { type Release, toEnvironment } from "../../model/release.ts";
import { accessChanges, accessList, type Side } from "../../policy/impact.ts";
import { endedRules, unmatchedPatterns } from "../../policy/ineffective.ts";
import { type Population, populate } from "../../policy/population.ts";
import { compileRelease, type Program } from "../../policy/program.ts";
import { boundsAdvice, boundsProblems, exceedsBounds } from "../../report/bounds.ts";
import { describeActivation } from "../../report/release.ts";
import { forbiddenEgress } from "../authentication/egress.ts";
import { noteTokens, unusableTokens } from "../authentication/first-seen.ts";
import type { AgentConfig } from "../config.ts";
import { accessSnapshot, readDirectory } from "../directory/snapshot.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import type { RefusedWrite, WriteEffect, WriteResult } from "../operations/writer.ts";
import type { Store } from "../store/schema.ts";
import { judge } from "./bounds.ts";
import { forbiddenReferences, makeRuntime, type Runtime, resolveSecrets } from "./runtime.ts";
import { unsupportedParts } from "./unsupported.ts";

/** The release that the sender believes to be active: its digest, or null when it believes that none is. */
export type Expected = string | null;

export interface RefusedActivation extends RefusedWrite {
  readonly problems: readonly string[];
}

type Refused = { readonly ok: false; readonly error: RefusedActivation };

/**
 * Makes a release the active one, on the condition that the expected one still is and that no bound is exceeded that was
 * not accepted. Runs inside a write: its transaction holds the conditions, the accounts, the history and the audit
 * together.
 */
export async function activate(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
  { release, origin, accept }: Activation,
  expected: Expected,
  by: string,
  now: number,
  take: (runtime: Runtime) => void,
): Promise<WriteResult<WriteEffect<ActiveRelease>, RefusedActivation>> {
  const moved = checkExpected(present, expected);
  if (moved) return moved;
  const problems = validate(config, release);
  if (problems.length > 0) return refuse(422, "the release is not valid", problems);
  const { secrets, failures: missing } = await resolveSecrets(config, release);
  if (missing.length > 0) return refuse(422, "secrets cannot be resolved", missing);
  const unusable = unusableTokens(release, secrets);
  if (unusable.length > 0) return refuse(422, "secrets cannot be used", unusable);

  const digests = digestsOf(release as ReleaseData);
  const active: ActiveRelease = {
    release,
    digest: digests.release,
    policyDigest: digests.policy,
    bindingsDigest: digests.bindings,
    activatedAt: now,
    activatedBy: by,
    origin,
  };
  const runtime = makeRuntime(active, await noteTokens(store, release, secrets, now));
  const before = await sideOf(store, present?.program ?? null);
  const after = await sideOf(store, runtime.program);
  const { failures } = after.population;
  if (failures.length > 0) return refuse(422, "the release does not fit the users that are here", failures);
  const repositories = await listRepositories(config.repositories);
  const verdict = judge({ before, after, repositories, present, release, accept, now });
  if (exceedsBounds(verdict))
    return refuse(409, "the release goes beyond the bounds", [
      ...boundsProblems(verdict, accept),
      boundsAdvice(verdict),
    ]);
  await moveAccounts(store, after.population, active.activatedAt);
  await remember(store, active, digests);
  return {
    ok: true,
    value: {
      value: active,
      status: 200,
      detail: describeActivation(active, verdict),
      target: digests.release,
      access: await accessSnapshot(store, runtime),
      committed: () => take(runtime),
    },
  };
}

/**
 * Ends the active release: from then on nobody has access. No bound holds that, since it is what it is for; instead
 * the active release itself must allow it, so that it takes a reviewed deploy before.
 */
export async function deactivate(
  store: Store,
  present: Runtime | null,
  expected: Expected,
  by: string,
  now: number,
  take: (runtime: null) => void,
): Promise<WriteResult<WriteEffect<null>, RefusedActivation>> {
  if (!present) return refuse(404, "no release is active");
  const moved = checkExpected(present, expected);
  if (moved) return moved;
  const prevented = preventsItsEnd(present);
  if (prevented.length > 0) return refuse(409, "the active release does not let itself be ended", prevented);
  await store.updateTable("users").set({ account: null }).where("account", "is not", null).execute();
  await store
    .insertInto("activations")
    .values({ digest: null, at: now, by, origin: canonicalJson({ sources: {} }) })
    .execute();
  return {
    ok: true,
    value: {
      value: null,
      status: 204,
      detail: `release ${present.active.digest} ends: nobody has access`,
      target: present.active.digest,
      access: await accessSnapshot(store, null),
      committed: () => take(null),
    },
  };
}

/** What a release, or none, would change for the people and repositories that are here, and whether its bounds let it. */
export async function impactOf(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
  release: Release | null,
  now: number,
  accept?: Accept,
): Promise<Impact> {
  const problems = release
    ? [...validate(config, release), ...forbiddenReferences(config, release)]
    : preventsItsEnd(present);
  const before = await sideOf(store, present?.program ?? null);
  const invalid = release !== null && problems.length > 0;
  const after = invalid ? before : await sideOf(store, release ? compileRelease(release) : null);
  const repositories = await listRepositories(config.repositories);
  return {
    ...judge({ before, after, repositories, present, release, accept, now }),
    changes: accessChanges(before, after, repositories, now),
    failures: [...problems, ...after.population.failures],
    unmatched: release ? unmatchedPatterns(release, repositories) : [],
    ended: release ? endedRules(release, now) : [],
  };
}

/** Who may do what where right now, in a canonical order: equal for equal releases and resources. */
export async function dumpAccess(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
  now: number,
): Promise<AccessDump> {
  const side = await sideOf(store, present?.program ?? null);
  const accounts = [...side.population.accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    environment: config.environment,
    digest: present?.active.digest ?? null,
    accounts: accounts.map(({ name, connector, user, email, groups }) => ({
      account: name,
      connector,
      user,
      ...(email === undefined ? {} : { email }),
      groups: [...groups].sort(),
    })),
    access: accessList(side, await listRepositories(config.repositories), now),
  };
}

function checkExpected(present: Runtime | null, expected: Expected): Refused | undefined {
  const active = present?.active.digest ?? null;
  if (active === expected) return undefined;
  return refuse(
    412,
    `the active release is ${active ?? "none"}, not ${expected ?? "none"}: somebody changed it meanwhile`,
  );
}

/** The same checks as at validation: a release can come from elsewhere than an environment file. */
function validate(config: AgentConfig, release: Release): string[] {
  if (release.environment !== config.environment)
    return [`it is a release of environment "${release.environment}" (expected "${config.environment}")`];
  const locate = (path: readonly PropertyKey[]) => ({ file: path.join("."), line: 0, column: 0 });
  return [
    ...checkEnvironment(toEnvironment(release), locate).map(({ at, message }) => `${at.file}: ${message}`),
    ...unsupportedParts(release).map((part) => `${part}: this agent does not act on it yet`),
    ...forbiddenEgress(config, release),
  ];
}

/** Why the active release cannot be ended, if it cannot. */
function preventsItsEnd(present: Runtime | null): string[] {
  if (present?.active.release.settings.delivery.destroy !== "prevent") return [];
  return ["delivery.destroy of the active release is prevent (expected a deploy with allow before)"];
}

/** Gives every user the account that the release makes of it, and each new account its owner. */
async function moveAccounts(store: Store, { accounts }: Population, now: number): Promise<void> {
  const wanted = new Map([...accounts.values()].map(({ user, name }) => [user, name]));
  const rows = await store.selectFrom("users").select(["id", "account"]).execute();
  const changed = rows.filter(({ id, account }) => account !== (wanted.get(id) ?? null));
  // all old names go before any new one comes, since two users may change places
  for (const { id, account } of changed)
    if (account !== null)
      await store.updateTable("users").set({ account: null }).where("id", "=", id).execute();
  for (const { id } of changed) {
    const account = wanted.get(id);
    if (account !== undefined)
      await store.updateTable("users").set({ account }).where("id", "=", id).execute();
  }
  const owned = await store.selectFrom("owners").select("account").execute();
  const owners = new Set(owned.map(({ account }) => account));
  for (const { name, connector, user } of accounts.values())
    if (!owners.has(name))
      await store
        .insertInto("owners")
        .values({ account: name, connector, user_id: user, since: now })
        .execute();
}

async function remember(store: Store, active: ActiveRelease, digests: Digests): Promise<void> {
  await store
    .insertInto("releases")
    .values({
      digest: digests.release,
      policy_digest: digests.policy,
      bindings_digest: digests.bindings,
      release: canonicalJson(active.release as ReleaseData),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await store
    .insertInto("activations")
    .values({
      digest: digests.release,
      at: active.activatedAt,
      by: active.activatedBy,
      origin: canonicalJson(active.origin),
    })
    .execute();
}

async function sideOf(store: Store, program: Program | null): Promise<Side> {
  if (!program) return { release: { permissions: {} }, population: { accounts: new Map(), failures: [] } };
  return { release: program.release, population: populate(program, await readDirectory(store)) };
}

function refuse(status: number, detail: string, problems: readonly string[] = []): Refused {
  return { ok: false, error: { status, detail, problems } };
}
