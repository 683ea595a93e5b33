/** The story of the quickstart: who joins, moves and leaves, what that does at their terminals, and a change of policy. */
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { adminClient } from "../../api/client.ts";
import { cdktf } from "./cdktf.ts";
import type { Finished } from "./command.ts";
import { developer } from "./developer.ts";
import { putUser } from "./host/users.ts";
import { identityProvider } from "./identity-provider.ts";
import type { Narrator } from "./narrator.ts";
import { environmentFile } from "./project.ts";
import type { World } from "./world.ts";

/**
 * Plays the day and tells it.
 *
 * @throws {Error} with a sentence for the person, when anything does not happen as it should
 */
export async function workingDay(world: World, tell: Narrator): Promise<void> {
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
  await cdktf("plan", world, tell);
  await cdktf("deploy", world, tell);
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
  const file = join(world.folder, environmentFile);
  const before = await readFile(file, "utf8");
  await writeFile(file, `${before}\npermissions:\n  core:\n    write: [docs-team]\n`);
  tell.step(`${relative(process.cwd(), file)} says so`);
  await cdktf("plan", world, tell);
  await cdktf("deploy", world, tell);
  tell.step("grace pushes to core/api:");
  refused(await grace.push("core/api", "Grace was here"), tell);

  tell.scene("And back: the first release again");
  await writeFile(file, before);
  await cdktf("deploy", world, tell);
  const again = await activeDigest(admin);
  if (again !== first)
    throw new Error(`the digest is ${again} (expected ${first}, that of the first deploy)`);
  tell.step(`active: ${again}, the same digest as in the morning`);
  allowed(await grace.push("core/api", "Grace was here after all"), "grace pushes to core/api", tell);
  tell.scene("Everything happened as it should.");
}

function allowed({ code, output, took }: Finished, what: string, tell: Narrator): void {
  if (code !== 0) throw new Error(`${what}: refused, which it should not be:\n${output}`);
  tell.step(what, took);
}

function refused({ code, output, took }: Finished, tell: Narrator): void {
  // any other failure of hg would prove nothing about access
  const reason = output.split("\n").filter((line) => / may not | access cannot be checked/.test(line));
  if (code === 0 || reason.length === 0) throw new Error(`this should have been refused:\n${output}`);
  tell.quote(reason.join("\n"));
  tell.step("refused", took);
}

async function activeDigest(admin: ReturnType<typeof adminClient>): Promise<string> {
  const active = await admin.activeRelease();
  if (!active.ok) throw new Error(active.error.message);
  return active.value?.digest ?? "none";
}
