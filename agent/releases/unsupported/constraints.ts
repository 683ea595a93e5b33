/** What this agent does not act on yet of constraints. */
import { isDerived } from "../../../model/environment/connector/selection.ts";
import type { Release } from "../../../model/release.ts";
import { accessRules } from "../../../policy/access.ts";

/** Their paths. */
export function unsupportedConstraints(release: Release): string[] {
  const derived = new Set(
    Object.entries(release.connectors).flatMap(([connector, { groups }]) =>
      groups.filter(isDerived).map(({ name }) => `${connector}/${name}`),
    ),
  );
  return Object.entries(release.constraints).flatMap(([name, { meanwhile, keep }]) => {
    const path = `constraints.${name}`;
    return [
      ...(meanwhile === "suspend" ? [`${path}.meanwhile: suspend`] : []),
      // they are counted by stored memberships, and a derived group has none
      ...(keep?.group !== undefined && derived.has(keep.group) ? [`${path}.keep.group`] : []),
      ...(keep?.writersOf !== undefined && !isCountable(release, keep.writersOf, derived)
        ? [`${path}.keep.writersOf`]
        : []),
    ];
  });
}

/** Whether the writers of a repository are the accounts and stored members that are given write, and nobody is denied. */
function isCountable(release: Release, repository: string, derived: ReadonlySet<string>): boolean {
  const { given, denied } = accessRules(release, 0).inRepository(repository);
  return denied.size === 0 && [...given.keys()].every((subject) => !derived.has(subject));
}
