/** Single accounts, denials, rules that end, and rules for bookmarks and files, with the real hg. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHarness } from "../agent/harness.ts";
import { type Access, type Permission, writeAccess } from "../agent/mercurial/access.ts";
import { commit, hg, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { World } from "../agent/mercurial/world.ts";

let world: World;
let made = 0;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.end());

const run = (cwd: string, ...args: string[]) => succeed(local(cwd, ...args));

async function repository(name = `core/repository${++made}`): Promise<string> {
  await makeRepository(world.path("root", name));
  await run(world.path("root", name), "phase", "--public", "-r", "all()");
  return name;
}

/** A clone with one more changeset, in which a file is written. */
async function work(name: string, file = `file${made}`): Promise<string> {
  const clone = world.path(`clone${++made}`);
  await run(world.folder, "clone", "-q", world.path("root", name), clone);
  await write(clone, file);
  return clone;
}

async function write(clone: string, file: string): Promise<void> {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  await commit(clone, file, `${file} ${++made}`);
}

const url = (account: string, name: string) => world.url(account, encodeURI(name));
const push = (account: string, clone: string, name: string, ...args: string[]) =>
  hg(clone, "push", ...args, url(account, name));
const allowed = (account: string, clone: string, name: string, ...args: string[]) =>
  succeed(push(account, clone, name, ...args));

/** All that a push could change on the server. */
async function everything(name: string): Promise<string> {
  const server = world.path("root", name);
  return (await run(server, "log", "-T", "{node} {phase}\n")) + (await local(server, "bookmarks")).output;
}

async function refused(reason: string, account: string, clone: string, name: string, ...args: string[]) {
  const before = await everything(name);
  const { code, output } = await push(account, clone, name, ...args);
  expect(output).toMatch(new RegExp(`${account} may not ${reason}; ask hg-admins@example.com`));
  expect(code).not.toBe(0);
  expect(await everything(name)).toBe(before);
}

/** ada and rob are in the core team; eve is in no group. */
function permit(core: Omit<Permission, "repositories">, more: Access["permissions"] = {}): void {
  writeAccess(world.access, {
    accounts: { ada: true, rob: true, eve: true },
    memberships: { ada: ["okta/core-team"], rob: ["okta/core-team", "okta/writers"] },
    permissions: { core: { repositories: ["core/**"], ...core }, ...more },
  });
}

describe("a right of one account", () => {
  it("is that account's alone", async () => {
    permit({ write: ["eve"] });
    const name = await repository();
    const clone = await work(name);
    await refused(`read repository ${name}: the read right is missing`, "ada", clone, name);
    await allowed("eve", clone, name);
  });

  it("that is denied goes before what its groups are given", async () => {
    permit({ write: ["okta/core-team"], deny: { write: ["ada"] } });
    const name = await repository();
    const clone = await work(name);
    await refused(`write to repository ${name}: the write right is denied`, "ada", clone, name);
    await succeed(hg(clone, "pull", world.url("ada", name)));
    await allowed("rob", clone, name);
    permit(
      { write: ["okta/core-team"] },
      { off: { repositories: ["core/*"], deny: { read: ["okta/writers"] } } },
    );
    await write(clone, "more");
    await refused(`read repository ${name}: the read right is denied`, "rob", clone, name);
    await allowed("ada", clone, name);
  });

  it("ends by itself, without anybody writing the access file", async () => {
    const lent = { read: ["ada"], write: ["ada"] };
    permit({ ...lent, until: { "write ada": Date.now() + 3_600_000 } });
    const name = await repository();
    const clone = await work(name);
    await allowed("ada", clone, name);
    const end = Date.now() + 500;
    permit({ ...lent, until: { "write ada": end } });
    await write(clone, "more");
    await new Promise((resolve) => setTimeout(resolve, end - Date.now()));
    await refused(`write to repository ${name}: the write right is missing`, "ada", clone, name);
    await succeed(hg(clone, "pull", world.url("ada", name)));
  });

  it("comes from a release, and goes when its time has come by the host's clock", async () => {
    const agent = await startHarness([], { access: world.access, repositories: world.path("root") });
    try {
      const name = await repository();
      const clone = await work(name);
      const exception = (until: string) => [
        { account: "ada", until, reason: "migration", approver: "Carol" },
      ];
      const bounds = { lose: "100%", above: 0, protected: [] };
      const lent = await agent.release((release) => {
        release.settings.bounds = bounds;
        release.permissions.core.write = exception("2999-12-31");
      });
      const digest = await agent.deploy(lent);
      await agent.scim("POST", "/Users", { userName: "ada@example.com", active: true });
      await allowed("ada", clone, name);
      const over = await agent.release((release) => {
        release.settings.bounds = bounds;
        release.permissions.core.write = exception("2020-12-31T12:00:00+01:00");
      });
      await agent.deploy(over, digest);
      await write(clone, "more");
      await refused(`read repository ${name}: the read right is missing`, "ada", clone, name);
    } finally {
      await agent.stop();
    }
  });
});

const legacy = (part: string) => ["--config", `devel.legacy.exchange=${part}`];
const only = "only members of okta/writers may";

describe("a bookmark that a rule covers", () => {
  beforeEach(() => permit({ write: ["okta/core-team"], bookmarks: { released: ["okta/writers"] } }));

  it.each([
    ["bundle2", []],
    ["pushkey", legacy("bookmarks")],
  ])("is made, moved and deleted by those whom the rule names, with %s", async (_, config) => {
    const name = await repository();
    const clone = await work(name);
    const reason = `push bookmark released to repository ${name}: ${only}`;
    const moving = ["-B", "released", ...config];
    await allowed("ada", clone, name);
    await run(clone, "bookmark", "released");
    await refused(reason, "ada", clone, name, ...moving);
    // 1: there were no changesets to push
    expect((await push("rob", clone, name, ...moving)).code).toBe(1);
    await run(clone, "bookmark", "other");
    expect((await push("ada", clone, name, "-B", "other", ...config)).output).toContain(
      "exporting bookmark other",
    );
    await run(clone, "bookmark", "--delete", "released");
    await refused(reason, "ada", clone, name, ...moving);
    await push("rob", clone, name, ...moving);
    expect(await everything(name)).not.toContain("released");
  });
});

describe("files that a rule covers", () => {
  beforeEach(() => permit({ write: ["okta/core-team"], paths: { "docs/**": ["okta/writers"] } }));
  const changes = (file: string, name: string) =>
    `push changeset [0-9a-f]{12}, which changes ${file}, to repository ${name}: ${only}`;

  it.each([
    ["bundle2", []],
    ["bundle1", legacy("bundle1")],
  ])("are changed by those whom the rule names, with %s", async (_, config) => {
    const name = await repository();
    await allowed("ada", await work(name, "src/docs/x"), name, ...config);
    const clone = await work(name, "docs/x");
    await refused(changes("docs/x", name), "ada", clone, name, ...config);
    await allowed("rob", clone, name, ...config);
    await run(clone, "remove", "docs/x");
    await run(clone, "commit", "-qm", "remove");
    await refused(changes("docs/x", name), "ada", clone, name, ...config);
  });

  it("are judged in every changeset, also where a later one takes the change back", async () => {
    const name = await repository();
    const clone = await work(name, "docs/x");
    await run(clone, "backout", "-q", "-r", ".", "-m", "back");
    await write(clone, "src");
    await refused(changes("docs/x", name), "ada", clone, name);
  });

  it("are not changed by a merge that takes them as those who may have left them", async () => {
    const name = await repository();
    const clone = await work(name, "src");
    await allowed("rob", await work(name, "docs/x"), name);
    await succeed(hg(clone, "pull", "-q", world.url("ada", name)));
    await run(clone, "merge", "-q");
    await run(clone, "commit", "-qm", "merge");
    await allowed("ada", clone, name);
  });

  it("are changed by a merge that leaves out what one side did", async () => {
    const name = await repository();
    const clone = await work(name, "src");
    await allowed("rob", await work(name, "docs/x"), name);
    await succeed(hg(clone, "pull", "-q", world.url("ada", name)));
    await run(clone, "merge", "-q");
    await run(clone, "remove", "--force", "docs/x");
    await run(clone, "commit", "-qm", "merge");
    await refused(changes("docs/x", name), "ada", clone, name);
    await allowed("rob", clone, name);
  });

  it("are found by the manifest, whatever list of files the changeset has", async () => {
    const name = await repository();
    const forge = fileURLToPath(new URL("../agent/mercurial/forge_files.py", import.meta.url));
    const clone = await work(name, "docs/x");
    await allowed("rob", clone, name);
    await run(clone, "remove", "docs/x");
    await succeed(hg(clone, "--config", `extensions.forge=${forge}`, "commit", "-qm", "forged"));
    expect(await run(clone, "log", "-r", ".", "-T", "{files}")).toBe("");
    await refused(changes("docs/x", name), "ada", clone, name);
  });
});

describe("a pattern", () => {
  /** In a clone, a changeset on each of the branches. */
  async function grow(clone: string, ...branches: string[]): Promise<void> {
    for (const branch of branches) {
      await run(clone, "update", "-q", "0");
      await run(clone, "branch", "-q", branch);
      await write(clone, `file${made}`);
    }
  }
  const changeset = (branch: string, name: string) =>
    `push changeset [0-9a-f]{12} to branch ${branch} of repository ${name}: ${only}`;

  it("covers branches and bookmarks by their names, which may be new", async () => {
    const places = { "release-*": ["okta/writers"], "**/hot ?": ["okta/writers"] };
    permit({ write: ["okta/core-team"], branches: places, bookmarks: { "tested-*": ["okta/writers"] } });
    const name = await repository();
    const clone = await work(name);
    await grow(clone, "release-1/x", "a/hot 12");
    await allowed("ada", clone, name, "--new-branch");
    const covered = ["release-1", "a/b/hot 1"];
    await grow(clone, ...covered);
    for (const branch of covered)
      await refused(changeset(branch, name), "ada", clone, name, "--new-branch", "-r", branch);
    await allowed("rob", clone, name, "--new-branch");

    // hg update would follow the second one
    const bookmarks = { "tested-1": "to", "release-9": "to branch release-9 of" };
    for (const [bookmark, where] of Object.entries(bookmarks)) {
      await run(clone, "bookmark", bookmark);
      const reason = `push bookmark ${bookmark} ${where} repository ${name}: ${only}`;
      await refused(reason, "ada", clone, name, "-B", bookmark);
    }
  });

  it("holds beside every other one that covers a name", async () => {
    const branches = { "release-*": ["okta/writers"], "release-1": ["okta/core-team"] };
    permit({ write: ["okta/core-team"], branches });
    const name = await repository();
    const clone = await work(name);
    await grow(clone, "release-1");
    await refused(changeset("release-1", name), "ada", clone, name, "--new-branch", "-r", "release-1");
    await allowed("rob", clone, name, "--new-branch");
  });

  it("may have a space in it, of repositories and of files", async () => {
    const projects = {
      repositories: ["my team/* project"],
      write: ["okta/core-team"],
      paths: { "my docs/**": ["okta/writers"] },
    };
    permit({ write: ["okta/core-team"] }, { projects });
    const name = await repository("my team/first project");
    const clone = world.path("cloned with a space");
    await succeed(hg(world.folder, "clone", "-q", url("ada", name), clone));
    await write(clone, "my source");
    await allowed("ada", clone, name);
    await write(clone, "my docs/a b");
    const what = "push changeset [0-9a-f]{12}, which changes my docs/a b, to";
    await refused(`${what} repository ${name}: ${only}`, "ada", clone, name);
    await allowed("rob", clone, name);
    const other = await repository("my team/project");
    await refused(`read repository ${other}: the read right is missing`, "ada", clone, other);
  });
});
