/** A release becomes active, whole or not at all; or the active one ends. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { GivenApproval, KeptApproval } from "../../api/approval.ts";
import type { ReleaseCode } from "../../api/codes.ts";
import type { Activation, ActiveRelease } from "../../api/contract.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Population } from "../../policy/population.ts";
import { parseSshKeys } from "../../policy/ssh-key.ts";
import { boundsAdvice, boundsProblems, exceedsBounds } from "../../report/bounds.ts";
import { describeDoubt } from "../../report/clock.ts";
import { unusableAlertSecrets } from "../alerts/permitted.ts";
import { noteTokens, sortSeenTokens } from "../authentication/first-seen.ts";
import { allowsEgress } from "../config.ts";
import { Directory } from "../directory/directory.ts";
import { acceptRestored } from "../store/restored.ts";
import { admissionOf } from "./admission.ts";
import { untrustedCode } from "./altered.ts";
import { Archive } from "./archive.ts";
import type { BoundsVerdict } from "./bounds.ts";
import { lostTokens } from "./entrance.ts";
import { type Admissible, type Admission, settingOf, type TookTooLong } from "./evaluator.ts";
import { preventsItsEnd } from "./impact.ts";
import { keepRepositories } from "./known-repositories.ts";
import { makeRuntime, type Runtime } from "./runtime.ts";
import { missingSecrets, resolveSecrets } from "./secrets.ts";
import type { Surroundings } from "./surroundings.ts";
import { keepVerification } from "./verified.ts";

/** The release that the sender believes to be active: its digest, or null when it believes that none is. */
export type Expected = string | null;

export interface RefusedActivation {
  readonly code: ReleaseCode;
  readonly detail: string;
  readonly problems: readonly string[];
  /** The bounds that are exceeded. */
  readonly rules: readonly string[];
}

export interface Activated {
  readonly runtime: Runtime;
  readonly verdict: BoundsVerdict;
}

/**
 * Makes a release the active one, on the condition that the expected one still is and that no bound is exceeded that was
 * not accepted. One transaction holds the conditions, the accounts and the history together.
 */
export async function activate(
  surroundings: Surroundings,
  { release, origin, accept, approval }: Activation,
  expected: Expected,
  by: string,
): Promise<Result<Activated, RefusedActivation>> {
  const { store, untrusted, host, now, clock } = surroundings;
  const unjudged = refusedUnjudged(surroundings, expected);
  if (unjudged) return fail(unjudged);
  const asked = await admit(surroundings, { release, accept, approval: approval?.line });
  if (!asked.ok) return refuse(asked.error.code, asked.error.detail);
  const admission = asked.value;
  if (admission.kind === "invalid")
    return refuse("releaseInvalid", "the release is not valid", admission.problems);
  if (admission.kind === "overAltered") return refuse(untrustedCode(untrusted ?? {}), admission.detail);
  if (admission.kind === "unlisted")
    return refuse(
      "repositoriesUnreadable",
      "repositories cannot be listed, so nobody can say who loses access",
      admission.problems,
    );
  if (admission.kind === "unapproved") return refuse(admission.code, admission.detail, admission.problems);
  const resolved = surroundings.secrets ?? (await resolveSecrets(surroundings, release));
  const { secrets } = resolved;
  const missing = [...missingSecrets(resolved), ...(await lostTokens(resolved, { store, release, now }))];
  if (missing.length > 0) return refuse("secretUnresolved", "secrets cannot be resolved", missing);
  const { usable, problems: unusable } = await sortSeenTokens(store, host, release, secrets);
  const wrong = [...unusable, ...unusableAlertSecrets(release, secrets, (url) => allowsEgress(host, url))];
  if (wrong.length > 0) return refuse("secretUnusable", "secrets cannot be used", wrong);

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
  const runtime = makeRuntime(active, await noteTokens(store, release, usable, now));
  const { population, verdict, repositories } = admission;
  if (population.failures.length > 0)
    return refuse("peopleDoNotFit", "the release does not fit the users that are here", population.failures);
  if (exceedsBounds(verdict))
    return fail({
      code: "beyondBounds",
      detail: "the release goes beyond the bounds",
      problems: [...boundsProblems(verdict, accept), boundsAdvice(verdict)],
      rules: verdict.excesses.map(({ bound }) => `bounds.${bound}`),
    });
  await moveAccounts(new Directory(store), population, now);
  await keepRepositories(store, repositories);
  await new Archive(store).add(active, clock.measured, approval && keptOf(approval));
  await acceptRestored(store);
  await keepVerification(store, "pending");
  return ok({ runtime, verdict });
}

/** What is remembered of what an activation was held to. */
export function keptOf({ line, by }: GivenApproval): KeptApproval {
  return { effect: line.effect, ...(by !== undefined && { by }) };
}

/** Why a release is refused that nobody needs to judge. */
export function refusedUnjudged(
  { active, now, clock }: Surroundings,
  expected: Expected,
): RefusedActivation | undefined {
  const moved = movedProblem(active, expected);
  if (moved || !clock.inDoubt) return moved;
  return { code: "clockInDoubt", detail: describeDoubt(now, clock.system), problems: [], rules: [] };
}

/**
 * Judges the release for everybody, unless it is judged. Within a transaction, the store has only been read since that began, so that a thread
 * sees the same.
 *
 * @param spent of the time that it may take
 */
export async function admit(
  surroundings: Surroundings,
  admissible: Admissible,
  spent?: Milliseconds,
): Promise<Result<Admission, TookTooLong>> {
  const { evaluation, admission } = surroundings;
  if (admission) return admission;
  return evaluation
    ? evaluation.ask("admission", admissible, settingOf(surroundings), spent)
    : ok(await admissionOf(surroundings, admissible));
}

/**
 * Ends the active release: from then on nobody has access. No bound holds that, since it is what it is for; instead
 * the active release itself must allow it, so that it takes a reviewed deploy before.
 *
 * @returns the release that has ended
 */
export async function deactivate(
  { store, active: present, now, clock }: Surroundings,
  expected: Expected,
  by: string,
): Promise<Result<Runtime, RefusedActivation>> {
  if (!present) return refuse("noRelease", "no release is active");
  const moved = movedProblem(present, expected);
  if (moved) return fail(moved);
  const prevented = preventsItsEnd(present);
  if (prevented.length > 0)
    return refuse("endPrevented", "the active release does not let itself be ended", prevented);
  await new Directory(store).users.giveAccounts(new Map());
  await new Archive(store).end(now, by, clock.measured);
  await keepVerification(store, "pending");
  return ok(present);
}

/** Why a release that is sent on a condition does not come in time. */
export function movedProblem(present: Runtime | null, expected: Expected): RefusedActivation | undefined {
  const active = present?.active.digest ?? null;
  if (active === expected) return undefined;
  return {
    code: "releaseMoved",
    detail: `the active release is ${active ?? "none"}, not ${expected ?? "none"}: somebody changed it meanwhile`,
    problems: [],
    rules: [],
  };
}

/** Gives every user the account that the release makes of it, or withholds it, and each new account its owner. */
export async function moveAccounts(
  { users, owners, sshKeys }: Directory,
  { accounts, withheld, speaks }: Population,
  since: Time,
): Promise<void> {
  const all = [...accounts.values()];
  const given = new Map(all.map(({ user, name }) => [user, name]));
  // each step looks at everybody, and others have their turn in between
  await nextTurn();
  await users.giveAccounts(given);
  await nextTurn();
  const waiting = new Map(withheld.map(({ user, account }) => [user, account]));
  // by what they own: while no release was active, nobody had an account
  const owning = new Set((await owners.all()).map(({ user_id }) => user_id));
  await users.lapse([...owning].filter((user) => !given.has(user) && !waiting.has(user)));
  await users.withhold(waiting, since);
  await users.speak(speaks ?? new Map());
  await nextTurn();
  await owners.putAll(
    all.map(({ name, connector, user, proven }) => ({
      account: name,
      connector,
      user_id: user,
      external_id: proven,
      since,
    })),
  );
  // in the order of the users: of two that send one key, the one who came first has it
  for (const { name, user, keys = [] } of all)
    if (keys.length > 0) await sshKeys.ask(name, user, parseSshKeys(keys).keys);
}

function refuse(
  code: ReleaseCode,
  detail: string,
  problems: readonly string[] = [],
): Result<never, RefusedActivation> {
  return fail({ code, detail, problems, rules: [] });
}
