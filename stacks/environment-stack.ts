/** One environment as one Terraform stack: one release, made of what the constructs of this folder add to it. */
import { dirname, isAbsolute, join, relative } from "node:path";
import { type App, LocalBackend, type TerraformResource, TerraformStack } from "cdktf";
import { digest } from "../model/digest.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { type AgentAddress, AgentDelivery } from "./agent-delivery.ts";
import { AlertReceivers } from "./alert-receivers.ts";
import { CommandDelivery } from "./command-delivery.ts";
import { EnvironmentVariables } from "./environment-variables.ts";
import { HgscimRelease } from "./hgscim-release.ts";
import { ImpactCheck, writeImpactCheck } from "./impact-check.ts";
import { installProvider } from "./installation.ts";
import { restoreLiterals } from "./literal.ts";
import { localStateFile } from "./local-state.ts";
import { ProvisioningConstraints } from "./provisioning-constraints.ts";
import { writeReleaseFile } from "./release-file.ts";
import { RepositoryPermissions } from "./repository-permissions.ts";
import { Safeguards } from "./safeguards.ts";
import { ScimConnector } from "./scim-connector.ts";
import { SecretReferences } from "./secret-references.ts";
import { addOutputs } from "./stack-outputs.ts";
import { type BackendConfig, StateBackend } from "./state-backend.ts";
import { oldestTerraform } from "./terraform-version.ts";

type Loaded = Pick<LoadedEnvironment, "file" | "release" | "sources" | "accept">;

export class EnvironmentStack extends TerraformStack {
  /** Of the release that it deploys. */
  readonly digest: string;

  /** @param backend keeps the state; without one it lies in the project's folder */
  constructor(app: App, loaded: Loaded, backend?: BackendConfig) {
    const { environment, settings } = loaded.release;
    super(app, environment);
    this.digest = digest(loaded.release);
    this.#layFiles(loaded);
    this.addOverride("terraform.required_version", `>= ${oldestTerraform}`);
    const root = projectFolder(app, environment);
    if (backend) new StateBackend(this, backend);
    else new LocalBackend(this, { path: join(root, localStateFile(environment)) });

    const { agent, command } = settings.delivery;
    if (agent) this.#deliverTo(agent, loaded, seenFrom(root, dirname(loaded.file)));
    else if (command) this.#deliverBy(command, loaded, root);
  }

  #deliverBy(command: readonly string[], loaded: Loaded, workingDir: string): void {
    const address = addressOf(new CommandDelivery(this, "release", { ...loaded, command, workingDir }));
    const digests = {
      digest: `\${${address}.triggers.digest}`,
      policyDigest: `\${${address}.triggers.policy_digest}`,
    };
    addOutputs(this, loaded.release, address, digests);
  }

  #deliverTo(agent: AgentAddress, loaded: Loaded, folder: string): void {
    const { sources, accept } = loaded;
    const { environment, ...parts } = loaded.release;
    const { delivery, alerts, ...safeguards } = parts.settings;
    const release = new HgscimRelease(this, "release", {
      environment,
      preventDestroy: delivery.destroy !== "allow",
      accept,
    });
    // the agent knows what is active, so that no state needs to be kept; beside one this is no change
    const address = addressOf(release);
    this.addOverride("import", [{ to: address, id: environment }]);
    new AgentDelivery(release, "delivery", { environment, delivery, agent, sources, folder });
    new Safeguards(release, "safeguards", safeguards);
    if (alerts) new AlertReceivers(release, "alerts", alerts);
    new EnvironmentVariables(release, "variables", parts.variables);
    new SecretReferences(release, "secrets", parts.secrets);
    for (const [name, connector] of Object.entries(parts.connectors))
      new ScimConnector(release, name, connector);
    new ProvisioningConstraints(release, "constraints", parts.constraints);
    new RepositoryPermissions(release, "permissions", parts.permissions);
    new ImpactCheck(this, this.digest);
    const digests = { digest: `\${${address}.digest}`, policyDigest: `\${${address}.policy_digest}` };
    addOutputs(this, loaded.release, address, digests);
  }

  /** Has synthesis lay beside the configuration what it needs: whatever app this stack is in, it is ready to run. */
  #layFiles(loaded: Loaded): void {
    const { synthesizer } = this;
    this.synthesizer = {
      synthesize: (session) => {
        synthesizer.synthesize(session);
        const folder = join(session.outdir, session.manifest.forStack(this).workingDirectory);
        writeReleaseFile(folder, loaded, this.digest);
        if (loaded.release.settings.delivery.command) return;
        installProvider(folder);
        writeImpactCheck(folder, this.digest);
      },
    };
  }

  override toTerraform(): unknown {
    return restoreLiterals(super.toTerraform());
  }
}

/** As Terraform names it. */
const addressOf = ({ terraformResourceType, friendlyUniqueId }: TerraformResource): string =>
  `${terraformResourceType}.${friendlyUniqueId}`;

/** The project's folder, where the state lies. The path is relative, so that every machine synthesizes the same. */
function projectFolder(app: App, environment: string): string {
  return relative(join(app.outdir, "stacks", environment), ".");
}

/** A path that is told from the project's folder, or absolute where it leads out of it. */
const seenFrom = (root: string, path: string): string => (isAbsolute(path) ? path : join(root, path));
