/** From the identity provider's request to the person's terminal: agent, Mercurial host and hg, all real. */
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { hg } from "../agent/mercurial/client.ts";
import { HeldUpload } from "../agent/mercurial/held-upload.ts";
import { appears, meddle, until, World } from "../agent/mercurial/world.ts";

let world: World;
let agent: Harness;
let ada: string;
let coreTeam: string;

const patch = (...Operations: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});
const deactivate = () =>
  agent.scim("PATCH", `/Users/${ada}`, patch({ op: "replace", value: { active: false } }));

async function start(more = ""): Promise<void> {
  world = await World.make({ more });
  agent = await startHarness([], { access: world.access, repositories: world.path("root") });
  await agent.deploy(await agent.release());
  const user = await agent.scim("POST", "/Users", { userName: "ada@example.com", active: true });
  ada = user.body.id;
  coreTeam = (await agent.scim("POST", "/Groups", { displayName: "core-team", members: [{ value: ada }] }))
    .body.id;
}

beforeEach(() => start());
afterEach(async () => {
  await agent.stop();
  await world.end();
});

test("what SCIM says is what hg may do, from one request to the next", async () => {
  const clone = await world.work("first");
  expect((await hg(clone, "push", world.url("ada"))).code).toBe(0);
  expect((await hg(clone, "pull", world.url("rob"))).output).toContain(
    "rob may not read repository core/api: there is no such account",
  );

  await agent.scim(
    "PATCH",
    `/Groups/${coreTeam}`,
    patch({ op: "remove", path: `members[value eq "${ada}"]` }),
  );
  expect((await hg(clone, "pull", world.url("ada"))).output).toContain(
    "ada may not read repository core/api",
  );
  await agent.scim(
    "PATCH",
    `/Groups/${coreTeam}`,
    patch({ op: "add", path: "members", value: [{ value: ada }] }),
  );
  expect((await hg(clone, "pull", world.url("ada"))).code).toBe(0);

  await deactivate();
  const { code, output } = await hg(clone, "pull", world.url("ada"));
  expect(code).toBe(255);
  expect(output).toContain(
    "ada may not read repository core/api: the account is deactivated; ask hg-admins@example.com",
  );
});

test("a push whose writer is deactivated while it uploads is refused", async () => {
  const relay = await HeldUpload.before(world.host.url);
  try {
    const clone = await world.work("large", randomBytes(1 << 20));
    const before = await world.changesets();
    const push = hg(clone, "push", world.url("ada", "core/api", relay.url));
    await until(() => readdirSync(world.path("tmp")).some((name) => name.startsWith("hg-unbundle-")));
    expect((await deactivate()).status).toBe(200);
    relay.resume();
    const { code, output } = await push;
    expect(code).toBe(255);
    expect(output).toContain("ada may not write to repository core/api: the account is deactivated");
    expect(await world.changesets()).toEqual(before);
  } finally {
    await relay.end();
  }
});

test("a deactivation waits for a push that is past its last check, and the agent answers others meanwhile", async () => {
  await agent.stop();
  await world.end();
  // stops after the extension's last check, while its read transaction is open
  await start(`${meddle}at = finalize\n`);
  const clone = await world.work("change");
  const push = hg(clone, "push", world.url("ada"));
  await appears(world.signal("reached"));
  let answered = false;
  const deactivation = deactivate().then((reply) => {
    answered = true;
    return reply.status;
  });
  expect((await agent.scim("GET", `/Groups/${coreTeam}`)).status).toBe(200);
  expect(answered).toBe(false);
  world.go();
  // what it asks once its changesets are in is refused already
  expect((await push).output).toContain("added 1 changesets");
  expect(await deactivation).toBe(200);
  expect((await hg(clone, "pull", world.url("ada"))).output).toContain("the account is deactivated");
});

test("without the agent's release nobody gets in", async () => {
  const active = (await agent.admin("GET", "/release")).body;
  await agent.admin("DELETE", "/release", { headers: { "If-Match": `"${active.digest}"` } });
  const { code, output } = await hg(world.folder, "clone", world.url("ada"), world.path("clone"));
  expect(code).toBe(255);
  expect(output).toContain("no release is active");
});
