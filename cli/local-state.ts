/** Where the state of a stack is kept. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { localStateFile } from "../stacks/local-state.ts";

/** Whether a synthesized stack keeps its state in the project's folder, and no backend does. */
export function keepsStateHere(folder: string): boolean {
  const { backend } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")).terraform;
  return "local" in backend;
}

/** Whether a stack has a state that outlives this run. */
export const hasState = (environment: string, folder: string): boolean =>
  !keepsStateHere(folder) || existsSync(localStateFile(environment));
