/** Releases: what a new one would change, and its activation, whole or not at all. */
import type { AccessDump, Activation, ActiveRelease, History, Impact } from "../../api/contract.ts";
import { canonicalJson } from "../../model/canonical.ts";
import { checkEnvironment } from "../../model/check.ts";
import { type Digests, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { Release, toEnvironment } from "../../model/release.ts";
import { accessChanges, accessList, type Side } from "../../policy/impact.ts";
import { populate } from "../../policy/population.ts";
import { compileRelease, type Program } from "../../policy/program.ts";
import type { AgentConfig } from "../config.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import { makeRuntime, type Runtime, resolveSecrets } from "../runtime.ts";
import type { Store } from "../store/schema.ts";
import { accessSnapshot, readDirectory } from "./snapshot.ts";
import type { RefusedWrite, WriteEffect, WriteResult } from "./write.ts";

/** The release that the sender believes to be active: its digest, or null when it believes that none is. */
export type Expected = string | null;

export interface RefusedActivation extends RefusedWrite {
  readonly problems: readonly string[];
}

type Refused = { readonly ok: false; readonly error: RefusedActivation };

/**
 * Makes a release the active one, on the condition that the expected one still is. Runs inside a write: its
 * transaction holds the condition, the accounts, the history and the audit together.
 */
export async function activate(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
  { release, origin }: Activation,
  expected: Expected,
  by: string,
  take: (runtime: Runtime) => void,
): Promise<WriteResult<WriteEffect<ActiveRelease>, RefusedActivation>> {
  const moved = checkExpected(present, expected);
  if (moved) return moved;
  const problems = validate(config, release);
  if (problems.length > 0) return refuse(422, "the release is not valid", problems);
  const { secrets, failures: missing } = await resolveSecrets(config, release);
  if (missing.length > 0) return refuse(422, "secrets cannot be resolved", missing);

  const digests = digestsOf(release as ReleaseData);
  const active: ActiveRelease = {
    release,
    digest: digests.release,
    policyDigest: digests.policy,
    bindingsDigest: digests.bindings,
    activatedAt: Date.now(),
    activatedBy: by,
    origin,
  };
  const runtime = makeRuntime(active, secrets);
  const failures = await moveAccounts(store, runtime.program, active.activatedAt);
  if (failures.length > 0) return refuse(422, "the release does not fit the users that are here", failures);
  await remember(store, active, digests);
  return {
    ok: true,
    value: {
      value: active,
      status: 200,
      detail: `release ${digests.release}, policy ${digests.policy}${origin.author ? `, by ${origin.author}` : ""}${origin.revision ? `, revision ${origin.revision}` : ""}`,
      target: digests.release,
      access: await accessSnapshot(store, runtime),
      committed: () => take(runtime),
    },
  };
}

/** Ends the active release: from then on nobody has access. */
export async function deactivate(
  store: Store,
  present: Runtime | null,
  expected: Expected,
  by: string,
  take: (runtime: null) => void,
): Promise<WriteResult<WriteEffect<null>, RefusedActivation>> {
  if (!present) return refuse(404, "no release is active");
  const moved = checkExpected(present, expected);
  if (moved) return moved;
  await store.updateTable("users").set({ account: null }).where("account", "is not", null).execute();
  await store
    .insertInto("activations")
    .values({ digest: null, at: Date.now(), by, origin: canonicalJson({ sources: {} }) })
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

/** What a release, or none, would change for the people and repositories that are here. */
export async function impactOf(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
  release: Release | null,
): Promise<Impact> {
  const problems = release ? validate(config, release) : [];
  const before = await sideOf(store, present?.program ?? null);
  const after = problems.length > 0 ? before : await sideOf(store, release ? compileRelease(release) : null);
  const repositories = await listRepositories(config.repositories);
  return {
    from: present?.active.digest ?? null,
    accounts: before.population.accounts.size,
    changes: accessChanges(before, after, repositories),
    failures: [...problems, ...after.population.failures],
  };
}

/** Who may do what where right now, in a canonical order: equal for equal releases and resources. */
export async function dumpAccess(
  store: Store,
  present: Runtime | null,
  config: AgentConfig,
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
    access: accessList(side, await listRepositories(config.repositories)),
  };
}

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
  return checkEnvironment(toEnvironment(release), locate).map(({ at, message }) => `${at.file}: ${message}`);
}

/** Gives every user the account that the release makes of it, and each new account its owner. */
async function moveAccounts(store: Store, program: Program, now: number): Promise<readonly string[]> {
  const directory = await readDirectory(store);
  const { accounts, failures } = populate(program, directory);
  if (failures.length > 0) return failures;
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
  for (const { name, connector, user } of accounts.values())
    if (!directory.owners.has(name))
      await store
        .insertInto("owners")
        .values({ account: name, connector, user_id: user, since: now })
        .execute();
  return [];
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
  return {
    ok: false,
    error: {
      status,
      detail: problems.length > 0 ? `${detail}: ${problems.slice(0, 5).join("; ")}` : detail,
      problems,
    },
  };
}
