/** Agent and extension are upgraded one after the other, in either order, from a version whose access file has another format. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Host, startHost } from "../../cli/quickstart/host/host.ts";
import { packageFile, packageFolder } from "../../model/package.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { hg } from "../agent/mercurial/client.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { World } from "../agent/mercurial/world.ts";

/** The package of the version before: this one, but for the number of its access file's format. */
let before: string;
let world: World;
let agent: Harness;
let ada: string;
/** The web server with the extension of the version before; that of this version is the world's. */
let hostBefore: Host;

const another =
  "abort: HTTP Error 503: access cannot be checked, so nothing is allowed: the access file has another format; ask hg-admins@example.com\n";

beforeAll(() => {
  before = mkdtempSync(join(tmpdir(), "hgscim-before-"));
  for (const name of ["package.json", "dist", "agent/mercurial"])
    cpSync(packageFile(name), join(before, name), { recursive: true });
  symlinkSync(packageFile("node_modules"), join(before, "node_modules"));
  const number = /^(PRAGMA user_version = |FORMAT = |var accessFormat = )(\d+)\b/m;
  const programs = readdirSync(join(before, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => join("dist", file));
  const beside = ["agent/mercurial/access-schema.sql", "agent/mercurial/hgscim/accessfile.py"];
  const changed = [...beside, ...programs].filter((file) => {
    const text = readFileSync(join(before, file), "utf8");
    const earlier = text.replace(number, (_, name: string, format: string) => `${name}${Number(format) - 1}`);
    writeFileSync(join(before, file), earlier);
    return earlier !== text;
  });
  expect(changed).toEqual([...beside, expect.stringMatching(/^dist\//)]);
});
afterAll(() => rmSync(before, { recursive: true }));

beforeEach(async () => {
  world = await World.make();
  agent = await startHarness([], { access: world.access, repositories: world.path("root") });
  await agent.deploy(await agent.release());
  for (const name of ["ada", "rob"]) {
    const user = await agent.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
    if (name === "ada") ada = user.body.id;
    else await group("engineering", user.body.id);
  }
  await group("core-team", ada);
  await agentOf(before);
  hostBefore = await hostOf(join(before, "agent/mercurial/hgscim"));
});
afterEach(async () => {
  await hostBefore.stop();
  await agent.stop();
  await world.end();
});

const group = (displayName: string, value: string) =>
  agent.scim("POST", "/Groups", { displayName, members: [{ value }] });
const asked = async (account: string, host: Host) =>
  (await hg(world.folder, "identify", world.url(account, "core/api", host.url))).output;
const served = /^[0-9a-f]{12}\n$/;
const leaves = () =>
  agent.scim("PATCH", `/Users/${ada}`, { Operations: [{ op: "replace", path: "active", value: false }] });

test("the agent first: the extension of before refuses everything until it is this version's too", async () => {
  expect(await asked("ada", hostBefore)).toMatch(served);
  await agentOf(packageFolder);
  for (const account of ["ada", "rob"]) expect(await asked(account, hostBefore)).toBe(another);
  // whoever leaves meanwhile is out once anybody is in
  expect((await leaves()).status).toBe(200);
  expect(await asked("ada", world.host)).toContain("the account is deactivated");
  expect(await asked("rob", world.host)).toMatch(served);
});

test("the extension first: it refuses everything until the agent has made the file anew", async () => {
  expect(await asked("ada", hostBefore)).toMatch(served);
  for (const account of ["ada", "rob"]) expect(await asked(account, world.host)).toBe(another);
  expect((await leaves()).status).toBe(200);
  await agentOf(packageFolder);
  expect(await asked("ada", world.host)).toContain("the account is deactivated");
  expect(await asked("rob", world.host)).toMatch(served);
  expect(await asked("rob", hostBefore)).toBe(another);
});

test("the way back is the same: an agent of before makes its own file anew", async () => {
  await agentOf(packageFolder);
  expect(await asked("rob", world.host)).toMatch(served);
  await agentOf(before);
  expect(await asked("rob", world.host)).toBe(another);
  expect(await asked("rob", hostBefore)).toMatch(served);
});

/** Stops the agent that runs, and starts that of a package on the same store. */
async function agentOf(folder: string): Promise<void> {
  const { agent: last, config } = agent;
  await last.stop();
  const file = join(agent.folder, "agent.yaml");
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [join(folder, "dist/cli/main.js"), "agent", "--config", file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), ended.then(() => [""])]);
  const scim = /scim (\S+?),/.exec(String(line))?.[1];
  if (scim === undefined) throw new Error(`the agent did not start: ${said}`);
  agent.agent = {
    ...last,
    scim,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** A web server of the world's repositories, with another extension. */
async function hostOf(extension: string): Promise<Host> {
  const host = await startHost({
    mercurial: await installed(),
    root: world.path("root"),
    access: world.access,
    users: world.path("users.json"),
    contact: "hg-admins@example.com",
    program: fileURLToPath(new URL("../agent/mercurial/altered_host.py", import.meta.url)),
    env: {
      HOST_FOLDER: dirname(packageFile("cli/quickstart/host/host.py")),
      HOST_MORE: `[extensions]\nhgscim = ${extension}\n`,
    },
  });
  if (!host.ok) throw new Error(host.error);
  return host.value;
}
