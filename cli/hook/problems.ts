/** What is wrong with the environments here: as `validate` and `test` tell it, and where agents are asked, as a review does. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { environmentsFolder, loadEnvironments, problemsOf } from "../environments.ts";
import { problemText } from "../problems/text.ts";
import { playedTests } from "../review/tests.ts";

/** Each problem as lines for a person; none where all is in order. */
export async function problemsHere(ask: boolean): Promise<readonly string[]> {
  const loaded = await loadEnvironments([]);
  const problems = problemsOf(loaded);
  if (problems.length > 0) return [(await problemText(problems)).trimEnd()];
  const environments = loaded.flatMap((one) => (one.ok ? [one.value] : []));
  if (environments.length === 0)
    return [`${environmentsFolder()}: no environment in it (expected one in each .yaml file)`];
  const told = new Set<string>();
  for (const environment of environments) {
    const { failed, broken } = await playedTests(environment);
    for (const text of broken) told.add(text);
    for (const { name, differences } of failed)
      for (const one of differences) told.add(`${one} (policy test "${name}" in ${environment.name})`);
    if (ask) for (const text of await refusedBy(environment)) told.add(text);
  }
  return [...told];
}

/** Why the agent of an environment would refuse it; nobody asks where it is delivered by a command. */
async function refusedBy(environment: LoadedEnvironment): Promise<readonly string[]> {
  if (!environment.release.settings.delivery.agent) return [];
  const { gatherReview } = await import("../review/gather.ts");
  const { name } = environment;
  const report = await gatherReview(environment, { base: "active", offline: false, linkTo: () => null });
  if (!report.ok) return [`${name}: its agent does not say what this does: ${report.error.join(" ")}`];
  return report.value.refused.map((reason) => `${name}: ${reason}`);
}
