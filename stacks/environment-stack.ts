/** One environment as one Terraform stack: one release, made of what the constructs of this folder add to it. */
import { join, relative } from "node:path";
import { type App, LocalBackend, TerraformStack } from "cdktf";
import type { LoadedEnvironment } from "../model/load.ts";
import { Delivery } from "./delivery.ts";
import { EnvironmentVariables } from "./environment-variables.ts";
import { HgscimRelease } from "./hgscim-release.ts";
import { restoreLiterals } from "./literal.ts";
import { ProvisioningConstraints } from "./provisioning-constraints.ts";
import { RepositoryPermissions } from "./repository-permissions.ts";
import { ScimConnector } from "./scim-connector.ts";
import { SecretReferences } from "./secret-references.ts";

export class EnvironmentStack extends TerraformStack {
  constructor(
    app: App,
    { release: { environment, ...parts }, sources }: Pick<LoadedEnvironment, "release" | "sources">,
  ) {
    super(app, environment);
    new LocalBackend(this, { path: statePath(app, environment) });

    const { delivery } = parts.settings;
    const release = new HgscimRelease(this, "release", {
      environment,
      preventDestroy: delivery.destroy !== "allow",
    });
    new Delivery(release, "delivery", { delivery, sources });
    new EnvironmentVariables(release, "variables", parts.variables);
    new SecretReferences(release, "secrets", parts.secrets);
    for (const [name, connector] of Object.entries(parts.connectors))
      new ScimConnector(release, name, connector);
    new ProvisioningConstraints(release, "constraints", parts.constraints);
    new RepositoryPermissions(release, "permissions", parts.permissions);
  }

  override toTerraform(): unknown {
    return restoreLiterals(super.toTerraform());
  }
}

/** The state lies in the project's folder. The path is relative, so that every machine synthesizes the same. */
function statePath(app: App, environment: string): string {
  return relative(join(app.outdir, "stacks", environment), `terraform.${environment}.tfstate`);
}
