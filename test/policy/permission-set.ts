/** A permission set of a release, of what a test is about; everything else is as if it were not written. */
import { PermissionSet } from "../../model/environment/permission-set.ts";

export function permissionSet(parts: Partial<PermissionSet>): PermissionSet {
  return { ...nothing, ...parts };
}

const nothing = PermissionSet.parse({ repositories: ["**"] });
