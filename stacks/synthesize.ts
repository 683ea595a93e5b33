import { join } from "node:path";
import { App } from "cdktf";
import { digestsOf } from "../model/digest.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { EnvironmentStack } from "./environment-stack.ts";
import { writeImpactCheck } from "./impact-check.ts";
import { installProvider } from "./installation.ts";
import { writeReleaseFile } from "./release-file.ts";

/**
 * Writes the Terraform stack of each environment, ready to run, below `cdktf.out/stacks`.
 *
 * @returns the stacks' folders, by the environment's name
 */
export function synthesize(environments: readonly LoadedEnvironment[]): Map<string, string> {
  const app = new App();
  const stacks = environments.map((environment) => new EnvironmentStack(app, environment));
  app.synth();
  const folders = new Map(stacks.map(({ node }) => [node.id, join(app.outdir, "stacks", node.id)]));
  for (const environment of environments) {
    const folder = folders.get(environment.name) ?? "";
    const { release } = environment;
    writeReleaseFile(folder, environment);
    if (release.settings.delivery.command) continue;
    installProvider(folder);
    writeImpactCheck(folder, digestsOf(release).release);
  }
  return folders;
}
