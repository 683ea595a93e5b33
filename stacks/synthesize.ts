import { join } from "node:path";
import { App } from "cdktf";
import type { LoadedEnvironment } from "../model/load.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { EnvironmentStack } from "./environment-stack.ts";
import { contextProblem, projectContext } from "./project-context.ts";
import { backendOf } from "./state-backend.ts";

/**
 * Writes the Terraform stack of each environment, ready to run, below `cdktf.out/stacks`.
 *
 * @returns the stacks' folders, by the environment's name; failing, what is wrong with the project's context, and nothing is written
 */
export function synthesize(
  environments: readonly LoadedEnvironment[],
): Result<Map<string, string>, readonly string[]> {
  const context = projectContext();
  if (!context.ok) return fail([context.error]);
  const app = new App({ context: context.value });
  const contextOf = (name: string): unknown => app.node.tryGetContext(name);
  const given = { backend: contextOf("backend"), backends: contextOf("backends") };
  const backends = environments.map(({ name }) => backendOf(given, name));
  const problems = backends.flatMap((backend) => (backend.ok ? [] : contextProblem(backend.error)));
  if (problems.length > 0) return fail([...new Set(problems)]);

  const stacks = environments.map((environment, index) => {
    const backend = backends[index];
    return new EnvironmentStack(app, environment, backend?.ok ? backend.value : undefined);
  });
  app.synth();
  return ok(new Map(stacks.map(({ node }) => [node.id, join(app.outdir, "stacks", node.id)])));
}
