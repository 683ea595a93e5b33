/** Whether a release may become active, and what becomes of everybody then: the part of an activation that takes long. */
import { compileRelease } from "../../policy/program.ts";
import { Directory } from "../directory/directory.ts";
import { newestAudit } from "../store/audit-end.ts";
import { acceptedOver } from "./altered.ts";
import { whyUnapproved } from "./approved.ts";
import { judge } from "./bounds.ts";
import type { Admissible, Admission } from "./evaluator.ts";
import { releaseProblems } from "./impact.ts";
import { knownRepositories, seenUnder } from "./known-repositories.ts";
import { sidesOf } from "./sides.ts";
import type { Surroundings } from "./surroundings.ts";

/** Judges a release for everybody who is here. It is plain data, so that another thread can do it. */
export async function admissionOf(
  surroundings: Surroundings,
  { release, accept, approval }: Admissible,
): Promise<Admission> {
  const { store, active: present, host, now } = surroundings;
  const problems = releaseProblems(host, release);
  if (problems.length > 0) return { kind: "invalid", problems };
  const accepted = acceptedOver(surroundings, release, accept);
  if (!accepted.ok) return { kind: "overAltered", detail: accepted.error };
  const asOf = await newestAudit(store);
  const people = await new Directory(store).everything();
  const [before, after] = sidesOf(people, present?.program ?? null, compileRelease(release));
  const known = await knownRepositories(store, host);
  if (!known.ok) return { kind: "unlisted", problems: known.error };
  const { all: repositories } = known.value;
  const exists = (account: string) => people.owners.has(account) || before.population.accounts.has(account);
  const unapproved =
    approval &&
    (await whyUnapproved(surroundings, approval, { release, before, after, repositories, exists }));
  if (unapproved) return { kind: "unapproved", ...unapproved };
  const step = { before, after, repositories, present, release, now };
  const verdict = judge({ ...step, accept: accepted.value });
  const seen = seenUnder(release, known.value, now);
  return { kind: "judged", population: after.population, verdict, repositories: seen, asOf };
}
