/** All that is known of a release, for whoever reviews it: files, agent, tests, the environment before. */
import { dirname } from "node:path";
import type { AdminError } from "../../api/error.ts";
import type { LoadedEnvironment } from "../../model/load.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { type ImpactDetail, impactDetail } from "../../provider/impact-detail.ts";
import { promotionGate } from "../../provider/promotion.ts";
import { reviewReport } from "../../report/review/build.ts";
import type { ReviewedPromotion, ReviewReport } from "../../report/review/report.ts";
import { askAgent } from "./ask.ts";
import { baseAt } from "./base.ts";
import { type LinkTo, linkFrom } from "./links.ts";
import { playedTests } from "./tests.ts";

export interface WantedReview {
  /** What it is compared with: `active`, a revision, or whatever can be. */
  readonly base: string | undefined;
  /** Nobody is asked. */
  readonly offline: boolean;
  readonly linkTo: LinkTo;
  /** Where the files are those of a merge: the folder of the environments in the checkout, and both revisions. */
  readonly merged?: { readonly folder: string; readonly revision: string } | undefined;
}

/** The report, or lines for a person that say why there is none. */
export async function gatherReview(
  environment: LoadedEnvironment,
  { base, offline, linkTo, merged }: WantedReview,
): Promise<Result<ReviewReport, readonly string[]>> {
  const detail = detailOf();
  if (!detail.ok) return detail;
  const revision = base === "active" ? undefined : base;
  const compared = revision === undefined ? undefined : await baseAt(environment, revision, merged?.folder);
  if (compared && !compared.ok) return compared;
  const [answer, tests, promotion] = await Promise.all([
    offline ? undefined : askAgent(environment, compared?.value.release ?? null),
    playedTests(environment),
    promotionOf(environment, offline),
  ]);
  const { error: unasked } = answer && !answer.ok ? answer : {};
  // what the agent says of the release itself is no reason to do without it
  const mustSay = unasked && (!compared || isAboutRelease(unasked.error));
  if (unasked && mustSay)
    return fail([
      unasked.reason,
      ...unasked.advice,
      ...(compared ? [] : ["With --base <revision> the files are compared, and nobody needs to be asked."]),
    ]);
  const said = answer?.ok ? answer.value : undefined;
  // where there was no such environment, what the agent compares with is what is active
  const atRevision = compared && (compared.value.release || !said) ? compared.value : undefined;
  const { name, file, release, sources, accept } = environment;
  return ok(
    reviewReport({
      environment: name,
      file,
      before: atRevision ?? {
        release: said?.active?.release ?? null,
        sources: said?.active?.origin.sources ?? {},
      },
      after: { release, sources },
      link: linkFrom(dirname(file), linkTo),
      comparedWith: atRevision && base !== undefined ? base : "active",
      revision: atRevision?.revision ?? null,
      absentAt: compared && !atRevision ? compared.value.revision : null,
      merged: merged?.revision ?? null,
      accept,
      answer: said
        ? { review: said.review, held: said.held }
        : { unnamed: unasked?.reason ?? "nobody was asked (--offline)" },
      tests,
      promotion,
      named: detail.value === "names",
    }),
  );
}

/** Whether people are named, as the machine says. */
function detailOf(): Result<ImpactDetail, readonly string[]> {
  try {
    return ok(impactDetail());
  } catch (error) {
    return fail([(error as Error).message]);
  }
}

/** Whether the agent judged the question; one of before there were reviews knows of none (404). */
function isAboutRelease(error: AdminError | undefined): boolean {
  return error?.kind === "refused" && error.status !== 404;
}

/** What `promote` of the environment asks, and whether it is so. */
async function promotionOf(
  { release, sources }: LoadedEnvironment,
  offline: boolean,
): Promise<ReviewedPromotion | null> {
  const { promote } = release.settings;
  if (!promote) return null;
  const { from, soak } = promote;
  if (offline) return { from, soak, obstacle: null };
  const obstacles = await promotionGate(release, sources);
  return {
    from,
    soak,
    obstacle: obstacles.flatMap(({ summary, detail = "" }) => [
      summary,
      ...detail
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    ]),
  };
}
