/** A plan that terraform has saved in a stack's folder. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasState, keepsStateHere } from "./local-state.ts";
import type { Stack } from "./stack.ts";
import { terraform, terraformOutput } from "./terraform.ts";

interface Planned {
  readonly environment?: string;
  readonly triggers?: { readonly digest?: string };
}

interface PlanJson {
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
  readonly prior_state?: {
    readonly values?: {
      readonly root_module?: {
        readonly resources?: readonly {
          readonly type: string;
          readonly values: { readonly changed?: boolean; readonly from?: string | null };
        }[];
      };
    };
  };
  readonly resource_changes?: readonly {
    readonly type: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before?: Planned | null;
      readonly after?: Planned | null;
    };
  }[];
}

export interface SavedPlan {
  /** Whether a release becomes active, or none. */
  readonly changes: boolean;
  /** Whether other stacks would read something else from the state. */
  readonly outputs: boolean;
  /** The digest of the release that was active; undefined where the plan does not say. */
  readonly from: string | null | undefined;
  /** All of it, as `terraform show -json` prints it. */
  readonly json: string;
  /** The environment whose release it is about; undefined where it is about none, or a command delivers it. */
  readonly environment: string | undefined;
  /** The digest of the release that a command delivers, if one does. */
  readonly delivers: string | undefined;
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
  {
    options = [],
    env = {},
    quiet = false,
  }: {
    readonly options?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly quiet?: boolean;
  } = {},
): Promise<SavedPlan | undefined> {
  // 0: nothing to do, 2: changes, which is no failure (Terraform CLI, command "plan", option -detailed-exitcode)
  const detailed = quiet ? [] : ["-detailed-exitcode"];
  const args = ["plan", "-input=false", ...detailed, `-out=${file}`, ...options];
  const code = await terraform(folder, args, { env, quiet });
  const plan = code === 0 || code === 2 ? await readPlan(folder, file) : undefined;
  // terraform has printed the whole of what it imports
  if (plan && !plan.changes && code === 2 && !quiet)
    process.stdout.write("\nNothing to change: this release is active already.\n");
  return plan;
}

/**
 * Reads a plan that was saved, for the stack in this folder.
 *
 * @returns undefined when it is none, and the person was told
 */
export async function readPlan(folder: string, file: string): Promise<SavedPlan | undefined> {
  const json = await terraformOutput(folder, ["show", "-json", file]);
  if (json === undefined) return undefined;
  const { resource_changes = [], output_changes = {}, prior_state } = JSON.parse(json) as PlanJson;
  const idle = new Set(["no-op", "read"]);
  const isChange = ({ actions }: { readonly actions: readonly string[] }) =>
    !actions.every((action) => idle.has(action));
  const changeOf = (wanted: string) => resource_changes.find(({ type }) => type === wanted)?.change;
  const release = changeOf("hgscim_release");
  const { resources = [] } = prior_state?.values?.root_module ?? {};
  const impact = resources.find(({ type }) => type === "hgscim_impact")?.values;
  return {
    changes: resource_changes.some(({ change }) => isChange(change)),
    outputs: Object.values(output_changes).some(isChange),
    from: impact?.changed ? (impact.from ?? null) : undefined,
    json: json.trim(),
    environment: release?.after?.environment ?? release?.before?.environment,
    delivers: changeOf("null_resource")?.after?.triggers?.digest,
  };
}

/**
 * Does something with a plan that may be carried to another checkout: without the state that lies here, for it would fit no other.
 * The agent says what is active. A backend's state is everybody's, and stays; so does that of a delivery by command, since nobody else knows what was
 * delivered.
 *
 * @param use is given the options for terraform
 */
export async function apartFromState<T>(
  { environment, folder, loaded }: Stack,
  use: (options: readonly string[]) => Promise<T>,
): Promise<T> {
  const isThere = keepsStateHere(folder) && hasState(environment, folder);
  // Terraform warns of the option, so it is not used in vain
  if (!isThere || !loaded.release.settings.delivery.agent) return use([]);
  const none = `hgscim.${process.pid}.none`;
  try {
    return await use([`-state=${none}`]);
  } finally {
    await rm(join(folder, none), { force: true });
  }
}
