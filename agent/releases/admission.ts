/** Whether a release may become active, and what becomes of everybody then: the part of an activation that takes long. */
import type { Accept } from "../../model/environment/bounds.ts";
import type { Release } from "../../model/release.ts";
import { compileRelease } from "../../policy/program.ts";
import { Directory } from "../directory/directory.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import { judge } from "./bounds.ts";
import type { Admission } from "./evaluator.ts";
import { releaseProblems, sideOf } from "./impact.ts";
import type { Surroundings } from "./surroundings.ts";

/** Judges a release for everybody who is here. It is plain data, so that another thread can do it. */
export async function admissionOf(
  { store, active: present, host, now }: Surroundings,
  release: Release,
  accept: Accept | undefined,
): Promise<Admission> {
  const problems = releaseProblems(host, release);
  if (problems.length > 0) return { kind: "invalid", problems };
  const people = await new Directory(store).everything();
  const before = sideOf(people, present?.program ?? null);
  const after = sideOf(people, compileRelease(release));
  const repositories = await listRepositories(host.repositories);
  if (!repositories.ok) return { kind: "unlisted", problems: repositories.error };
  const verdict = judge({ before, after, repositories: repositories.value, present, release, accept, now });
  return { kind: "judged", population: after.population, verdict };
}
