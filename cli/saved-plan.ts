/** A plan that terraform has saved in a stack's folder. */
import { terraform, terraformOutput } from "./terraform.ts";

interface PlanJson {
  readonly resource_changes?: readonly { readonly change: { readonly actions: readonly string[] } }[];
}

/**
 * Plans into a file. Whether that changes anything is read from the plan itself: for Terraform an import alone is a change, and
 * without a state every plan has one.
 *
 * @returns undefined when it failed, and the person was told
 * @see https://developer.hashicorp.com/terraform/internals/json-format#change-representation
 */
export async function savePlan(
  folder: string,
  file: string,
  { options = [], env = {} }: { readonly options?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly changes: boolean } | undefined> {
  const args = ["plan", "-input=false", "-detailed-exitcode", `-out=${file}`, ...options];
  const code = await terraform(folder, args, { env });
  // 0: nothing to do, 2: changes (Terraform CLI, command "plan", option -detailed-exitcode)
  if (code === 0) return { changes: false };
  if (code !== 2) return undefined;
  const json = await terraformOutput(folder, ["show", "-json", file]);
  if (json === undefined) return undefined;
  const { resource_changes = [] } = JSON.parse(json) as PlanJson;
  const idle = new Set(["no-op", "read"]);
  const changes = resource_changes.some(({ change }) => !change.actions.every((action) => idle.has(action)));
  // terraform has printed the whole of what it imports
  if (!changes) process.stdout.write("\nNothing to change: this release is active already.\n");
  return { changes };
}
