/** Whether the permission sets name groups that there are, and agree with themselves and each other. */
import type { Path } from "../document.ts";
import type { GroupIndex } from "../groups.ts";
import { hint } from "../nearest.ts";
import { checkBranchRules } from "./branches.ts";
import type { Context } from "./context.ts";
import { checkPermissionSet } from "./permission-set.ts";

/** Reports what is wrong with the permission sets of an environment. */
export function checkPermissions(context: Context, groups: GroupIndex): void {
  const { environment, locate, report } = context;
  const resolveGroup = (name: string) => groups.resolve(name)[0]?.key ?? name;
  for (const [name, set] of Object.entries(environment.permissions)) {
    const path = ["permissions", name];
    const restricts = Object.keys(set.branches).length > 0;
    if (set.read.length + set.write.length === 0 && !restricts)
      report(path, `permission set "${name}" gives nobody anything (expected groups under read or write)`);
    if (set.repositories.every((pattern) => pattern.startsWith("!")))
      report([...path, "repositories"], "every pattern excludes (expected at least one without !)");
    for (const right of ["read", "write"] as const)
      checkGroups(context, groups, [...path, right], set[right]);
    for (const [branch, names] of Object.entries(set.branches))
      checkGroups(context, groups, [...path, "branches", branch], names);
    checkPermissionSet(path, set, resolveGroup, report);
  }
  checkBranchRules(environment.permissions, resolveGroup, locate, report);
}

/** Reports each name in a list that is no group of a connector, or of more than one. */
export function checkGroups(
  { report }: Pick<Context, "report">,
  groups: GroupIndex,
  path: Path,
  names: readonly string[],
): void {
  names.forEach((group, index) => {
    const found = groups.resolve(group);
    if (found.length === 0)
      report(
        [...path, index],
        () =>
          `no connector selects a group "${group}" ${hint(
            "a group of a connector",
            group,
            groups.all.map((known) => known.name),
          )}`,
      );
    if (found.length > 1)
      report(
        [...path, index],
        `"${group}" is a group of several connectors (expected ${found.map(({ key }) => key).join(" or ")})`,
      );
  });
}
