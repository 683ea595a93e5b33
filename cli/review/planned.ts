/** The review of the moment of a plan: of what is active then, and of nothing that came after. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { fail, type Result } from "../../model/result.ts";
import type { ReviewReport } from "../../report/review/report.ts";
import { gatherReview } from "./gather.ts";
import { linksOf } from "./links.ts";

/**
 * The report, or lines for a person that say why there is none.
 *
 * @param from the digest that the plan starts from, where the plan says it
 */
export async function reviewOfPlan(
  environment: LoadedEnvironment,
  from: string | null | undefined,
): Promise<Result<ReviewReport, readonly string[]>> {
  const report = await gatherReview(environment, {
    base: "active",
    offline: false,
    linkTo: linksOf(undefined),
  });
  if (report.ok && from !== undefined && report.value.digests.base !== from)
    return fail(["Another release became active while this was planned (expected none): plan again."]);
  return report;
}
