import { Construct } from "constructs";
import type { PermissionSet } from "../model/environment/permission-set.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** Who may do what where: permission sets (groups × repositories × rights), by name. */
export class RepositoryPermissions extends Construct {
  constructor(release: HgscimRelease, id: string, sets: Readonly<Record<string, PermissionSet>>) {
    super(release, id);
    release.add("permissions", sets);
  }
}
