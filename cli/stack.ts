/** The Terraform stack of one environment, made ready to plan: the same files as `cdktf synth` writes. */
import { readFileSync } from "node:fs";
import { digest, type ReleaseData } from "../model/digest.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { otherThanNamed } from "../provider/named.ts";
import { plannedFaults } from "../provider/preflight.ts";
import { localStateFile } from "../stacks/local-state.ts";
import { loadOneEnvironment } from "./environments.ts";
import { keepsStateHere } from "./local-state.ts";
import { initialize } from "./terraform/initialize.ts";
import { isTerraformUsable } from "./terraform.ts";

export interface Stack {
  readonly environment: string;
  /** What its file says. */
  readonly loaded: LoadedEnvironment;
  readonly folder: string;
}

/**
 * Validates and synthesizes one environment, by name or file, and initializes terraform for it. Only its own file must
 * be valid, and nothing is written for a terraform that cannot run it.
 *
 * @param consent a terraform that is missing may be fetched without asking
 * @param env what says which release may be deployed, beside the environment of this process
 * @returns undefined when that failed and the person was told why
 */
export async function prepareStack(
  nameOrFile: string,
  consent = false,
  env: NodeJS.ProcessEnv = {},
): Promise<Stack | undefined> {
  const environment = await loadOneEnvironment(nameOrFile);
  if (!environment) return undefined;
  const { release } = environment;
  // where a command delivers, there is no provider of ours that would ask
  const told = { ...process.env, ...env };
  const others = release.settings.delivery.command
    ? [
        ...otherThanNamed(release.environment, digest(release), told),
        ...plannedFaults(release as ReleaseData, environment, told),
      ]
    : [];
  for (const { summary, detail } of others) process.stderr.write(`${summary}\n${detail}\n`);
  if (others.length > 0) return undefined;

  // both take a moment
  const [usable, { synthesize }] = await Promise.all([
    isTerraformUsable(consent),
    import("../stacks/synthesize.ts"),
  ]);
  if (!usable) return undefined;
  const synthesized = synthesize([environment]);
  if (!synthesized.ok) {
    process.stderr.write(`${synthesized.error.join("\n")}\n`);
    return undefined;
  }
  const [folder = ""] = synthesized.value.values();
  if (!isStateReadable(environment.name, folder)) return undefined;
  const initialized = await initialize(folder, release.settings.delivery.agent !== undefined);
  return initialized ? { environment: environment.name, loaded: environment, folder } : undefined;
}

/** Whether the state in the project's folder is one, or there is none; false when the person was told. Terraform's own words lead nowhere. */
function isStateReadable(environment: string, folder: string): boolean {
  const file = localStateFile(environment);
  try {
    const text = readFileSync(file, "utf8");
    if (text === "" || "version" in JSON.parse(text)) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
  }
  // left over from before there was a backend
  if (!keepsStateHere(folder)) return true;
  process.stderr.write(
    `${file} is no state (expected what terraform wrote, or no such file: the agent knows what is active)\n`,
  );
  return false;
}
