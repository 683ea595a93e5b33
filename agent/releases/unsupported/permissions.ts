/** What this agent does not act on yet of permission sets. */
import type { Release } from "../../../model/release.ts";

/** Their paths. */
export function unsupportedPermissions({ permissions }: Release): string[] {
  return Object.entries(permissions).flatMap(([name, { breakGlass }]) =>
    breakGlass ? [`permissions.${name}.breakGlass`] : [],
  );
}
