import { Construct } from "constructs";
import type { Constraint } from "../model/environment/constraint.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** Rules that the agent checks at every write, by name. */
export class ProvisioningConstraints extends Construct {
  constructor(release: HgscimRelease, id: string, constraints: Readonly<Record<string, Constraint>>) {
    super(release, id);
    release.add("constraints", constraints);
  }
}
