/** Who may do what on a real host, asked with the real hg: every kind of request, for every kind of person. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { change, writeAccess } from "../agent/mercurial/access.ts";
import { hg, local, makeRepository } from "../agent/mercurial/client.ts";
import { access, password, World } from "../agent/mercurial/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.end());
beforeEach(() => writeAccess(world.access, access));

const contact = "ask hg-admins@example.com";
const refusals = {
  eve: { read: "the read right is missing", write: "the write right is missing" },
  zoe: { read: "there is no such account", write: "there is no such account" },
  gone: { read: "the account is deactivated", write: "the account is deactivated" },
};

/** One request, as a client that is not hg could send it. */
async function request(account: string, query: string, init: RequestInit & { repository?: string } = {}) {
  const { repository = "core/api", headers, ...rest } = init;
  const authorization = `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}`;
  const sent = account ? { authorization, ...headers } : { ...headers };
  const response = await fetch(`${world.host.url}/${repository}${query}`, { ...rest, headers: sent });
  return {
    status: response.status,
    reason: response.statusText,
    type: response.headers.get("content-type"),
    body: await response.text(),
  };
}

describe("clone and pull", () => {
  it.each(["ada", "rob"])("are allowed to %s, who may read", async (account) => {
    const clone = world.path(`clone-${account}`);
    expect(await hg(world.folder, "clone", "-q", world.url(account), clone)).toEqual({ code: 0, output: "" });
    const pulled = await hg(clone, "pull", world.url(account));
    expect(pulled).toMatchObject({ code: 0, output: expect.stringContaining("no changes found") });
  });

  it.each(["eve", "zoe", "gone"] as const)("are refused to %s in words that hg prints", async (account) => {
    const { code, output } = await hg(world.folder, "clone", world.url(account), world.path("never"));
    expect(code).toBe(255);
    expect(output).toBe(
      `abort: HTTP Error 403: ${account} may not read repository core/api: ${refusals[account].read}; ${contact}\n`,
    );
    const pull = await hg(world.path("root", "lab"), "pull", "-f", world.url(account));
    expect(pull.output).toContain(refusals[account].read);
  });

  it("ask for authentication without an identity, or with a wrong password", async () => {
    const anonymous = await hg(world.folder, "clone", world.url(""), world.path("never"));
    expect(anonymous).toMatchObject({
      code: 255,
      output: expect.stringContaining("http authorization required"),
    });
    const wrong = world.url("ada").replace(encodeURIComponent(password), "wrong");
    const { code, output } = await hg(world.folder, "clone", wrong, world.path("never"));
    expect({ code, output }).toEqual({ code: 255, output: "abort: authorization failed\n" });
  });

  it("find no repository where there is none, and no list of those there are", async () => {
    const { output } = await hg(world.folder, "clone", world.url("ada", "core/none"), world.path("never"));
    expect(output).toBe("abort: HTTP Error 404: there is no repository core/none\n");
    for (const path of ["", "index", "?style=json", "?style=raw"]) {
      const page = await request("ada", "", { repository: path });
      expect(page).toMatchObject({ status: 404, reason: expect.stringContaining("does not list") });
    }
    for (const path of ["core", "core/"])
      expect((await request("ada", "", { repository: path })).status).toBe(403);
    const index = await request("ada", "", { repository: "core/index" });
    expect(index).toMatchObject({ status: 404, body: "there is no repository core/index\n" });
  });

  it("stop at what a permission set excludes, and at repositories that none covers", async () => {
    for (const repository of ["core/archive/old", "lab"]) {
      const { output } = await hg(world.folder, "clone", world.url("ada", repository), world.path("never"));
      expect(output).toContain(`ada may not read repository ${repository}: the read right is missing`);
    }
  });

  it("see another permission set where one excludes", async () => {
    const archive = { repositories: ["core/archive/*"], read: ["okta/core-team"] };
    writeAccess(world.access, { ...access, permissions: { ...access.permissions, archive } });
    const old = "core/archive/old";
    expect((await hg(world.folder, "identify", world.url("ada", old))).code).toBe(0);
    expect((await hg(world.folder, "identify", world.url("rob", old))).code).toBe(255);
  });

  it("end the moment access ends, and begin the moment it begins", async () => {
    const identify = async () => (await hg(world.folder, "identify", world.url("rob"))).code;
    expect(await identify()).toBe(0);
    change(world.access, "DELETE FROM memberships WHERE account = 'rob'");
    expect(await identify()).toBe(255);
    change(world.access, "INSERT INTO memberships VALUES ('rob', 'okta/core-team')");
    expect(await identify()).toBe(0);
  });
});

describe("push", () => {
  it.each([
    ["bundle2", []],
    ["bundle1", ["--config", "devel.legacy.exchange=bundle1"]],
  ])("with %s is for writers alone", async (format, config) => {
    const clone = await world.work(`change-${format}`);
    const before = await world.changesets();
    for (const account of ["rob", "eve", "zoe", "gone"] as const) {
      const { code, output } = await hg(clone, "push", ...config, world.url(account));
      expect(code).toBe(255);
      expect(output).toContain(
        account === "rob"
          ? `rob may not write to repository core/api: ${refusals.eve.write}; ${contact}`
          : refusals[account].read,
      );
    }
    expect(await world.changesets()).toEqual(before);
    const { code, output } = await hg(clone, "push", ...config, world.url("ada"));
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining("added 1 changesets"),
    });
    expect(await world.changesets()).toHaveLength(before.length + 1);
  });

  it.each([
    ["bundle2", []],
    ["pushkey", ["--config", "devel.legacy.exchange=bookmarks"]],
  ])("of a bookmark with %s is for writers alone", async (format, config) => {
    const clone = world.path(`bookmark-${format}`);
    await local(world.folder, "clone", "-q", world.path("root", "core", "api"), clone);
    const name = `mark-${format}`;
    await local(clone, "bookmark", name);
    const marks = async () => (await local(world.path("root", "core", "api"), "bookmarks")).output;
    const refused = await hg(clone, "push", ...config, "-B", name, world.url("rob"));
    expect(refused.output).toContain("rob may not write to repository core/api");
    expect(await marks()).not.toContain(name);
    const { output } = await hg(clone, "push", ...config, "-B", name, world.url("ada"));
    expect(output).toContain(`exporting bookmark ${name}`);
    expect(await marks()).toContain(name);
  });

  it.each([
    ["bundle2", []],
    ["pushkey", ["--config", "devel.legacy.exchange=phases"]],
  ])("of a phase with %s is for writers alone", async (format, config) => {
    const server = world.path("root", "core", `draft-${format}`);
    await makeRepository(server);
    const clone = await world.work(`phase-${format}`, format, `core/draft-${format}`);
    await local(clone, "phase", "--public", "--rev", "tip");
    // the server has the changeset as a draft, the client as public
    await local(server, "pull", "-q", clone);
    await local(server, "phase", "--draft", "--force", "--rev", "all()");
    const phases = async () => (await local(server, "log", "-T", "{phase} ")).output;
    const name = `core/draft-${format}`;
    const refused = await hg(clone, "push", ...config, world.url("rob", name));
    expect(refused.output).toContain(`rob may not write to repository ${name}`);
    expect(await phases()).toBe("draft draft ");
    await hg(clone, "push", ...config, world.url("ada", name));
    expect(await phases()).toBe("public public ");
  });

  it("cannot hide in a batch, nor in a GET", async () => {
    const key = `namespace=bookmarks,key=batched,old=,new=${(await world.changesets())[0]}`;
    const batch = `?cmd=batch&cmds=${encodeURIComponent(`heads ;pushkey ${key}`)}`;
    const plain = `?cmd=pushkey&${key.replaceAll(",", "&")}`;
    const post = { method: "POST" };
    const refused = await request("rob", batch, post);
    expect(refused).toMatchObject({ status: 403, type: "text/plain; charset=us-ascii" });
    expect(refused.reason).toBe(
      `rob may not write to repository core/api: the write right is missing; ${contact}`,
    );
    expect(await request("rob", plain, post)).toMatchObject({ status: 403 });
    expect(await request("ada", batch)).toMatchObject({ status: 405 });
    expect(await request("ada", plain)).toMatchObject({ status: 405 });
    const bookmarks = () => local(world.path("root", "core", "api"), "bookmarks", "-T", "{bookmark} ");
    expect((await bookmarks()).output).not.toContain("batched");
    expect(await request("ada", batch, post)).toMatchObject({ status: 200 });
    expect((await bookmarks()).output).toContain("batched");
  });
});

describe("every way in", () => {
  it("asks: each command of the wire protocol, each page", async () => {
    const commands = [
      "batch between branches branchmap capabilities changegroup changegroupsubset clonebundles debugwireargs",
      "getbundle heads hello known listkeys lookup protocaps stream_out",
    ].flatMap((line) => line.split(" "));
    const pages =
      "log rev file archive/tip.tar.gz raw-file/tip/README rss-log help graph tags branches static/x";
    for (const query of [...commands.map((c) => `?cmd=${c}`), ...pages.split(" ").map((p) => `/${p}`)]) {
      expect([query, (await request("eve", query)).status]).toEqual([query, 403]);
      expect([query, (await request("", query)).status]).toEqual([query, 401]);
    }
    for (const command of ["unbundle", "pushkey"])
      expect((await request("eve", `?cmd=${command}`, { method: "POST" })).status).toBe(403);
  });

  it("tells who has no right the same of a repository that is there and of one that is not", async () => {
    await makeRepository(world.path("root", "vault", "linked"));
    symlinkSync(world.path("root", "vault", "linked"), world.path("root", "link"));
    mkdirSync(world.path("root", "broken", ".hg"), { recursive: true });
    writeFileSync(world.path("root", "broken", ".hg", "requires"), "unheard-of\n");
    const there = ["core/api", "core/archive/old", "lab", "link", "broken", "core"];
    const queries =
      "?cmd=capabilities ?cmd=heads ?cmd=lookup&key=tip ?cmd=batch&cmds=heads+ /static/style-paper.css /static/x /rev/tip /file/tip/README /archive/tip.zip / /index /xx?cmd=heads /raw-rev/tip?style=raw";
    for (const account of ["eve", "zoe", "gone", ""])
      for (const method of ["GET", "POST"])
        for (const query of queries.split(" ")) {
          const told = async (repository: string) => {
            const { status, reason, type, body } = await request(account, query, { repository, method });
            return { status, reason, type, body };
          };
          const none = JSON.stringify(await told("core/no"));
          for (const name of there)
            expect([query, JSON.parse(none.replaceAll("core/no", name))]).toEqual([query, await told(name)]);
        }
    // of a set that leaves this one out, by an address that Mercurial cannot take apart, and by one that is no name at all
    for (const [account, there, none] of [
      ["ada", "core/archive/old/log", "core/archive/no/log"],
      ["eve", "%2fcore/api", "%2fcore/not"],
      ["eve", "core/api//x", "core/not//x"],
      ["eve", `core/api/${"a/".repeat(4_000)}`, `core/not/${"a/".repeat(4_000)}`],
    ] as const) {
      const [one, other] = [there, none].map(async (repository) => {
        const { status, reason, body } = await request(account, "", { repository });
        return JSON.stringify([status, reason, body]).replaceAll(/core\/archive\/\w+|core\/(api|not)/g, "it");
      });
      expect(await one).toEqual(await other);
      expect(await one).toContain("[403,");
    }
    const broken = await request("ada", "", { repository: "broken" });
    expect(broken.reason).toBe(`ada may not read repository broken: the read right is missing; ${contact}`);
  });

  it("shows pages to who may read", async () => {
    const page = await request("rob", "/raw-file/tip/README");
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining("core/api") });
  });

  it("judges a repository by where it lies, not by the address or the link that leads to it", async () => {
    const { permissions } = access;
    const links = { repositories: ["alias", "escape", "shared"], write: ["okta/core-team"] };
    writeAccess(world.access, { ...access, permissions: { ...permissions, links } });
    await makeRepository(world.path("outside"));
    await makeRepository(world.path("root", "vault", "deep"));
    symlinkSync(world.path("root", "vault", "deep"), world.path("root", "alias"));
    symlinkSync(world.path("outside"), world.path("root", "escape"));
    const share = ["--config", "extensions.share=", "share", "-q", "-U"];
    await hg(world.folder, ...share, world.path("root", "vault", "deep"), world.path("root", "shared"));
    const identify = (name: string) => hg(world.folder, "identify", world.url("ada", name));
    // by no other name than they ask for
    for (const name of ["alias", "shared"])
      expect((await identify(name)).output).toContain(`ada may not read repository ${name}:`);
    expect((await hg(world.folder, "identify", world.url("eve", "escape"))).output).toContain(
      "eve may not read repository escape: the read right is missing",
    );
    expect((await identify("escape")).output).toContain(
      "access cannot be checked, so nothing is allowed: the repository is outside of the configured root",
    );
  });

  it("judges a repository within another one by its own name, and serves none that lies in a .hg", async () => {
    const { permissions } = access;
    const more = { repositories: ["core/api/vendor"], read: ["okta/ops"] };
    const links = { repositories: ["nested", "queue"], write: ["okta/core-team"] };
    const excluding = { ...permissions.core, repositories: ["core/**", "!core/api/vendor"] };
    writeAccess(world.access, {
      ...access,
      permissions: { ...permissions, core: excluding, links, more } as typeof permissions,
    });
    for (const [name, link] of [
      ["core/api/vendor", "nested"],
      ["core/api/.hg/patches", "queue"],
    ] as const) {
      await makeRepository(world.path("root", name));
      symlinkSync(world.path("root", name), world.path("root", link));
    }
    const identify = async (name: string) =>
      (await hg(world.folder, "identify", world.url("ada", name))).output;
    expect(await identify("nested")).toContain(
      "ada may not read repository nested: the read right is missing",
    );
    // hgweb finds a patch queue by itself
    for (const name of ["queue", "core/api/.hg/patches"])
      expect(await identify(name)).toContain(
        "access cannot be checked, so nothing is allowed: the repository lies in another one's .hg",
      );
  });

  it("hands no clone bundle out, and no line of a repository's own configuration in", async () => {
    const repository = world.path("root", "core", "api");
    writeFileSync(join(repository, ".hg", "clonebundles.manifest"), "https://bundles.example.com/core.hg\n");
    const hgrc = join(repository, ".hg", "hgrc");
    writeFileSync(
      hgrc,
      "[extensions]\nhgscim = !\n[hooks]\npretxnclose.hgscim =\n[web]\nallow_read = *\nallow-push = *\ndeny_read =\ndeny_push =\n",
    );
    try {
      expect(await request("rob", "?cmd=clonebundles")).toMatchObject({ status: 200, body: "" });
      const clone = await world.work("own-hgrc");
      expect((await hg(clone, "push", world.url("rob"))).output).toContain("rob may not write");
      expect((await hg(world.folder, "identify", world.url("eve"))).output).toContain("eve may not read");
    } finally {
      renameSync(hgrc, `${hgrc}.off`);
    }
  });

  it("takes names that are not ASCII as they are, and says them in ASCII", async () => {
    await makeRepository(world.path("root", "core", "größe"));
    const address = encodeURI("core/größe");
    expect((await hg(world.folder, "identify", world.url("rob", address))).code).toBe(0);
    expect((await hg(world.folder, "identify", world.url("eve", address))).output).toContain(
      "eve may not read repository core/gr\\xf6\\xdfe",
    );
  });
});
