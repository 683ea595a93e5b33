/** The real web servers, set up as docs/web-servers.md has it, asked by the real hg. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { change } from "../agent/mercurial/access.ts";
import { commit, hg, local } from "../agent/mercurial/client.ts";
import { password } from "../agent/mercurial/world.ts";
import { ask } from "./web/ask.ts";
import { oddName, type Running, WebHost } from "./web/host.ts";

let host: WebHost;
let server: Running;
let made = 0;

const url = (account: string, repository = "core/api") =>
  `https://${account}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${encodeURI(repository)}`;

async function clone(account: string, repository?: string): Promise<string> {
  const folder = host.path("/tmp", `clone${++made}`);
  const { code, output } = await hg(
    host.folder,
    "clone",
    "-q",
    "--insecure",
    url(account, repository),
    folder,
  );
  expect({ code, output }).toMatchObject({ code: 0 });
  return folder;
}

const push = (account: string, folder: string, repository?: string) =>
  hg(folder, "push", "--insecure", url(account, repository));

describe.each([
  ["Apache with mod_wsgi", false],
  ["nginx with gunicorn", true],
])("%s", (_, behindProxy) => {
  beforeAll(async () => {
    host = await WebHost.make();
    host.install(behindProxy);
    server = behindProxy ? await host.nginx() : await host.apache();
  });
  afterAll(async () => {
    await server?.stop();
    await host?.end();
  });
  beforeEach(() => host.giveAccess());

  it("lets read and write who may, and says to others why not", async () => {
    const folder = await clone("ada");
    await commit(folder, "change", "new");
    expect(await push("rob", folder)).toMatchObject({
      code: 255,
      output: expect.stringContaining("rob may not write to repository core/api: the write right is missing"),
    });
    expect(await push("ada", folder)).toMatchObject({ code: 0 });
    const refused = await hg(host.folder, "identify", "--insecure", url("eve"));
    expect(refused.output).toContain(
      "eve may not read repository core/api: the read right is missing; ask hg-admins@example.com",
    );
    const wrong = await hg(host.folder, "identify", "--insecure", url("ada").replace(":correct", ":wrong"));
    expect(wrong.output).toContain("authorization failed");
    expect((await ask(server.port, {})).status).toBe(401);
  });

  it("shuts out who is deactivated, at the next request", async () => {
    const folder = await clone("ada");
    await commit(folder, "change", String(++made));
    change(host.access, "UPDATE accounts SET active = 0 WHERE account = 'ada'");
    expect((await push("ada", folder)).output).toContain(
      "ada may not read repository core/api: the account is deactivated",
    );
    change(host.access, "UPDATE accounts SET active = 1 WHERE account = 'ada'");
    expect(await push("ada", folder)).toMatchObject({ code: 0 });
  });

  it("takes what web servers bound by themselves: megabytes in a body, a hundred headers", async () => {
    const folder = await clone("ada");
    await commit(folder, "large", randomBytes(3 << 20));
    expect(await push("ada", folder)).toMatchObject({ code: 0 });
    const nodes = Array(3_000).fill("1".repeat(40)).join("+");
    const argument = `nodes=${nodes}`.match(/.{1,1000}/g) ?? [];
    const headers = Object.fromEntries(argument.map((part, i) => [`X-HgArg-${i + 1}`, part]));
    const known = await ask(server.port, { as: "ada", path: "/core/api?cmd=known", headers });
    expect(known).toMatchObject({ status: 200, body: "0".repeat(3_000) });
  });

  it("knows repositories by names with other letters, spaces and percent signs", async () => {
    const folder = await clone("rob", oddName);
    await commit(folder, "change", "new");
    expect((await push("rob", folder, oddName)).output).toContain(
      "rob may not write to repository core/gr\\xf6\\xdfe 100%: the write right is missing",
    );
    expect(await push("ada", folder, oddName)).toMatchObject({ code: 0 });
  });

  it("answers pages, what has not changed, style sheets, and errors of hgweb", async () => {
    const page = { as: "rob", path: "/core/api/file/tip" };
    expect((await ask(server.port, page)).body).toContain("README");
    expect(await ask(server.port, { ...page, method: "HEAD" })).toMatchObject({ status: 200, body: "" });
    const answers = await Promise.all(
      [
        "/static/style-paper.css",
        "/core/api/rev/none",
        "/core/none",
        "/",
        "/core/api?cmd=getbundle&heads=x",
      ].map(async (path) => (await ask(server.port, { as: "rob", path })).status),
    );
    expect(answers).toEqual([200, 404, 404, 404, 400]);
  });

  it("lets a repository say how it is shown and whether pushes are public, and nothing else", async () => {
    const own =
      "[phases]\npublish = no\n[web]\ndescription = the interface\nallow_push = *\n[hooks]\nincoming = true\n";
    host.write("/srv/hg/core/api/.hg/hgrc", `${own}[extensions]\nhgscim = !\n`);
    const folder = await clone("ada");
    await commit(folder, "change", String(++made));
    expect(await push("ada", folder)).toMatchObject({ code: 0 });
    expect((await local(folder, "log", "-r", ".", "-T", "{phase}")).output).toBe("draft");
    expect((await ask(server.port, { as: "rob", path: "/core/api/summary?style=gitweb" })).body).toContain(
      "the interface",
    );
    await commit(folder, "change", String(++made));
    expect((await push("rob", folder)).output).toContain("rob may not write");
    const listing = execFileSync("/usr/bin/python3", ["-m", "hgscim_host.lost", host.path("/srv/hg")], {
      env: { PYTHONPATH: host.path("/usr/share/hgscim"), PYTHONDONTWRITEBYTECODE: "1" },
      encoding: "utf8",
    });
    const lost = ["web.allow_push", "hooks.incoming", "extensions.hgscim"].sort();
    expect(JSON.parse(listing)).toEqual({ repository: "core/api", lost: expect.arrayContaining(lost) });
  });
});
