/** The one form of a constraint: the operations that it judges written out, groups qualified, sets in order. */
import { foldName } from "../../name.ts";
import { type Constraint, operationsOf, usualExpiry } from "../constraint.ts";

/** @param qualified the keys of groups, sorted */
export function canonicalConstraint(
  constraint: Constraint,
  qualified: (groups: readonly string[]) => string[],
): Constraint {
  const {
    on: _,
    expires,
    meanwhile,
    attributes,
    connectors,
    keys,
    values,
    protect,
    separate,
    trigger,
    keep,
    ...rest
  } = constraint;
  const operations = operationsOf(constraint);
  return {
    ...rest,
    ...(expires !== undefined && expires !== usualExpiry && { expires }),
    ...(meanwhile === "suspend" && { meanwhile }),
    ...(operations.length > 0 && { on: [...operations] }),
    ...(attributes && { attributes: sorted(attributes) }),
    ...(connectors && { connectors: sorted(connectors) }),
    ...(keys && { keys: { ...keys, ...(keys.types && { types: keys.types.toSorted() }) } }),
    ...(values && {
      values: {
        ...values,
        ...(values.domains && { domains: sorted(values.domains.map((domain) => domain.toLowerCase())) }),
        ...(values.reserved && { reserved: sorted(values.reserved.map(foldName)) }),
      },
    }),
    ...(protect && {
      protect: {
        ...(protect.users?.length && { users: sorted(protect.users) }),
        ...(protect.groups?.length && { groups: qualified(protect.groups) }),
      },
    }),
    ...(separate && { separate: { groups: qualified(separate.groups) } }),
    ...(trigger && { trigger: { groups: qualified(trigger.groups) } }),
    ...(keep && {
      keep: {
        ...keep,
        ...(keep.group !== undefined && { group: qualified([keep.group])[0] ?? keep.group }),
        ...(keep.permissions && { permissions: sorted(keep.permissions) }),
      },
    }),
  };
}

function sorted(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
