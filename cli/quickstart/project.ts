/**
 * A copy of the project's environments in the quickstart's folder, with the addresses of its own agent in it: cdktf's
 * stacks and Terraform's state lie there too, and the project itself stays as it is.
 */
import { existsSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFile, packageFolder } from "../../model/package.ts";
import type { Release } from "../../model/release.ts";
import type { AgentAddresses } from "./agent.ts";

/** The environment that the quickstart deploys, as its path in a project. */
export const environmentFile = join("environments", "local.yaml");

/** The project that is here; where it has no such environment, the samples that this package brings along. */
export function projectToPlay(): string {
  return existsSync(environmentFile) ? "." : packageFolder;
}

/** Where the environment says that its agent is. */
export interface DeclaredAddresses {
  /** The SCIM base URL. */
  readonly scim: URL;
  readonly admin: URL;
}

/** @throws {Error} with a sentence for the person, when the release names no such addresses */
export function declaredAddresses({ variables, settings }: Release): DeclaredAddresses {
  const base = variables.SCIM_API_BASE_URL;
  const admin = settings.delivery.agent?.url;
  if (base?.type !== "url" || base.value === undefined || admin === undefined)
    throw new Error(`the quickstart needs delivery.agent and a SCIM_API_BASE_URL in ${environmentFile}`);
  return { scim: new URL(base.value), admin: new URL(admin) };
}

/**
 * Copies the project into a folder, for an agent that listens at these addresses.
 *
 * @param token the environment variable that the environment has its token from, and the file that has it here: a token in two files is
 *   one that `hgscim rotate` can replace
 */
export async function copyProject(
  folder: string,
  declared: DeclaredAddresses,
  actual: AgentAddresses,
  { variable, slot }: { readonly variable: string; readonly slot: string },
): Promise<void> {
  const project = projectToPlay();
  await cp(join(project, "environments"), join(folder, "environments"), { recursive: true });
  const file = join(folder, environmentFile);
  const text = (await readFile(file, "utf8"))
    .replaceAll(declared.scim.host, new URL(actual.scim).host)
    .replaceAll(declared.admin.host, new URL(actual.admin).host)
    .replace(
      `[ref+env://${variable}]`,
      JSON.stringify([`ref+file://${slot}`, `ref+file://${slot}-next`]).replace(",", ", "),
    );
  await writeFile(file, text);

  const settings = join(project, "cdktf.json");
  if (!existsSync(settings)) return;
  // what is built already: two quickstarts must not build at once
  const app = `node ${JSON.stringify(packageFile("dist/main.js"))}`;
  const changed = { ...JSON.parse(await readFile(settings, "utf8")), app };
  await writeFile(join(folder, "cdktf.json"), `${JSON.stringify(changed, null, 2)}\n`);
}
