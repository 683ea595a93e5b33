/** Whether plan files and states name people: a setting of the machine, since whoever reads those there is not the repository's to say. */

export type ImpactDetail = "names" | "counts";

/**
 * What HGSCIM_IMPACT says; `names` where it says nothing.
 *
 * @throws {Error} for any other word: a misspelt `counts` must not name people
 */
export function impactDetail({ HGSCIM_IMPACT: detail }: NodeJS.ProcessEnv = process.env): ImpactDetail {
  if (!detail || detail === "names") return "names";
  if (detail === "counts") return "counts";
  throw new Error(`HGSCIM_IMPACT is ${JSON.stringify(detail)} (expected names or counts)`);
}
