import { Construct } from "constructs";
import type { Variable } from "../model/environment/variable.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** The inventory of environment variables, by name. */
export class EnvironmentVariables extends Construct {
  constructor(release: HgscimRelease, id: string, variables: Readonly<Record<string, Variable>>) {
    super(release, id);
    release.add("variables", variables);
  }
}
