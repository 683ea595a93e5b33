import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHarness } from "../agent/harness.ts";
import { type Access, change, writeAccess } from "../agent/mercurial/access.ts";
import { commit, hg, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { appears, meddle, password, World } from "../agent/mercurial/world.ts";

/** ada writes to all; rob releases besides; eve releases and does not write. */
const access: Access = {
  accounts: { ada: true, rob: true, eve: true },
  memberships: {
    ada: ["okta/core-team"],
    rob: ["okta/core-team", "okta/release-managers"],
    eve: ["okta/release-managers"],
  },
  permissions: {
    core: {
      repositories: ["core/**"],
      write: ["okta/core-team"],
      branches: { stable: ["okta/release-managers"], stäble: ["okta/release-managers"] },
    },
    lab: { repositories: ["lab"], write: ["okta/core-team"] },
  },
};

const only = "only members of okta/release-managers may; ask hg-admins@example.com";
const mayNot = (what: string, repository = "core/api") =>
  new RegExp(`ada may not push ${what} to branch stable of repository ${repository}: ${only}`);
const changeset = "changeset [0-9a-f]{12}";

const legacy = (part: string) => ["--config", `devel.legacy.exchange=${part}`];
const exchanges: [string, string[]][] = [
  ["bundle2", []],
  ["bundle1", legacy("bundle1")],
];
// what makes obsolescence markers, and takes them in
const evolving = ["--config", "experimental.evolution=createmarkers, exchange"];

let world: World;
let made = 0;

/** A repository of its own on the server, with one public changeset on the default branch. */
async function repository(): Promise<string> {
  const name = `core/repository${++made}`;
  const server = world.path("root", name);
  await makeRepository(server);
  await run(server, "phase", "--public", "-r", "0");
  return name;
}

/** A clone, on the branch and with one more changeset there. */
async function work(name: string, branch = "stable"): Promise<string> {
  const clone = world.path(`clone${++made}`);
  await run(world.folder, "clone", "-q", world.path("root", name), clone);
  await run(clone, "branch", "-q", "-f", branch);
  await commit(clone, `file${made}`, branch);
  return clone;
}

const run = (cwd: string, ...args: string[]) => succeed(local(cwd, ...args));

/** All that a push could change on the server. */
async function everything(name: string): Promise<string> {
  const server = world.path("root", name);
  return [
    await run(server, "log", "--hidden", "-T", "{node} {branch} {phase} {obsolete} {bookmarks}\n"),
    await run(server, ...evolving, "debugobsolete"),
    (await local(server, "bookmarks")).output,
  ].join("\n");
}

async function refused(clone: string, name: string, what: string, ...args: string[]): Promise<void> {
  const before = await everything(name);
  const { code, output } = await hg(clone, "push", "--new-branch", ...args, world.url("ada", name));
  expect(output).toMatch(mayNot(what, name));
  expect(code).not.toBe(0);
  expect(await everything(name)).toBe(before);
}

const allowed = (account: string, clone: string, name: string, ...args: string[]) =>
  succeed(hg(clone, "push", "--new-branch", ...args, world.url(account, name)));

describe("a branch that a rule covers", () => {
  beforeAll(async () => {
    world = await World.make();
  });
  afterAll(() => world.end());
  beforeEach(() => writeAccess(world.access, access));

  it.each(exchanges)("takes changesets from those whom the rule names, with %s", async (_, config) => {
    const name = await repository();
    const clone = await work(name);
    await refused(clone, name, changeset, ...config);
    // the rule gives nothing to whom lacks write
    const { output } = await hg(clone, "push", "--new-branch", ...config, world.url("eve", name));
    expect(output).toContain(`eve may not read repository ${name}: the read right is missing`);
    await allowed("rob", clone, name, ...config);
    // the branch is there now: what continues it is judged as what began it
    await commit(clone, "more", "more");
    await refused(clone, name, changeset, ...config);
  });

  it("is one of several in a push: all of it is stored, or nothing", async () => {
    const name = await repository();
    const clone = await work(name, "default");
    for (const branch of ["topic", "stable", "default"]) {
      await run(clone, "branch", "-q", "-f", branch);
      await commit(clone, `on-${branch}`, branch);
    }
    await refused(clone, name, changeset);
    await allowed("ada", clone, name, "-r", "topic");
    await refused(clone, name, changeset);
    await allowed("rob", clone, name);
  });

  it("is no hindrance on other branches, nor in repositories that the set does not cover", async () => {
    const name = await repository();
    await allowed("ada", await work(name, "stable-2"), name);
    await allowed("ada", await work("lab"), "lab");
  });

  it("is touched by what merges into it and by what closes it, not by what is merged from it", async () => {
    const name = await repository();
    const clone = await work(name);
    await allowed("rob", clone, name);
    await run(clone, "update", "-q", "default");
    await commit(clone, "on-default", "on-default");
    await run(clone, "merge", "-q", "stable");
    await run(clone, "commit", "-qm", "merge from stable");
    await allowed("ada", clone, name);

    const merging = await work(name, "default");
    await run(merging, "update", "-q", "stable");
    await run(merging, "merge", "-q", "default");
    await run(merging, "commit", "-qm", "merge into stable");
    await refused(merging, name, changeset);

    const closing = world.path("closing");
    await run(world.folder, "clone", "-q", "-u", "stable", world.path("root", name), closing);
    await run(closing, "commit", "-q", "--close-branch", "-m", "close");
    await refused(closing, name, changeset);
    await allowed("rob", closing, name);
  });

  it.each([
    ["bundle2", []],
    ["pushkey", legacy("phases")],
  ])("is touched by the publication of its drafts, with %s", async (_, config) => {
    const name = await repository();
    const server = world.path("root", name);
    const clone = await work(name);
    await run(server, "pull", "-q", clone);
    await run(server, "phase", "--draft", "--force", "-r", "all()");
    await run(clone, "phase", "--public", "-r", "all()");
    await refused(clone, name, `the phase of ${changeset}`, ...config);
    // 1: there were no changesets to push
    expect((await hg(clone, "push", ...config, world.url("rob", name))).code).toBe(1);
    expect(await run(server, "log", "-T", "{phase} ")).toBe("public public ");
  });

  it("is touched when what is pushed on another branch publishes its drafts", async () => {
    const name = await repository();
    const server = world.path("root", name);
    const clone = await work(name);
    await run(server, "pull", "-q", clone);
    await run(server, "phase", "--draft", "--force", "-r", "all()");
    await run(clone, "branch", "-q", "topic");
    await commit(clone, "on-topic", "on-topic");
    await refused(clone, name, `the phase of ${changeset}`);
    await allowed("rob", clone, name);
  });

  it.each([
    ["bundle2", []],
    ["pushkey", legacy("bookmarks")],
  ])("is touched by a bookmark of its name, and by no other, with %s", async (_, config) => {
    const name = await repository();
    await allowed("rob", await work(name), name);
    const clone = await work(name, "default");
    await run(clone, "bookmark", "-f", "stable", "-r", "0");
    await run(clone, "bookmark", "review", "-r", "branch(stable)");
    await refused(clone, name, "bookmark stable", ...config, "-r", "0", "-B", "stable");
    await hg(clone, "push", ...config, "-r", "0", "-B", "review", world.url("ada", name));
    await hg(clone, "push", ...config, "-r", "0", "-B", "stable", world.url("rob", name));
    expect(await everything(name)).toMatch(/ review\n.* stable\n/);
    // nor may it be taken away
    await run(clone, "bookmark", "-d", "stable");
    await refused(clone, name, "bookmark stable", ...config, "-r", "0", "-B", "stable");
  });

  it("is known by its name, which a client stores as UTF-8", async () => {
    const name = await repository();
    const forge = fileURLToPath(new URL("../agent/mercurial/forge.py", import.meta.url));
    const stored: [BufferEncoding, string][] = [
      ["utf8", `to branch st\\xe4ble of repository ${name}: ${only}`],
      [
        "latin1",
        `repository ${name}: Mercurial does not read such a name as it is sent, for it is not UTF-8`,
      ],
    ];
    for (const [encoding, refusal] of stored) {
      const clone = world.path(`forged${++made}`);
      await run(world.folder, "clone", "-q", world.path("root", name), clone);
      const config = ["--config", `extensions.forge=${forge}`];
      const branch = ["--config", `forge.branch=${Buffer.from("stäble", encoding).toString("hex")}`];
      await succeed(hg(clone, ...config, ...branch, "tag", "-f", "made"));
      expect(await run(clone, "log", "-r", "tip", "-T", "{branch}")).toBe("stäble");
      const before = await everything(name);
      const { output } = await hg(clone, "push", "--new-branch", world.url("ada", name));
      expect(output).toContain(refusal);
      expect(await everything(name)).toBe(before);
    }
  });

  it("needs a group of every rule that covers it", async () => {
    const everywhere = { repositories: ["**"], branches: { stable: ["okta/core-team", "okta/ops"] } };
    writeAccess(world.access, { ...access, permissions: { ...access.permissions, everywhere } });
    const name = await repository();
    const clone = await work(name);
    await refused(clone, name, changeset);
    await allowed("rob", clone, name);
    change(
      world.access,
      "DELETE FROM restrictions WHERE permission = 'everywhere' AND \"group\" = 'okta/core-team'",
    );
    await commit(clone, "more", "more");
    const { output } = await hg(clone, "push", world.url("rob", name));
    expect(output).toContain("only members of okta/ops may");
  });

  it.each([
    [
      "bundle2",
      ["bundle", "-q", "-a", "-t", "none-v2;stream=v2"],
      "hg pushes nothing like a part 'stream2', so this host does not take it",
    ],
    ["bundle1", ["debugcreatestreamclonebundle"], "hg pushes nothing like the files of a repository"],
  ])("cannot be filled by the files of an empty repository's store, with %s", async (_, make, answer) => {
    const clone = await work("lab");
    await run(clone, "phase", "--public", "-r", "all()");
    const bundle = world.path(`stream${++made}.hg`);
    await run(clone, ...make, bundle);
    const name = `core/empty${made}`;
    await run(world.folder, "init", world.path("root", name));
    const query = `cmd=unbundle&heads=${Buffer.from("force").toString("hex")}`;
    const response = await fetch(`${world.host.url}/${name}?${query}`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`ada:${password}`).toString("base64")}` },
      body: readFileSync(bundle),
    });
    expect(await run(world.path("root", name), "log")).toBe("");
    expect(await response.text()).toContain(answer);
  });
});

describe("on a host that exchanges obsolescence", () => {
  const more = "[experimental]\nevolution = createmarkers, exchange\n[phases]\npublish = no\n";
  beforeAll(async () => {
    world = await World.make({ more });
    writeAccess(world.access, access);
  });
  afterAll(() => world.end());

  it.each([
    ["bundle2", []],
    ["pushkey", legacy("obsmarkers")],
  ])("a marker touches the branch of the changeset that it makes obsolete, with %s", async (_, config) => {
    const name = await repository();
    // what is pulled from it on this machine stays a draft too
    writeFileSync(world.path("root", name, ".hg", "hgrc"), "[phases]\npublish = no\n");
    const drop = async (branch: string) => {
      const clone = await work(name, branch);
      await allowed("rob", clone, name);
      const node = await run(clone, "log", "-r", ".", "-T", "{node}");
      await run(clone, "update", "-q", "0");
      await run(clone, ...evolving, "debugobsolete", "--record-parents", node);
      return clone;
    };
    const stable = await drop("stable");
    await refused(stable, name, `the obsolescence of ${changeset}`, ...evolving, ...config);
    const topic = await drop("topic");
    await hg(topic, "push", ...evolving, ...config, world.url("ada", name));
    expect(await everything(name)).toMatch(/ topic draft obsolete/);
    await hg(stable, "push", ...evolving, ...config, world.url("rob", name));
    expect(await everything(name)).toMatch(/ stable draft obsolete/);
  });
});

describe("a rule that changes while a push is taken in", () => {
  afterEach(() => world.end());

  it("is judged as it stands when the push closes", async () => {
    world = await World.make({ more: `${meddle}at = pretxnclose\n` });
    writeAccess(world.access, access);
    const name = await repository();
    const clone = await work(name);
    const before = await everything(name);
    const push = hg(clone, "push", "--new-branch", world.url("rob", name));
    await appears(world.signal("reached"));
    change(
      world.access,
      "DELETE FROM memberships WHERE account = 'rob' AND \"group\" = 'okta/release-managers'",
    );
    world.go();
    const { code, output } = await push;
    expect(code).toBe(255);
    expect(output).toContain("remote: rob may not push changeset");
    expect(await everything(name)).toBe(before);
  });
});

describe("with an agent", () => {
  afterEach(() => world.end());

  it("the identity provider's groups decide who pushes to a branch, from one push to the next", async () => {
    world = await World.make();
    const agent = await startHarness([], { access: world.access, repositories: world.path("root") });
    try {
      await agent.deploy(await agent.release());
      const ada = (await agent.scim("POST", "/Users", { userName: "ada@example.com", active: true })).body.id;
      const group = async (displayName: string, ...members: string[]) =>
        (await agent.scim("POST", "/Groups", { displayName, members: members.map((value) => ({ value })) }))
          .body.id as string;
      await group("core-team", ada);
      const managers = await group("release-managers");
      const change = (op: string, path: string, value?: unknown) =>
        agent.scim("PATCH", `/Groups/${managers}`, {
          schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
          Operations: [{ op, path, value }],
        });

      const name = await repository();
      const clone = await work(name);
      await refused(clone, name, changeset);
      await change("add", "members", [{ value: ada }]);
      await allowed("ada", clone, name);
      await change("remove", `members[value eq "${ada}"]`);
      await commit(clone, "more", "more");
      await refused(clone, name, changeset);
    } finally {
      await agent.stop();
    }
  });
});
