/** The offer to fetch Terraform, and what becomes of it. */
import { dirname } from "node:path";
import { confirm } from "../confirm.ts";
import { archiveOf, fetchTerraform, lineByHand } from "./fetch.ts";
import { pinnedTerraform } from "./pinned.ts";

/**
 * Fetches the pinned Terraform into the project's folder, when the person agrees at the terminal or has agreed beforehand.
 *
 * @returns whether it is there; false when the person was told why not, with the line to run by hand
 */
export async function offerTerraform(consent: boolean): Promise<boolean> {
  const tell = (...lines: string[]) => void process.stderr.write(`${lines.join("\n")}\n`);
  const archive = archiveOf(pinnedTerraform, process.env.HGSCIM_TERRAFORM_MIRROR);
  if (!archive.ok) {
    tell(archive.error);
    return false;
  }
  const { url, program } = archive.value;
  const what = `Terraform ${pinnedTerraform.version} from ${url.host} into ${dirname(program)}`;
  const byHand = `  ${lineByHand(archive.value)}`;
  if (!consent && !process.stdin.isTTY) {
    tell(`--yes fetches ${what}. By hand:`, byHand);
    return false;
  }
  if (!consent && !(await confirm(`Fetch ${what}?`))) {
    tell("By hand:", byHand);
    return false;
  }
  tell(`Fetching ${what} …`);
  const fetched = await fetchTerraform(archive.value);
  if (!fetched.ok) tell(`${fetched.error}. By hand:`, byHand);
  return fetched.ok;
}
