/** Whether the constraints can be judged: their expressions, and the attributes, groups and connectors that they name. */
import { coverage } from "../coverage.ts";
import type { Path } from "../document.ts";
import type { Constraint } from "../environment/constraint.ts";
import type { PermissionSet } from "../environment/permission-set.ts";
import type { GroupIndex } from "../groups.ts";
import { hint } from "../nearest.ts";
import { attributePaths } from "../scim/attribute-paths.ts";
import { type Context, own } from "./context.ts";
import type { CheckExpression } from "./expressions.ts";
import { checkGroup, checkGroups } from "./permissions.ts";

/** Reports what is wrong with the constraints of an environment. */
export function checkConstraints(
  context: Context,
  checkExpression: CheckExpression,
  groups: GroupIndex,
): void {
  const { environment, report } = context;
  for (const [name, constraint] of Object.entries(environment.constraints)) {
    const path = ["constraints", name];
    for (const key of ["require", "when", "before"] as const)
      if (constraint[key] !== undefined) checkExpression([...path, key], constraint[key], "bool");
    if (constraint.after !== undefined)
      checkExpression([...path, "after"], constraint.after, "bool", ({ ofAccounts }) => ofAccounts);
    constraint.attributes?.forEach((attribute, index) => {
      checkAttribute(context, [...path, "attributes", index], attribute);
    });
    checkConnectorNames(context, path, constraint);
    checkGroupsOf(context, groups, path, constraint);
    if (constraint.values && usesEmail(constraint, environment.connectors))
      report(
        [...path, "values", "of"],
        "missing-key",
        "no connector maps an email (expected mapping.email in each connector that it judges)",
      );
  }
  checkWriters(context);
}

function checkAttribute({ environment, report }: Context, path: Path, attribute: string): void {
  const extensions = Object.values(environment.connectors).flatMap((connector) =>
    Object.entries(connector.extensions ?? {}).flatMap(([extension, { attributes }]) =>
      Object.keys(attributes).map((name) => `${extension}.${name}`),
    ),
  );
  const known = [...attributePaths, ...extensions];
  if (!known.includes(attribute))
    report(
      path,
      "unknown-attribute",
      () =>
        `no attribute "${attribute}" ${hint("a SCIM attribute such as name.familyName", attribute, known)}`,
    );
}

function checkConnectorNames({ environment, report }: Context, path: Path, constraint: Constraint): void {
  constraint.connectors?.forEach((name, index) => {
    if (!own(environment.connectors, name))
      report(
        [...path, "connectors", index],
        "unknown-name",
        () =>
          `no connector "${name}" ${hint("a declared connector", name, Object.keys(environment.connectors))}`,
      );
  });
}

function checkGroupsOf(
  context: Context,
  groups: GroupIndex,
  path: Path,
  { protect, separate, trigger, keep }: Constraint,
): void {
  for (const [kind, part] of Object.entries({ protect, separate, trigger })) {
    const names = part?.groups ?? [];
    const list = [...path, kind, "groups"];
    checkGroups(context, groups, list, names);
    const first = new Map<string, string>();
    names.forEach((name, index) => {
      const key = groups.resolve(name)[0]?.key;
      if (key === undefined) return;
      const other = first.get(key);
      if (other === undefined) first.set(key, name);
      else
        context.report(
          [...list, index],
          "duplicate-item",
          `"${name}" is "${other}" again (expected each group once)`,
        );
    });
  }
  if (keep?.group !== undefined) checkGroup(context, groups, [...path, "keep", "group"], keep.group);
}

/** A repository that nobody may write has no writers to keep, nor has a permission set that there is not. */
function checkWriters({ environment: { constraints, permissions }, report }: Context): void {
  let covering: ReturnType<typeof coverage<PermissionSet>> | undefined;
  for (const [name, { keep }] of Object.entries(constraints)) {
    const path = ["constraints", name, "keep"];
    if (keep?.writersOf !== undefined) {
      covering ??= coverage(Object.values(permissions));
      if (covering(keep.writersOf).every(({ write }) => write.length === 0))
        report(
          [...path, "writersOf"],
          "no-effect",
          `no permission set gives write on ${keep.writersOf} (expected a repository that somebody may push to)`,
        );
    }
    keep?.permissions?.forEach((set, index) => {
      const there = own(permissions, set);
      if (!there)
        report(
          [...path, "permissions", index],
          "unknown-name",
          () => `no permission set "${set}" ${hint("a declared one", set, Object.keys(permissions))}`,
        );
      else if (there.write.length === 0)
        report(
          [...path, "permissions", index],
          "no-effect",
          `permission set "${set}" gives nobody write (expected one that does)`,
        );
    });
  }
}

/** Whether an email is asked of a connector that maps none. */
function usesEmail(
  { values, connectors: names }: Constraint,
  connectors: Context["environment"]["connectors"],
): boolean {
  if (values?.of !== "email") return false;
  return Object.entries(connectors).some(
    ([name, { mapping }]) => (!names || names.includes(name)) && mapping.email === undefined,
  );
}
