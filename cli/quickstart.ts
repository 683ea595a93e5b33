/**
 * `hgscim quickstart [--keep]`: a working day on loopback. A real agent, a real Mercurial host, the real cdktf and
 * terraform, real SCIM requests and hg commands; it ends with 1 when any of them does not do what it should.
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Command } from "@commander-js/extra-typings";
import { adminClient } from "../api/client.ts";
import { loadEnvironment } from "../model/load.ts";
import { printProblems } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { runCommand } from "./quickstart/command.ts";
import { developer } from "./quickstart/developer.ts";
import { ensureMercurial } from "./quickstart/host/install.ts";
import { putUser } from "./quickstart/host/users.ts";
import { identityProvider } from "./quickstart/identity-provider.ts";
import { type Narrator, narrator } from "./quickstart/narrator.ts";
import { buildWorld, repositories, type World } from "./quickstart/world.ts";

const folder = resolve(".hgscim", "quickstart");
const shown = (...path: string[]) => relative(process.cwd(), join(folder, ...path));

export const command = new Command("quickstart")
  .description("play a working day on this machine, with everything real")
  .option("--keep", "leave everything running, and print what to try next")
  .action(exitCode(async ({ keep = false }) => quickstart(keep)));

async function quickstart(isKept: boolean): Promise<number> {
  const tell = narrator();
  const loaded = await loadEnvironment(join("environments", "local.yaml"));
  if (!loaded.ok) {
    await printProblems(loaded.problems);
    return 1;
  }
  const mercurial = await ensureMercurial((line) => tell.step(line));
  if (!mercurial.ok) {
    process.stderr.write(`${mercurial.message}\n`);
    return 1;
  }
  let world: World | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  });
  // a rejection before anybody waits for it must not end the process by itself
  interrupted.catch(() => undefined);
  try {
    tell.scene("A host with three repositories, and an agent beside it");
    world = await buildWorld(folder, loaded.value.release, mercurial.value);
    tell.step(`Mercurial ${mercurial.value.version} serves ${repositories.join(", ")} at ${world.host.url}`);
    tell.step(`the agent takes releases at ${world.admin}, SCIM at ${world.scim.base}`);
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

async function workingDay(world: World, tell: Narrator): Promise<void> {
  const okta = identityProvider(world.scim.base, world.scim.token, world.ca);
  const admin = adminClient({ url: world.admin, token: world.token, ca: world.ca });
  const newcomer = async (account: string) => {
    const person = await developer(account, world.host.url, join(world.folder, "homes"));
    await putUser(world.users, account, person.password);
    return person;
  };
  const [ada, grace] = [await newcomer("ada"), await newcomer("grace")];
  await writeFile(
    join(world.folder, "passwords.json"),
    `${JSON.stringify({ ada: ada.password, grace: grace.password }, null, 2)}\n`,
    { mode: 0o600 },
  );

  tell.scene("The environment file becomes a release");
  tell.step("before any release, nobody gets in:");
  refused(await ada.clone("core/api"), tell);
  await cdktf(["plan", "local"], world, tell);
  await cdktf(["deploy", "local", "--auto-approve"], world, tell);
  const first = await activeDigest(admin);
  tell.step(`active: ${first}`);

  tell.scene("Morning: Okta pushes its groups, and two people join");
  const groups = { engineering: "", "core-team": "", "docs-team": "" };
  for (const name of Object.keys(groups) as (keyof typeof groups)[])
    groups[name] = await okta.createGroup(name);
  tell.step(`groups ${Object.keys(groups).join(", ")}`);
  const users = {
    ada: await okta.createUser("Ada", "Lovelace", "ada@example.com"),
    grace: await okta.createUser("Grace", "Hopper", "grace@example.com"),
  };
  for (const user of Object.values(users)) {
    await okta.addMember(groups.engineering, user);
    await okta.addMember(groups["core-team"], user);
  }
  tell.step("ada and grace are in engineering and core-team");
  for (const person of [ada, grace])
    allowed(await person.clone("core/api"), `${person.account} clones core/api`, tell);
  allowed(await ada.push("core/api", "Ada was here"), "ada pushes to core/api", tell);

  tell.scene("Noon: ada moves to the docs team");
  await okta.removeMember(groups["core-team"], users.ada);
  await okta.addMember(groups["docs-team"], users.ada);
  tell.step("ada pushes to core/api as before:");
  refused(await ada.push("core/api", "Ada was here again"), tell);
  allowed(await ada.clone("docs"), "ada clones docs", tell);
  allowed(await ada.push("docs", "How we work"), "ada pushes to docs", tell);

  tell.scene("Afternoon: ada leaves the company");
  const left = performance.now();
  await okta.deactivate(users.ada);
  tell.step("Okta deactivates ada", performance.now() - left);
  tell.step("ada pulls from docs:");
  refused(await ada.pull("docs"), tell);
  tell.step("from the deactivation to the refusal at her terminal", performance.now() - left);

  tell.scene("Evening: somebody proposes that only the docs team may push to core");
  const proposal = shown("environments");
  await cp("environments", proposal, { recursive: true });
  const file = join(proposal, "local.yaml");
  await writeFile(file, `${await readFile(file, "utf8")}\npermissions:\n  core:\n    write: [docs-team]\n`);
  tell.step(`a copy of the file says so: ${file}`);
  const env = { HGSCIM_ENVIRONMENTS: proposal };
  await cdktf(["plan", "local"], world, tell, env);
  await cdktf(["deploy", "local", "--auto-approve"], world, tell, env);
  tell.step("grace pushes to core/api:");
  refused(await grace.push("core/api", "Grace was here"), tell);

  tell.scene("And back: the first release again");
  await cdktf(["deploy", "local", "--auto-approve"], world, tell);
  const again = await activeDigest(admin);
  if (again !== first)
    throw new Error(`the digest is ${again} (expected ${first}, that of the first deploy)`);
  tell.step(`active: ${again}, the same digest as in the morning`);
  allowed(await grace.push("core/api", "Grace was here after all"), "grace pushes to core/api", tell);
  tell.scene("Everything happened as it should.");
}

/** Runs the real cdktf as a user would, and shows what matters of its output. */
async function cdktf(
  args: string[],
  world: World,
  tell: Narrator,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  tell.step(
    `$ ${env.HGSCIM_ENVIRONMENTS ? `HGSCIM_ENVIRONMENTS=${env.HGSCIM_ENVIRONMENTS} ` : ""}npx cdktf ${args.join(" ")}`,
  );
  const bin = join("node_modules", ".bin", "cdktf");
  const { code, output, milliseconds } = await runCommand(bin, args, {
    env: {
      ...process.env,
      CHECKPOINT_DISABLE: "1",
      FORCE_COLOR: "0",
      HGSCIM_TOKEN: world.token,
      HGSCIM_CA: world.ca,
      ...env,
    },
  });
  tell.quote(code === 0 ? essence(output, args[0] === "plan" ? /Terraform will perform/ : /^Plan:/) : output);
  if (code !== 0) throw new Error(`cdktf ${args[0]} ended with ${code}`);
  tell.step("done", milliseconds);
}

/** Terraform's own words, without what cdktf and init say around and between them. */
function essence(output: string, start: RegExp): string {
  const lines = stripVTControlCharacters(output)
    .split("\n")
    // cdktf puts the stack's name before the first line of each chunk, and as much white space before the others
    .map((line) => line.replace(/^(local {2}| {7})/, "").trimEnd())
    .filter((line) => !/^(\d+ Stacks? deploying|[\u2800-\u28ff])/.test(line));
  // a deploy repeats the plan that was shown before it
  const from = lines.findIndex((line) => start.test(line));
  const to = lines.findIndex(
    (line, index) =>
      index > from && /Saved the plan to|No outputs found|problems with the CLI config/.test(line),
  );
  return lines
    .slice(Math.max(from, 0), to < 0 ? undefined : to)
    .filter((line, index, all) => line !== "" || all[index - 1] !== "")
    .join("\n")
    .replace(/[\s─]+$/, "");
}

function allowed(
  { code, output, milliseconds }: { code: number; output: string; milliseconds: number },
  what: string,
  tell: Narrator,
): void {
  if (code !== 0) throw new Error(`${what}: refused, which it should not be:\n${output}`);
  tell.step(what, milliseconds);
}

function refused(
  { code, output, milliseconds }: { code: number; output: string; milliseconds: number },
  tell: Narrator,
): void {
  // any other failure of hg would prove nothing about access
  const reason = output.split("\n").filter((line) => / may not | access cannot be checked/.test(line));
  if (code === 0 || reason.length === 0) throw new Error(`this should have been refused:\n${output}`);
  tell.quote(reason.join("\n"));
  tell.step("refused", milliseconds);
}

async function activeDigest(admin: ReturnType<typeof adminClient>): Promise<string> {
  const active = await admin.activeRelease();
  if (!active.ok) throw new Error(active.error.message);
  return active.value?.digest ?? "none";
}

function explainWorld(world: World, tell: Narrator): void {
  tell.scene("Kept running; Ctrl-C ends it. In another terminal:");
  const authority = relative(process.cwd(), world.caFile);
  for (const line of [
    `export HGSCIM_TOKEN=$(cat ${shown("token")})       # the admin token of this agent, and its certificate`,
    `export HGSCIM_CA=$(cat ${authority})`,
    "npx hgscim plan local                                     # change environments/local.yaml first",
    "npx hgscim deploy local",
    `hg clone ${world.host.url.replace("://", "://grace@")}/core/api   # ${shown("passwords.json")} has her password`,
    `curl --cacert ${authority} -H "Authorization: Bearer $(cat ${shown("scim-token")})" ${world.scim.base}/Users`,
    `curl --cacert ${authority} -H "Authorization: Bearer $HGSCIM_TOKEN" ${world.admin}/v1/access`,
  ])
    tell.quote(line);
}
