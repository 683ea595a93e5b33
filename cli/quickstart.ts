/**
 * `hgscim quickstart`: a working day on loopback. A real agent, a real Mercurial host, the real cdktf and terraform, real
 * SCIM requests and hg commands; it ends with 1 when any of them does not do what it should.
 */
import { join, relative } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { loadEnvironment } from "../model/load.ts";
import { printProblems } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { onInterrupt } from "./interrupt.ts";
import { ownFolder } from "./quickstart/folder.ts";
import { ensureMercurial } from "./quickstart/host/install.ts";
import { type Narrator, narrator } from "./quickstart/narrator.ts";
import { environmentFile, projectToPlay } from "./quickstart/project.ts";
import { workingDay } from "./quickstart/working-day.ts";
import { buildWorld, repositories, type World } from "./quickstart/world.ts";
import { isTerraformUsable } from "./terraform.ts";

export const command = new Command("quickstart")
  .description("play a working day on this machine, with everything real")
  .option("--keep", "leave everything running, and print what to try next")
  .option("--yes", "fetch Terraform where it is missing, and do not ask")
  .action(exitCode(async ({ keep = false, yes = false }) => quickstart(keep, yes)));

async function quickstart(isKept: boolean, consent: boolean): Promise<number> {
  const tell = narrator();
  const loaded = await loadEnvironment(join(projectToPlay(), environmentFile));
  if (!loaded.ok) {
    await printProblems(loaded.error);
    return 1;
  }
  if (!(await isTerraformUsable(consent))) return 1;
  const mercurial = await ensureMercurial((line) => tell.step(line));
  if (!mercurial.ok) {
    process.stderr.write(`${mercurial.error}\n`);
    return 1;
  }
  let world: World | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    onInterrupt((signal) => reject(new Error(`stopped by ${signal}`)));
  });
  // a rejection before anybody waits for it must not end the process by itself
  interrupted.catch(() => undefined);
  try {
    tell.scene("A host with three repositories, and an agent beside it");
    world = await buildWorld(await ownFolder(), loaded.value.release, mercurial.value);
    tell.step(`Mercurial ${mercurial.value.version} serves ${repositories.join(", ")} at ${world.host.url}`);
    tell.step(`the agent takes releases at ${world.admin}, SCIM at ${world.scim.base}`);
    tell.step(`a copy of environments/ names these addresses: ${relative(process.cwd(), world.folder)}`);
    await Promise.race([workingDay(world, tell), interrupted]);
    if (isKept) {
      explainWorld(world, tell);
      await interrupted.catch(() => undefined);
    }
    return 0;
  } catch (error) {
    process.stderr.write(`\nquickstart: ${(error as Error).message}\n`);
    return 1;
  } finally {
    await world?.stop();
  }
}

function explainWorld(world: World, tell: Narrator): void {
  tell.scene("Kept running; Ctrl-C ends it. In another terminal:");
  const authority = relative(world.folder, world.caFile);
  const fetched = process.env.TERRAFORM_BINARY_NAME;
  for (const line of [
    `cd ${relative(process.cwd(), world.folder)}`,
    "export HGSCIM_TOKEN=$(cat token)       # the admin token of this agent, and its certificate",
    `export HGSCIM_CA=$(cat ${authority})`,
    // the folder is a project of its own
    ...(fetched ? [`export TERRAFORM_BINARY_NAME=${fetched}`] : []),
    "npx hgscim plan local                                     # change environments/local.yaml here first",
    "npx hgscim deploy local",
    `hg clone ${world.host.url.replace("://", "://grace@")}/core/api   # passwords.json has her password`,
    `curl --cacert ${authority} -H "Authorization: Bearer $(cat scim-token)" ${world.scim.base}/Users`,
    `npx hgscim rotate local ${world.scim.secret}                        # scim-token-next has the new one then: curl with that`,
    `curl --cacert ${authority} -H "Authorization: Bearer $HGSCIM_TOKEN" ${world.admin}/v1/access`,
  ])
    tell.quote(line);
}
