/** The Terraform stack of one environment, made ready to plan: the same files as `cdktf synth` writes. */
import { loadOneEnvironment } from "./environments.ts";
import { initialize } from "./terraform/initialize.ts";
import { isTerraformUsable } from "./terraform.ts";

export interface Stack {
  readonly environment: string;
  readonly folder: string;
}

/**
 * Validates and synthesizes one environment, by name or file, and initializes terraform for it. Only its own file must
 * be valid, and nothing is written for a terraform that cannot run it.
 *
 * @param consent a terraform that is missing may be fetched without asking
 * @returns undefined when that failed and the person was told why
 */
export async function prepareStack(nameOrFile: string, consent = false): Promise<Stack | undefined> {
  const environment = await loadOneEnvironment(nameOrFile);
  if (!environment) return undefined;

  // both take a moment
  const [usable, { synthesize }] = await Promise.all([
    isTerraformUsable(consent),
    import("../stacks/synthesize.ts"),
  ]);
  if (!usable) return undefined;
  const [folder = ""] = synthesize([environment]).values();
  const initialized = await initialize(folder, environment.release.settings.delivery.agent !== undefined);
  return initialized ? { environment: environment.name, folder } : undefined;
}
