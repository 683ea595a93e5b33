/**
 * The names in a policy test that a release must know: of groups, constraints, and repositories that somebody may do something in.
 * A test with a name that nothing has would look at nothing, and pass.
 */
import { coverage } from "../../model/coverage.ts";
import type { Path } from "../../model/document.ts";
import { isLiteral } from "../../model/glob.ts";
import { type Group, type GroupIndex, groupIndex } from "../../model/groups.ts";
import { foldName } from "../../model/name.ts";
import { hint } from "../../model/nearest.ts";
import { patternParts } from "../../model/pattern.ts";
import type { Release } from "../../model/release.ts";
import type { Difference } from "./difference.ts";
import { askedPlace } from "./places.ts";
import type { PolicyTest } from "./schema.ts";

type Report = (path: Path, message: string, of?: Pick<Difference, "ofKey">) => void;

/** Every name that is none of the release's. */
export function misnamed(release: Release, test: PolicyTest): Difference[] {
  const found: Difference[] = [];
  const report: Report = (path, message, of) => found.push({ path, message, ...of });
  checkGroups(release, test, report);
  checkConstraints(release, test, report);
  checkRepositories(release, test, report);
  return found;
}

/** The connector of a name, or the only one; undefined where it is unknown which one. */
export function connectorNamed({ connectors }: Release, name: string | undefined): string | undefined {
  const known = Object.keys(connectors);
  if (name === undefined) return known.length === 1 ? known[0] : undefined;
  return known.includes(name) ? name : undefined;
}

/** Every group that a name under `given.groups` could mean, also as `connector/group`: of those that people are put into. */
export function givenGroups(index: GroupIndex, name: string): Group[] {
  return index.resolve(name).filter((group) => index.find(group.connector, group.name) !== undefined);
}

function checkGroups(release: Release, { given }: PolicyTest, report: Report): void {
  const index = groupIndex(release.connectors);
  const unselected = new Set(given.unselected.map(foldName));
  const selects = (connector: string, name: string) => index.find(connector, name) !== undefined;
  const check = (path: Path, name: string, connectors: readonly string[]) => {
    if (unselected.has(foldName(name)) || connectors.some((connector) => selects(connector, name))) return;
    const among = index.all.filter(({ connector }) => connectors.includes(connector));
    const isDerived = among.some((group) => foldName(group.name) === foldName(name));
    const by = connectors.length === 1 ? `connector ${connectors[0]} of` : "no connector of";
    report(
      path,
      isDerived
        ? `"${name}" is a derived group of ${release.environment}, which nobody is put into (expected attributes that make them a member)`
        : `${by} ${release.environment} selects ${connectors.length === 1 ? "no" : "a"} group "${name}" ${hint(
            "a group that is selected, or the name under given.unselected too",
            name,
            among.flatMap((group) => [group.name, group.key]),
          )}`,
    );
  };
  given.users.forEach(({ connector, groups }, user) => {
    const of = connectorNamed(release, connector);
    if (of === undefined) return;
    groups.forEach((name, place) => {
      check(["given", "users", user, "groups", place], name, [of]);
    });
  });
  const all = Object.keys(release.connectors);
  given.groups.forEach((name, place) => {
    if (givenGroups(index, name).length === 0) check(["given", "groups", place], name, all);
  });
  given.unselected.forEach((name, place) => {
    const [selected] = all.filter((connector) => selects(connector, name));
    if (selected !== undefined)
      report(
        ["given", "unselected", place],
        `connector ${selected} of ${release.environment} selects "${name}" (expected it under groups)`,
      );
  });
}

function checkConstraints({ constraints, environment }: Release, { expect }: PolicyTest, report: Report) {
  const names = Object.keys(constraints);
  const unknown = (path: Path, name: string) =>
    report(path, `no constraint "${name}" in ${environment} ${hint("a constraint", name, names)}`);
  expect.warns?.forEach((name, place) => {
    const path = ["expect", "warns", place];
    const { otherwise } = (Object.hasOwn(constraints, name) && constraints[name]) || {};
    if (otherwise === undefined) unknown(path, name);
    else if (otherwise !== "warn")
      report(
        path,
        `constraint ${name} never warns: it says otherwise: ${otherwise} (expected one that warns)`,
      );
  });
  const [, named] = /^constraint ([a-z][a-z0-9-]*)(?![^\s:])/.exec(expect.because ?? "") ?? [];
  if (named !== undefined && !names.includes(named)) unknown(["expect", "because"], named);
}

/** A repository that no permission set covers is nobody's, whatever its name. */
function checkRepositories({ permissions, environment }: Release, { expect }: PolicyTest, report: Report) {
  const covering = coverage(Object.values(permissions));
  const check = (path: Path, place: string) => {
    const { repository } = askedPlace(place);
    if (covering(repository).length > 0) return;
    const near = alike(permissions, repository).filter((other) => covering(other).length > 0);
    report(
      path,
      `no permission set of ${environment} covers ${repository} ${hint("a repository that one covers, or uncovered in place of a right", repository, near)}`,
      { ofKey: true },
    );
  };
  for (const [account, rights] of Object.entries(expect.access ?? {}))
    for (const [place, right] of Object.entries(rights))
      if (right !== "uncovered") check(["expect", "access", account, place], place);
  for (const place of Object.keys(expect.who ?? {})) check(["expect", "who", place], place);
}

/** Repositories that may be meant: one that a pattern names, or with the folder of one in place of its own. */
function alike(permissions: Release["permissions"], repository: string): string[] {
  const segments = repository.split("/");
  return Object.values(permissions).flatMap(({ repositories }) =>
    repositories.flatMap((pattern) => {
      const { base, path, negated } = patternParts(pattern);
      if (negated) return [];
      if (isLiteral(path)) return [path];
      const rest = base === "" ? [] : segments.slice(base.split("/").length);
      return rest.length > 0 ? [[base, ...rest].join("/")] : [];
    }),
  );
}
