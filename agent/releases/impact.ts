/** What a release would change for the people and repositories that are here, and who has access now. */
import type { AccessDump, Impact, ImpactRequest } from "../../api/contract.ts";
import { checkEnvironment } from "../../model/check/environment.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { groupIndex } from "../../model/groups.ts";
import { type Release, toEnvironment } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { withTaken } from "../../policy/break-glass.ts";
import { accessChanges, accessList, type Side } from "../../policy/impact.ts";
import { endedRules, nearMisses, unmatchedPatterns, unsentGroups } from "../../policy/ineffective.ts";
import { emptiedRules, idleConstraints, writerless } from "../../policy/losses.ts";
import type { Resources } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { shownChanges } from "../../policy/shown.ts";
import { withoutTwins } from "../../policy/twin.ts";
import { describeDoubt } from "../../report/clock.ts";
import { forbiddenDestinations } from "../alerts/permitted.ts";
import { forbiddenEgress } from "../authentication/egress.ts";
import { allowsEgress, type HostRules } from "../config.ts";
import { Directory } from "../directory/directory.ts";
import { acceptedOver, untrustedCode } from "./altered.ts";
import { whyUnapproved } from "./approved.ts";
import { type Compared, judge, type Step } from "./bounds.ts";
import type { UnknownAccess } from "./evaluator.ts";
import { type KnownRepositories, knownRepositories } from "./known-repositories.ts";
import { holdsUnder } from "./open-holds.ts";
import type { Runtime } from "./runtime.ts";
import { forbiddenReferences } from "./secrets.ts";
import { sideOf, sidesOf } from "./sides.ts";
import type { Surroundings } from "./surroundings.ts";
import { unsupportedParts } from "./unsupported.ts";

const nowhere: KnownRepositories = { all: [], there: [], gone: [] };

/** What a release, or none, would change, and whether its bounds let it, and what was approved. */
export async function impactOf(
  surroundings: Surroundings,
  { release, accept, approval }: ImpactRequest,
): Promise<Impact> {
  const { now } = surroundings;
  const { before, after, repositories, exists, told } = await foretell(surroundings, release, accept);
  // of one that would be refused in any case, nobody knows what it does
  const unapproved =
    release &&
    approval &&
    told.failures.length === 0 &&
    (await whyUnapproved(surroundings, approval, { release, before, after, repositories, exists }));
  const changes = accessChanges(before, after, repositories, now);
  const changed = new Set(changes.map(({ repository }) => repository));
  return {
    ...told,
    ...(unapproved && { failures: [unapproved.detail, ...unapproved.problems] }),
    changes: shownChanges(changes, after.population, exists),
    gone: told.gone.filter((repository) => changed.has(repository)),
  };
}

/** What an impact is made of. */
export interface Foretold extends Pick<Step, "before" | "after" | "repositories"> {
  readonly people: Resources;
  /** Whether there is an account of the name already. */
  readonly exists: (account: string) => boolean;
  /** All of it but who changes where; with every repository that is gone. */
  readonly told: Omit<Impact, "changes">;
}

/**
 * Judges a release, or none, for everybody who is here.
 *
 * @param compared what it is compared with, in place of what is active
 */
export async function foretell(
  surroundings: Surroundings,
  release: Release | null,
  accept?: Accept,
  compared?: Compared,
): Promise<Foretold> {
  const { store, active, host, now, clock } = surroundings;
  const present = compared ?? active;
  const directory = new Directory(store);
  const accepted = release ? acceptedOver(surroundings, release, accept) : ok(undefined);
  const problems = release
    ? [...releaseProblems(host, release), ...forbiddenReferences(host, release)]
    : preventsItsEnd(active);
  const doubts = release && clock.inDoubt ? [describeDoubt(now, clock.system)] : [];
  const people = await directory.everything();
  const old = present?.program ?? null;
  const invalid = release !== null && problems.length > 0;
  const [before, after] = sidesOf(people, old, invalid ? old : release && compileRelease(release));
  const listed = await knownRepositories(store, host);
  const { all: repositories, there, gone } = listed.ok ? listed.value : nowhere;
  const groups = await directory.groups.all();
  const exists = (account: string) => people.owners.has(account) || before.population.accounts.has(account);
  const step = { before, after, repositories, present, release, now };
  const told = {
    ...judge({ ...step, accept: accepted.ok ? accepted.value : undefined }),
    gone: [...gone].sort(),
    ...(!listed.ok && { unlisted: true as const }),
    withheld: after.population.withheld.map(({ account, ...rest }) => ({
      ...rest,
      ...(exists(account) && { account }),
    })),
    failures: [
      ...doubts,
      ...problems,
      ...(accepted.ok ? [] : [accepted.error]),
      ...after.population.failures,
      ...(listed.ok ? [] : listed.error),
    ],
    unmatched: release && listed.ok ? unmatchedPatterns(release, there) : [],
    unsent: release
      ? unsentGroups(release, groups, (connector) =>
          Object.hasOwn(active?.active.release.connectors ?? {}, connector),
        )
      : [],
    ended: release ? endedRules(release, now) : [],
    nearMisses: release ? nearMisses(groupIndex(release.connectors), groups) : [],
    // that nobody has anything is all that there is to say of no release
    writerless: release ? writerless(before, after, repositories, now) : [],
    emptied: release ? emptiedRules(before, after, now) : [],
    idle: release ? idleConstraints(before, after, now) : [],
    holds: release ? await holdsUnder(store, release) : [],
  };
  return { people, before, after, repositories, exists, told };
}

/** Who may do what where right now, in a canonical order: equal for equal releases and resources. */
export async function dumpAccess({
  store,
  active,
  untrusted,
  host,
  now,
}: Surroundings): Promise<Result<AccessDump, UnknownAccess>> {
  if (untrusted) {
    const detail = `${untrusted.detail}: the access file goes on with what it holds`;
    return fail({ code: untrustedCode(untrusted), detail, problems: [] });
  }
  const repositories = await knownRepositories(store, host);
  if (!repositories.ok)
    return fail({
      code: "repositoriesUnreadable",
      detail: "repositories cannot be listed",
      problems: repositories.error,
    });
  const directory = new Directory(store);
  const given = sideOf(await directory.everything(), active?.program ?? null);
  const taken = active ? (await directory.breakGlass.all()).filter(({ until }) => until > now) : [];
  const held = await directory.suspended.all();
  const isSuspended = ({ user }: { readonly user: string }) => held.has(user);
  const accounts = [...given.population.accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return ok({
    environment: host.environment,
    digest: active?.active.digest ?? null,
    accounts: accounts.map(({ name, connector, user, email, groups }) => ({
      account: name,
      connector,
      user,
      ...(email === undefined ? {} : { email }),
      groups: withoutTwins(groups).sort(),
    })),
    access: accessList(enforced(given, taken, isSuspended), repositories.value.all, now),
    ...(taken.length > 0 && {
      breakGlass: taken.map(({ account, repository, right, permission, until }) => ({
        ...{ account, repository, right, permission, until },
      })),
    }),
    ...(accounts.some(isSuspended) && { suspended: accounts.filter(isSuspended).map(({ name }) => name) }),
  });
}

/** What a side gives once rights that were taken and suspensions are counted in. */
function enforced(
  { release, population }: Side,
  taken: Parameters<typeof withTaken>[1],
  isSuspended: (account: { readonly user: string }) => boolean,
): Side {
  const accounts = new Map([...population.accounts].filter(([, account]) => !isSuspended(account)));
  return {
    release: { permissions: withTaken(release.permissions, taken) },
    population: { ...population, accounts },
  };
}

/** The same checks as at validation: a release can come from elsewhere than an environment file. */
export function releaseProblems(host: HostRules, release: Release): string[] {
  if (release.environment !== host.environment)
    return [`it is a release of environment "${release.environment}" (expected "${host.environment}")`];
  return [
    ...environmentProblems(release),
    ...unsupportedParts(release).map((part) => `${part}: this agent does not act on it yet`),
    ...forbiddenEgress(host, release),
    ...forbiddenDestinations(host, release, (url) => allowsEgress(host, url)),
  ];
}

/** What validation would say of a release, each with its entry. */
export function environmentProblems(release: Release): string[] {
  const locate = (path: readonly PropertyKey[]) => ({ file: path.join("."), line: 0, column: 0 });
  return checkEnvironment(toEnvironment(release), locate).map(({ at, message }) => `${at.file}: ${message}`);
}

/** Why the active release cannot be ended, if it cannot. */
export function preventsItsEnd(present: Runtime | null): string[] {
  if (present?.active.release.settings.delivery.destroy !== "prevent") return [];
  return ["delivery.destroy of the active release is prevent (expected a deploy with allow before)"];
}
