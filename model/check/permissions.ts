/** Whether the permission sets name groups that there are, and agree with themselves and each other. */
import type { Path } from "../document.ts";
import type { BreakGlass } from "../environment/break-glass.ts";
import { keyOfPlaces, type PermissionSet, placeKinds } from "../environment/permission-set.ts";
import type { Subject } from "../environment/subject.ts";
import type { GroupIndex } from "../groups.ts";
import { hint } from "../nearest.ts";
import { type Context, own } from "./context.ts";
import { checkContradictions } from "./contradictions.ts";
import { checkPermissionSet } from "./permission-set.ts";
import { checkShadowed } from "./shadowed.ts";
import { checkUnseen } from "./unseen.ts";

/** Reports what is wrong with the permission sets of an environment. */
export function checkPermissions(context: Context, groups: GroupIndex): void {
  const { environment, locate, report } = context;
  const resolveGroup = (name: string) => groups.resolve(name)[0]?.key ?? name;
  for (const [name, set] of Object.entries(environment.permissions)) {
    const path = ["permissions", name];
    if (isEmpty(set))
      report(
        path,
        "no-effect",
        `permission set "${name}" gives nobody anything (expected groups under read or write)`,
      );
    if (set.repositories.every((pattern) => pattern.startsWith("!")))
      report(
        [...path, "repositories"],
        "no-effect",
        "every pattern excludes (expected at least one without !)",
      );
    checkSubjects(context, groups, [...path, "read"], set.read);
    checkSubjects(context, groups, [...path, "write"], set.write);
    checkSubjects(context, groups, [...path, "deny", "read"], set.deny.read);
    checkSubjects(context, groups, [...path, "deny", "write"], set.deny.write);
    for (const kind of placeKinds)
      for (const [place, names] of Object.entries(set[keyOfPlaces[kind]]))
        checkGroups(context, groups, [...path, keyOfPlaces[kind], place], names);
    if (set.breakGlass) checkBreakGlass(context, groups, [...path, "breakGlass"], set.breakGlass);
    checkPermissionSet(path, set, resolveGroup, report);
    checkUnseen(path, set, report);
  }
  checkContradictions(environment.permissions, resolveGroup, locate, report);
  checkShadowed(environment.permissions, resolveGroup, locate, report);
}

function isEmpty({ read, write, deny, breakGlass, ...set }: PermissionSet): boolean {
  const subjects = [...read, ...write, ...deny.read, ...deny.write];
  const restricts = placeKinds.some((kind) => Object.keys(set[keyOfPlaces[kind]]).length > 0);
  return subjects.length === 0 && !restricts && !breakGlass;
}

function checkBreakGlass(context: Context, groups: GroupIndex, path: Path, { who, alert }: BreakGlass): void {
  checkGroups(context, groups, [...path, "who"], who);
  // as with alerts, a webhook's address may be no secret
  const type = own(context.environment.variables, alert.var)?.type === "url" ? "url" : "secret";
  context.useVariable([...path, "alert", "var"], alert.var, type);
}

/** Reports each group among the subjects that is none of a connector, or of more than one. */
function checkSubjects(context: Context, groups: GroupIndex, path: Path, subjects: readonly Subject[]): void {
  subjects.forEach((subject, index) => {
    if (typeof subject === "string") checkGroup(context, groups, [...path, index], subject);
    else if (subject.group !== undefined)
      checkGroup(context, groups, [...path, index, "group"], subject.group);
  });
}

/** Reports each name in a list that is no group of a connector, or of more than one. */
export function checkGroups(
  context: Pick<Context, "report">,
  groups: GroupIndex,
  path: Path,
  names: readonly string[],
): void {
  names.forEach((group, index) => {
    checkGroup(context, groups, [...path, index], group);
  });
}

/** Reports a name that is no group of a connector, or of more than one. */
export function checkGroup(
  { report }: Pick<Context, "report">,
  groups: GroupIndex,
  path: Path,
  group: string,
): void {
  const found = groups.resolve(group);
  if (found.length === 0)
    report(
      path,
      "unknown-group",
      () =>
        `no connector selects a group "${group}" ${hint(
          "a group of a connector",
          group,
          groups.all.map((known) => known.name),
        )}`,
    );
  if (found.length > 1)
    report(
      path,
      "ambiguous-group",
      `"${group}" is a group of several connectors (expected ${found.map(({ key }) => key).join(" or ")})`,
    );
}
