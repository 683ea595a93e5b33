/**
 * What matters most, once, with each Mercurial that the extension is said to work in beside the machine's: Debian 13's, and
 * in `npm run soak` the newest that Debian has. The host runs one version and the person another or the same.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Mercurial } from "../../cli/quickstart/host/mercurial.ts";
import { packageFile } from "../../model/package.ts";
import { type Access, change, writeAccess } from "../agent/mercurial/access.ts";
import { commit, type Hg, localOf, makeRepository, remoteOf } from "../agent/mercurial/client.ts";
import { HeldUpload } from "../agent/mercurial/held-upload.ts";
import { installed } from "../agent/mercurial/installed.ts";
import { evolveExtension, sourceMercurial } from "../agent/mercurial/source.ts";
import { password, until, World } from "../agent/mercurial/world.ts";
import { isSoak } from "../long.ts";

/** ada and rob write, rob may do all that rules restrict besides; zoe reads, eve has an account and no right. */
const access: Access = {
  accounts: { ada: true, rob: true, zoe: true, eve: true },
  memberships: { ada: ["writers"], rob: ["writers", "managers"], zoe: ["readers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      read: ["readers"],
      write: ["writers"],
      branches: { stable: ["managers"] },
      bookmarks: { released: ["managers"], "released-pushkey": ["managers"] },
      paths: { "secrets/**": ["managers"], "*.lock": ["managers"] },
    },
  },
};

const onHost = `
[experimental]
httppostargs = yes
evolution = createmarkers, exchange
[phases]
publish = no
`;
const evolving = ["--config", "experimental.evolution=createmarkers, exchange"];
const legacy = (part: string) => ["--config", `devel.legacy.exchange=${part}`];

const own = await installed();
const debian13 = sourceMercurial("7.0.1");
// every other test runs with the machine's own
const others = isSoak ? [debian13, sourceMercurial("7.2.4")] : [debian13];
const versions = isSoak ? [own, ...others] : others;
const mixed = others.flatMap((other) => [[own, other] as const, [other, own] as const]);
// none that Debian has fits the newest Mercurial
const withEvolve: [Mercurial, "10.5.3" | "11.1.9"][] = isSoak
  ? [
      [own, "10.5.3"],
      [debian13, "11.1.9"],
    ]
  : [];

let world: World;
/** What speaks to the host. */
let hg: Hg;
/** What works on the person's own clones. */
let prepare: Hg;
let made = 0;

/** A clone as its account gets it, of what the server has. */
async function clone(account: string, ...args: string[]): Promise<string> {
  const folder = world.path(`clone${++made}`);
  await run(hg, world.folder, "clone", "-q", ...args, world.url(account), folder);
  return folder;
}

async function run(by: Hg, cwd: string, ...args: string[]): Promise<string> {
  const { code, output } = await by(cwd, ...args);
  if (code !== 0) throw new Error(`hg ${args.join(" ")}: ${output}`);
  return output;
}

const server = () => world.path("root", "core", "api");

/** All that a push could change on the server, as it tells it to clients. */
async function everything(repository = "core/api"): Promise<string> {
  const keys = ["bookmarks", "phases", "obsolete"].map((namespace) => `listkeys namespace=${namespace}`);
  const cmds = encodeURIComponent(["heads ", "branchmap ", ...keys].join(";"));
  const { status, body } = await ask("rob", `?cmd=batch&cmds=${cmds}`, {}, repository);
  expect(status).toBe(200);
  return body;
}

/** A push that is refused with this sentence, and changes nothing. */
async function refused(folder: string, account: string, sentence: RegExp | string, ...args: string[]) {
  const before = await everything();
  const { code, output } = await hg(folder, "push", "--new-branch", ...args, world.url(account));
  expect(output).toMatch(sentence);
  expect(code).not.toBe(0);
  expect(await everything()).toBe(before);
}

const push = (account: string, folder: string, ...args: string[]) =>
  run(hg, folder, "push", "--new-branch", ...args, world.url(account));

/** What a client that is not hg could ask. */
async function ask(account: string, path: string, init: RequestInit = {}, repository = "core/api") {
  const authorization = `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}`;
  const headers = { authorization, ...init.headers };
  const answer = await fetch(`${world.host.url}/${repository}${path}`, { ...init, headers });
  return { status: answer.status, body: await answer.text() };
}

for (const mercurial of versions)
  describe(`Mercurial ${mercurial.version}`, () => {
    beforeAll(async () => {
      hg = remoteOf(mercurial.hg);
      prepare = localOf(mercurial.hg);
      world = await World.make({ mercurial, more: onHost });
    });
    afterAll(() => world.end());
    beforeEach(() => writeAccess(world.access, access));

    it("has the extension as one that is required, without a warning", async () => {
      const required = ["--config", `extensions.hgscim=${packageFile("agent/mercurial/hgscim")}`];
      required.push("--config", "extensions.hgscim:required=yes");
      expect(await hg(world.folder, ...required, "version", "-T", "{ver}")).toEqual({
        code: 0,
        output: mercurial.version,
      });
      expect(world.log.join("")).toBe("");
    });

    it("lets read who may", async () => {
      const folder = await clone("zoe");
      expect((await hg(folder, "pull", world.url("zoe"))).output).toContain("no changes found");
      const { code, output } = await hg(world.folder, "clone", world.url("eve"), world.path("never"));
      expect(code).toBe(255);
      expect(output).toContain("eve may not read repository core/api: the read right is missing");
    });

    it("knows repositories by names that are not ASCII", async () => {
      await makeRepository(world.path("root", "core", "größe"), world.hg);
      const identify = (account: string) =>
        hg(world.folder, "identify", world.url(account, encodeURI("core/größe")));
      expect((await identify("zoe")).code).toBe(0);
      expect((await identify("eve")).output).toContain("eve may not read repository core/gr\\xf6\\xdfe");
    });

    it.each([
      ["bundle2", []],
      ["bundle1", legacy("bundle1")],
    ])("lets write who may, with %s", async (_, config) => {
      const folder = await clone("ada");
      await commit(folder, `file${made}`, "new", prepare);
      await refused(
        folder,
        "zoe",
        "zoe may not write to repository core/api: the write right is missing",
        ...config,
      );
      await push("ada", folder, ...config);
      const node = await run(prepare, folder, "log", "-r", ".", "-T", "{node}");
      expect(await everything()).toContain(node);
    });

    it.each([
      ["bundle2", "released", []],
      ["pushkey", "released-pushkey", legacy("bookmarks, phases")],
    ])("judges bookmarks and phases, with %s", async (_, ruled, config) => {
      const folder = await clone("rob");
      await commit(folder, `file${made}`, "new", prepare);
      await push("rob", folder, ...config);
      const node = await run(prepare, folder, "log", "-r", ".", "-T", "{node}");
      const mark = `mark${made}`;
      for (const name of [ruled, mark]) await run(prepare, folder, "bookmark", name);
      await refused(folder, "ada", `ada may not push bookmark ${ruled} to`, ...config, "-B", ruled);
      await run(prepare, folder, "phase", "--public", "-r", ".");
      await refused(folder, "zoe", "zoe may not write to repository core/api", ...config);
      const phase = async () => JSON.parse((await ask("zoe", `/json-rev/${node}`)).body).phase;
      expect(await phase()).toBe("draft");
      await hg(folder, "push", ...config, "-B", mark, world.url("ada"));
      expect(await phase()).toBe("public");
      await hg(folder, "push", ...config, "-B", ruled, world.url("rob"));
      expect(await everything()).toMatch(RegExp(`${ruled}\t${node}`));
      expect(await everything()).toMatch(RegExp(`${mark}\t${node}`));
    });

    it("judges branches, files, and markers for changesets of a branch", async () => {
      const folder = await clone("ada");
      await run(prepare, folder, "branch", "-q", "stable");
      await commit(folder, `file${made}`, "stable", prepare);
      await refused(folder, "ada", /ada may not push changeset \w+ to branch stable of repository core\/api/);
      await run(prepare, folder, "update", "-q", "default");
      await commit(folder, "package.lock", "{}", prepare);
      const path = /ada may not push changeset \w+, which changes package.lock, to repository core\/api/;
      await refused(folder, "ada", path, "-r", ".");
      await push("rob", folder);
      const log = await run(prepare, folder, "log", "-l", "2", "-T", "{node}\n");
      const [onDefault, onStable] = log.split("\n") as [string, string];
      await run(prepare, folder, "update", "-q", "null");
      const drop = (node: string) =>
        run(prepare, folder, ...evolving, "debugobsolete", "--record-parents", node);
      await drop(onDefault);
      await hg(folder, "push", ...evolving, world.url("ada"));
      expect(await everything()).toContain("dump0");
      await drop(onStable);
      await refused(
        folder,
        "ada",
        /may not push the obsolescence of changeset \w+ to branch stable/,
        ...evolving,
      );
    });

    it("refuses a writer who is deactivated while the push uploads", async () => {
      const relay = await HeldUpload.before(world.host.url);
      try {
        const folder = await clone("ada");
        // more than comes in together with the header
        await commit(folder, `file${made}`, randomBytes(1 << 20), prepare);
        const before = await everything();
        const pushed = hg(folder, "push", world.url("ada", "core/api", relay.url));
        await until(() => readdirSync(world.path("tmp")).some((name) => name.startsWith("hg-unbundle-")));
        change(world.access, "UPDATE accounts SET active = 0 WHERE account = 'ada'");
        relay.resume();
        expect((await pushed).output).toContain("the account is deactivated");
        expect(await everything()).toBe(before);
      } finally {
        await relay.end();
      }
    });

    it("serves over standard input and output by the forced command alone", async () => {
      const hgrc = world.path("ssh.hgrc");
      writeFileSync(
        hgrc,
        [
          `[extensions]\nhgscim = ${packageFile("agent/mercurial/hgscim")}\nhgscim:required = yes`,
          `[hgscim]\naccess = ${world.access}\nroot = ${world.path("root")}`,
          "[web]\ndeny_read = *\ndeny_push = *",
          // HTTP and SSH have one configuration
          onHost,
        ].join("\n"),
      );
      /** sshd, left out: it starts a command for an account with what a client asks for behind the host's name. */
      const sshd = (name: string, environment: string, command: string) => {
        const ssh = world.path(name);
        writeFileSync(ssh, `#!/bin/sh\nshift\n${environment} exec ${command}\n`, { mode: 0o755 });
        return ["--ssh", ssh];
      };
      const forced = (account: string) =>
        sshd(
          `ssh-${account}`,
          'SSH_ORIGINAL_COMMAND="$*"',
          `${mercurial.python} ${packageFile("agent/mercurial/bin/hgscim-ssh")} --config ${hgrc} ${account}`,
        );
      const url = "ssh://host/core/api";
      const plain = sshd("ssh-plain", `HGRCPATH=${hgrc}`, `${mercurial.hg} -R ${server()} serve --stdio`);
      const { code, output } = await hg(world.folder, "identify", ...plain, url);
      expect(code).toBe(255);
      expect(output).toContain("remote: abort: this host serves repositories over SSH by hgscim-ssh alone");

      const folder = world.path(`over-ssh-${mercurial.version}`);
      await run(hg, world.folder, "clone", "-q", ...forced("zoe"), url, folder);
      await commit(folder, "over-ssh", "x", prepare);
      const refusal = "may not write to repository core/api: the write right is missing";
      const before = await everything();
      for (const legacy of [[], ["--config", "devel.legacy.exchange=bundle1"]]) {
        const pushed = await hg(folder, "push", ...legacy, ...forced("zoe"), url);
        expect(pushed).toMatchObject({
          code: 255,
          output: expect.stringContaining(`remote: zoe ${refusal}`),
        });
      }
      expect(await everything()).toBe(before);
      await run(hg, folder, "push", ...forced("ada"), url);
      await commit(folder, "yarn.lock", "x", prepare);
      const ruled = await hg(folder, "push", ...forced("ada"), url);
      expect(ruled.output).toMatch(
        /remote: .*ada may not push changeset \w+, which changes yarn.lock.*only members of managers may/,
      );
      const stranger = await hg(world.folder, "identify", ...forced("eve"), "ssh://host/core/none");
      expect(stranger.output).toContain(
        "remote: eve may not read repository core/none: the read right is missing",
      );
    });

    it("shows pages to readers alone, and no list", async () => {
      expect((await ask("zoe", "/raw-file/tip/README")).body).toContain("core/api");
      for (const page of ["/log", "/rev/tip", "/file/tip", "/graph", "/rss-log"]) {
        expect([page, (await ask("zoe", page)).status]).toEqual([page, 200]);
        expect([page, (await ask("eve", page)).status]).toEqual([page, 403]);
      }
      expect((await ask("zoe", "/../..")).status).toBe(404);
    });

    it("takes a POST that only reads from readers, and from nobody else", async () => {
      expect((await ask("zoe", "?cmd=capabilities")).body).toContain("httppostargs");
      const body = "key=tip";
      const init = { method: "POST", body, headers: { "x-hgargs-post": String(body.length) } };
      const looked = await ask("zoe", "?cmd=lookup", init);
      expect(looked).toMatchObject({ status: 200, body: expect.stringMatching(/^1 [0-9a-f]{40}\n$/) });
      expect((await ask("eve", "?cmd=lookup", init)).status).toBe(403);
    });

    it("announces no clone bundle and hands none out", async () => {
      const bundles = world.path("root", "core", "api", ".hg", "clonebundles.manifest");
      writeFileSync(bundles, "https://bundles.example.com/core.hg\npeer-bundle-cache://core.hg\n");
      expect(await ask("zoe", "?cmd=clonebundles")).toEqual({ status: 200, body: "" });
      // older ones know neither
      if (mercurial.version.startsWith("6.3")) return;
      expect(await ask("zoe", "?cmd=clonebundles_manifest")).toEqual({ status: 200, body: "" });
      const inline = await ask("zoe", "?cmd=get_cached_bundle_inline&path=core.hg");
      expect(inline.body).toBe("this host hands out no clone bundles\n");
    });

    it("takes no repository's files in a push", async () => {
      const source = await clone("rob");
      const bundle = world.path("stream.hg");
      await run(prepare, source, "phase", "--public", "-r", "all()");
      await run(prepare, source, "bundle", "-q", "-a", "-t", "none-v2;stream=v2", bundle);
      await run(world.hg, world.path("root", "core"), "init", "empty");
      const before = await everything("core/empty");
      const query = `?cmd=unbundle&heads=${Buffer.from("force").toString("hex")}`;
      const pushed = await ask("rob", query, { method: "POST", body: readFileSync(bundle) }, "core/empty");
      expect(pushed.body).toContain("hg pushes nothing like a part");
      expect(await everything("core/empty")).toBe(before);
    });
  });

for (const [mercurial, evolve] of withEvolve)
  describe(`Mercurial ${mercurial.version} with evolve and topic ${evolve}`, () => {
    const names = ["evolve", "topic"] as const;
    const config = names.flatMap((name) => [
      "--config",
      `extensions.${name}=${evolveExtension(evolve, name)}`,
    ]);
    const lines = names.map((name) => `${name} = ${evolveExtension(evolve, name)}\n`).join("");
    beforeAll(async () => {
      hg = (cwd, ...args) => remoteOf(mercurial.hg)(cwd, ...config, ...args);
      prepare = hg;
      world = await World.make({ mercurial, more: `${onHost}[extensions]\n${lines}` });
      writeAccess(world.access, access);
    });
    afterAll(() => world.end());

    it("judges a topic by its branch, and what is amended in it", async () => {
      const folder = await clone("ada");
      await run(prepare, folder, "topic", "-q", "fix");
      await commit(folder, "file", "one", prepare);
      await push("ada", folder);
      const [before] = (await run(prepare, folder, "log", "-r", ".", "-T", "{node}\n")).split("\n") as [
        string,
      ];
      await run(prepare, folder, "commit", "--amend", "-m", "better");
      await push("ada", folder);
      const hidden = await run(
        world.hg,
        world.path("root/core/api"),
        "log",
        "--hidden",
        "-T",
        "{node} {obsolete}\n",
      );
      expect(hidden).toContain(`${before} obsolete`);

      await run(prepare, folder, "branch", "-q", "stable");
      await run(prepare, folder, "topic", "-q", "other");
      await commit(folder, "more", "one", prepare);
      await refused(folder, "ada", /ada may not push changeset \w+ to branch stable/);
      await push("rob", folder);
      await run(prepare, folder, "prune", "-q", "-r", ".");
      await refused(folder, "ada", /ada may not push the obsolescence of changeset \w+ to branch stable/);
    });
  });

for (const [host, person] of mixed)
  describe(`a host with Mercurial ${host.version} and a person with ${person.version}`, () => {
    beforeAll(async () => {
      hg = remoteOf(person.hg);
      prepare = localOf(person.hg);
      world = await World.make({ mercurial: host, more: onHost });
      writeAccess(world.access, access);
    });
    afterAll(() => world.end());

    it("pushes, or is refused", async () => {
      const folder = await clone("ada");
      await commit(folder, "file", "new", prepare);
      await refused(folder, "zoe", "zoe may not write to repository core/api");
      await push("ada", folder);
      await run(prepare, folder, "bookmark", "released");
      await refused(folder, "ada", "ada may not push bookmark released", "-B", "released");
      await commit(folder, "package.lock", "{}", prepare);
      await refused(folder, "ada", /ada may not push changeset \w+, which changes package.lock/);
    });
  });
