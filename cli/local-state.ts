/** Where the state of a stack is kept. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Whether a synthesized stack keeps its state in the project's folder, and no backend does. */
export function keepsStateHere(folder: string): boolean {
  const { backend } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")).terraform;
  return "local" in backend;
}
