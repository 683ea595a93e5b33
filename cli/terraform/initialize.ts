/** `terraform init` in a stack's folder, whatever this machine's CLI configuration says about providers. */
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pluginFolder } from "../../stacks/plugin-folder.ts";
import { removeLeftBehind } from "../left-behind.ts";
import { terraform } from "../terraform.ts";

/**
 * Initializes a stack, and removes what runs that were killed left in its folder.
 *
 * @param brings whether all its providers lie beside it: `provider_installation` would have terraform look elsewhere alone
 * @returns whether it went well; false when the person was told why not
 */
export async function initialize(folder: string, brings: boolean): Promise<boolean> {
  // plans above all
  await removeLeftBehind(folder, /^(?:hgscim|terraform-provider-hgscim)\.(\d+)(?:\.\w+)?$/);
  const from = brings ? [`-plugin-dir=${pluginFolder}`] : [];
  // a state that lay elsewhere before stays there: no state needs to be kept
  const code = await terraform(folder, ["init", "-input=false", "-reconfigure", ...from], { quiet: true });
  // remembered, it would keep every later `init` of anybody from looking elsewhere
  const remembered = resolve(folder, process.env.TF_DATA_DIR || ".terraform", "plugin_path");
  if (brings) await rm(remembered, { force: true });
  return code === 0;
}
