/** Whether a release is what was approved: it, over the same one, in this store, and with no more for anybody than was said then. */
import type { Review } from "../../api/contract.ts";
import type { Approval } from "../../model/approval.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Release } from "../../model/release.ts";
import { effectOf, renamed } from "../../policy/effect.ts";
import { beyondNamed, effectOverTime, type TimedEffect } from "../../policy/named-effect.ts";
import { shownAccount } from "../../policy/shown.ts";
import { describeBeyond } from "../../report/approval.ts";
import { isoTime } from "../../report/time.ts";
import { lineageOf } from "../store/lineage.ts";
import { untrustedCode } from "./altered.ts";
import type { Step } from "./bounds.ts";
import type { Unapproved } from "./evaluator.ts";
import { ReviewedEffects } from "./reviewed-effects.ts";
import type { Runtime } from "./runtime.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the release does, to everybody who is here. */
export interface Projected extends Pick<Step, "before" | "after" | "repositories"> {
  readonly release: Release;
  /** Whether there is an account of the name already. */
  readonly exists: (account: string) => boolean;
}

/** What of it is not what was approved; nothing where it is. */
export async function whyUnapproved(
  surroundings: Surroundings,
  approval: Approval,
  proposed: Projected,
): Promise<Unapproved | undefined> {
  const { store, active, untrusted, host, now } = surroundings;
  const { environment, release: approved, base, lineage } = approval;
  const not = (code: Unapproved["code"], detail: string, problems: readonly string[] = []) => ({
    code,
    detail,
    problems,
  });
  if (environment !== host.environment)
    return not(
      "approvalElsewhere",
      `this approval is of the environment ${environment}, and this is the agent of ${host.environment}`,
    );
  const { release: digest } = digestsOf(proposed.release as ReleaseData);
  if (digest !== approved)
    return not("approvalOtherRelease", `this is release ${digest}, and ${approved} was approved`);
  // it was let through, and takes and gives nothing: it comes again to have the access file made anew
  if (active?.active.digest === digest) return undefined;
  if (untrusted)
    return not(
      untrustedCode(untrusted),
      `${untrusted.detail}: no approval holds until a release was activated without one`,
    );
  if (lineage !== (await lineageOf(store)))
    return not(
      "approvalElsewhere",
      `this approval is of another agent of ${environment}, or of this one from before its store was accepted as a copy`,
    );
  if (base !== (active?.active.digest ?? null)) return not("approvalOtherBase", describeMoved(base, active));
  const named = await new ReviewedEffects(store).find(
    { release: digest, base, digest: approval.effect },
    now,
  );
  if (!named)
    return not(
      "approvalUnknown",
      `this agent keeps no review of this release with the effect ${approval.effect}`,
    );
  const beyond = beyondNamed(named, effectsOf(surroundings, proposed), now);
  if (beyond.length === 0) return undefined;
  const { summary, lines } = describeBeyond(beyond);
  return not("approvalExceeded", summary, lines);
}

/**
 * All that a release does, at once and later, with accounts as whoever asks may know them.
 *
 * @param atOnce what it does at once, where that is known already
 */
export function effectsOf(
  { now }: Pick<Surroundings, "now">,
  { before, after, repositories, exists }: Omit<Projected, "release">,
  atOnce?: Review["effect"],
): TimedEffect[] {
  const shown = (account: string) => shownAccount(account, after.population, exists);
  const first = atOnce ?? renamed(effectOf(before, after, repositories, now), shown);
  return effectOverTime(first, { before, after, repositories, now }, shown);
}

function describeMoved(base: string | null, active: Runtime | null): string {
  const reviewed =
    base === null ? "it was reviewed while no release was active" : `it was reviewed over ${base}`;
  if (!active) return `${reviewed}, and no release is active`;
  const { digest, activatedAt, activatedBy } = active.active;
  return `${reviewed}, and ${digest} is active since ${isoTime(activatedAt)}, by ${activatedBy}`;
}
