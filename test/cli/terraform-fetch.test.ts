/** Where Terraform is missing: the offer to fetch it, the one that is fetched, and nothing at all where that fails. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  archiveOf,
  fetchTerraform,
  lineByHand,
  programFile,
  type TerraformArchive,
} from "../../cli/terraform/fetch.ts";
import { pinnedTerraform } from "../../cli/terraform/pinned.ts";
import { platform } from "../../stacks/plugin-folder.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { isSoak } from "../long.ts";
import { type Finished, hgscim } from "./hgscim.ts";
import { hgscimAtTerminal } from "./terminal.ts";

const program = programFile(pinnedTerraform.version);

/** The terraform of this machine, packed as its maker does: the program beside a licence. */
let archive: Buffer;
let installed: string;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-terraform-zip-"));
  installed = execFileSync("sh", ["-c", "command -v terraform"], { encoding: "utf8" }).trim();
  writeFileSync(join(folder, "LICENSE.txt"), "Business Source License 1.1\n");
  cpSync(installed, join(folder, "terraform"), { dereference: true });
  const pack =
    "import zipfile; z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED, compresslevel=1); [z.write(n) for n in ('LICENSE.txt', 'terraform')]; z.close()";
  execFileSync("python3", ["-c", pack], { cwd: folder });
  archive = readFileSync(join(folder, "a.zip"));
  rmSync(folder, { recursive: true });
});

let folder: string;
let servers: Server[] = [];
/** What was asked of the servers. */
let asked: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-terraform-fetch-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
  mkdirSync(join(folder, "bin"));
  asked = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await once(server.close(), "close");
  }
  servers = [];
  rmSync(folder, { recursive: true, force: true });
});

async function listen(server: Server, scheme: string): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A mirror that answers every request in this way. */
function mirrorThat(answer: RequestListener): Promise<string> {
  const told: RequestListener = (request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  };
  return listen(createServer(told), "http");
}
const sending =
  (body: Buffer | string, type = "application/zip"): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { "content-type": type }).end(body);

/** The archive that this test made, by its own checksum. */
function ownArchive(mirror: string): TerraformArchive {
  const checksum = createHash("sha256").update(archive).digest("hex");
  const made = archiveOf({ version: pinnedTerraform.version, checksums: { [platform()]: checksum } }, mirror);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

/** `hgscim` in a project, where nothing is on the PATH but what the test puts there. */
function call(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return hgscim(args, { cwd: folder, env: { PATH: join(folder, "bin"), HOME: folder, ...env } });
}
const withMirror = (mirror: string) => ({ HGSCIM_TERRAFORM_MIRROR: mirror });

/** Every file below the folder where Terraform goes. */
function fetchedFiles(): string[] {
  const parent = join(folder, ".hgscim");
  if (!existsSync(parent)) return [];
  const names = readdirSync(parent, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(join(parent, name)).isFile());
}

/** A terraform that answers `version` and fails at anything else; `calls` says what it was asked. */
function layStub(file: string, version: string): { calls: () => string[] } {
  const log = `${join(folder, file)}.asked`;
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, "");
  const text = `#!/bin/sh\necho "$1" >>"${log}"\n[ "$1" = version ] && echo '{"terraform_version": "${version}"}' && exit\nexit 9\n`;
  writeFileSync(join(folder, file), text);
  chmodSync(join(folder, file), 0o755);
  return { calls: () => readFileSync(log, "utf8").trim().split("\n").filter(Boolean) };
}

const byHand = new RegExp(
  `By hand:\\n  \\(mkdir -p .+ curl -fLO \\S+/terraform/1\\.11\\.4/terraform_1\\.11\\.4_${platform()}\\.zip .+\\)\\n$`,
);

test("what is pinned is fetched, unpacked whole and can be run, by several at once", async () => {
  const mirror = await mirrorThat(sending(archive));
  const left = join(folder, dirname(program), `terraform.${2 ** 30}.00`);
  mkdirSync(dirname(left), { recursive: true });
  writeFileSync(left, "of a process that was killed");
  const all = [1, 2, 3].map(() => fetchTerraform(ownArchive(`${mirror}/`), folder));
  expect(await Promise.all(all)).toEqual(all.map(() => ({ ok: true, value: undefined })));
  expect(new Set(asked)).toEqual(new Set([`/terraform/1.11.4/terraform_1.11.4_${platform()}.zip`]));
  expect(fetchedFiles()).toEqual([join("terraform", pinnedTerraform.version, "terraform")]);
  const file = join(folder, program);
  expect(readFileSync(file).equals(readFileSync(installed))).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o755);
  expect(spawnSync(file, ["version"], { encoding: "utf8" }).stdout).toMatch(/^Terraform v/);
});

test("the line to run by hand does the same", async () => {
  const line = lineByHand(ownArchive(await mirrorThat(sending(archive))));
  const child = spawn("sh", ["-c", line], { cwd: folder, stdio: "ignore" });
  expect(await once(child, "close")).toEqual([0, null]);
  expect(fetchedFiles()).toEqual([join("terraform", pinnedTerraform.version, "terraform")]);
  expect(readFileSync(join(folder, program)).equals(readFileSync(installed))).toBe(true);
});

test("a folder that cannot be written is told, and nothing is left", async () => {
  const mirror = await mirrorThat(sending(archive));
  mkdirSync(join(folder, ".hgscim"));
  writeFileSync(join(folder, ".hgscim", "terraform"), "a file");
  expect(await fetchTerraform(ownArchive(mirror), folder)).toEqual({
    ok: false,
    error: expect.stringMatching(/terraform cannot be written: a part of its path is no folder$/),
  });
  expect(fetchedFiles()).toEqual(["terraform"]);
});

test.each<[string, RequestListener, RegExp]>([
  [
    "another file",
    sending("PK and more"),
    /: what it sends has the SHA-256 [0-9a-f]{64} \(expected [0-9a-f]{64}\)\. By hand/,
  ],
  [
    "the page of a proxy",
    sending("<html>", "text/html"),
    /: it answers with text\/html \(expected a zip archive; a proxy/,
  ],
  ["nothing", sending(""), /: it answers with application\/zip \(expected a zip archive/],
  [
    "an error",
    (_, response) => void response.writeHead(404).end(),
    /: it answers 404 to \/terraform\/1\.11\.4\//,
  ],
  [
    "a part of it",
    (_, response) => {
      response.writeHead(200, { "content-length": "100000" });
      response.write("PK\x03\x04", () => response.destroy());
    },
    /: the download broke off after 4 bytes\. By hand/,
  ],
])(
  "a mirror that sends %s: a sentence, the line to run by hand, and nothing is left",
  async (_, answer, reason) => {
    const mirror = await mirrorThat(answer);
    const commands = isSoak ? ["plan", "deploy"] : ["plan"];
    for (const command of commands) {
      const { code, stdout, stderr } = await call([command, "local", "--yes"], withMirror(mirror));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^terraform is not on the PATH \(expected Terraform 1\.5\.0 or later/);
      expect(stderr).toMatch(reason);
      expect(stderr).toMatch(byHand);
    }
    expect(asked).toHaveLength(commands.length);
    expect(fetchedFiles()).toEqual([]);
  },
);

test("no network, and a certificate of a company's own, are told", async () => {
  const { pem, key } = selfSignedCertificate({ hosts: ["127.0.0.1"] });
  const server = createTlsServer({ cert: pem, key }, sending("PK"));
  const mirror = await listen(server as unknown as Server, "https");
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, pem);
  const untrusted = await call(["plan", "local", "--yes"], withMirror(mirror));
  expect(untrusted.stderr).toMatch(
    /: its certificate is not one that this machine trusts \(NODE_EXTRA_CA_CERTS/,
  );
  const trusted = { ...withMirror(mirror), NODE_EXTRA_CA_CERTS: authority };
  expect((await call(["plan", "local", "--yes"], trusted)).stderr).toMatch(/: what it sends has the SHA-256/);

  // a port that was free a moment ago
  const gone = await mirrorThat(sending(""));
  await once(servers.pop()?.close() as Server, "close");
  const { code, stderr } = await call(["plan", "local", "--yes"], withMirror(gone));
  expect(code).toBe(1);
  expect(stderr).toMatch(/127\.0\.0\.1:\d+: nothing listens there\. By hand:/);
  expect(fetchedFiles()).toEqual([]);
});

test("a company's proxy is gone through, by its name alone; one that refuses is told, and no password of it", async () => {
  const { pem, key } = selfSignedCertificate({ hosts: ["mirror.acme.example"] });
  const mirror = new URL(
    await listen(createTlsServer({ cert: pem, key }, sending(archive)) as unknown as Server, "https"),
  );
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, pem);
  let isOpen = true;
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", (request, client) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    if (!isOpen) return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const onward = connect(Number(mirror.port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(client).pipe(onward);
    });
    onward.on("error", () => client.destroy());
    client.on("error", () => onward.destroy());
  });
  const address = (await listen(proxy, "http")).replace("//", "//me:hunter2@");
  const env = {
    ...withMirror("https://mirror.acme.example"),
    NODE_EXTRA_CA_CERTS: authority,
    HTTPS_PROXY: address,
  };
  const credentials = `Basic ${Buffer.from("me:hunter2").toString("base64")}`;
  const through = await call(["plan", "local", "--yes"], env);
  // this test's archive is none that is pinned
  expect(through.stderr).toMatch(/mirror\.acme\.example: what it sends has the SHA-256/);
  expect(tunnels).toEqual([`mirror.acme.example:443 ${credentials}`]);

  isOpen = false;
  const refused = await call(["plan", "local", "--yes"], env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /mirror\.acme\.example: the proxy answers 407 \(HTTPS_PROXY is set, and NO_PROXY can name this host; HGSCIM_TERRAFORM_MIRROR names another one\)\. By hand:/,
  );
  expect(refused.stderr).not.toContain("hunter2");
  const misspelt = await call(["plan", "local", "--yes"], { ...env, HTTPS_PROXY: "me:hunter2@proxy" });
  expect(misspelt.stderr).toContain(
    "mirror.acme.example: the proxy is no address (expected http://host:port)",
  );
  expect(misspelt.stderr).not.toContain("hunter2");
  const direct = await call(["plan", "local", "--yes"], { ...env, NO_PROXY: "mirror.acme.example" });
  expect(direct.stderr).toContain("mirror.acme.example: no such host");
  expect(tunnels).toHaveLength(2);
});

test.each(["http://mirror.example.com", `https://me:${"hunter2"}@mirror.example.com`, "mirror"])(
  "nothing is fetched from %s",
  async (mirror) => {
    const { code, stderr } = await call(["plan", "local", "--yes"], withMirror(mirror));
    expect(code).toBe(1);
    expect(stderr).toContain(
      "HGSCIM_TERRAFORM_MIRROR is no address to fetch from (expected https://host/path)\n",
    );
    expect(stderr).not.toContain("hunter2");
  },
);

test("without a terminal and without --yes nothing is fetched, and both ways are told", async () => {
  const mirror = await mirrorThat(sending(archive));
  cpSync("cdktf.json", join(folder, "cdktf.json"));
  for (const args of [["plan", "local"], ["quickstart"]]) {
    const { code, stderr } = await call(args, withMirror(mirror));
    expect(code).toBe(1);
    expect(stderr).toContain("--yes fetches Terraform 1.11.4 from 127.0.0.1:");
    expect(stderr).toMatch(byHand);
  }
  expect(asked).toEqual([]);
});

test("at a terminal the person is asked", async () => {
  const mirror = await mirrorThat(sending("PK"));
  const answer = (word: string) =>
    hgscimAtTerminal(
      ["plan", "local"],
      { cwd: folder, env: { PATH: join(folder, "bin"), ...withMirror(mirror) } },
      word,
    );
  expect(await answer("no")).toMatch(/Fetch Terraform 1\.11\.4 from .+\?[\s\S]+By hand:/);
  expect(asked).toEqual([]);
  expect(await answer("yes")).toMatch(/Fetching Terraform 1\.11\.4[\s\S]+what it sends has the SHA-256/);
  expect(asked).toHaveLength(1);
});

test("the one on the PATH comes first, then the one that was fetched", async () => {
  const own = layStub(program, "1.11.4");
  const onPath = layStub("bin/terraform", "1.6.0");
  await call(["plan", "local"]);
  expect([own.calls(), onPath.calls()]).toEqual([[], ["version", "init"]]);
  rmSync(join(folder, "bin/terraform"));
  await call(["plan", "local"]);
  expect(own.calls()).toEqual(["version", "init"]);
});

test("one on the PATH that is too old is told, and another one is offered; what was fetched is taken in its place", async () => {
  layStub("bin/terraform", "1.4.7");
  const { stderr } = await call(["plan", "local"]);
  expect(stderr).toMatch(
    /^terraform is version 1\.4\.7 \(expected .+\n--yes fetches Terraform 1\.11\.4 from releases\.hashicorp\.com into /,
  );
  const own = layStub(program, "1.11.4");
  await call(["plan", "local"]);
  expect(own.calls()).toEqual(["version", "init"]);
});

test("the one that TERRAFORM_BINARY_NAME names is never replaced", async () => {
  const own = layStub(program, "1.11.4");
  const { code, stderr } = await call(["plan", "local", "--yes"], { TERRAFORM_BINARY_NAME: "tofu" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^tofu is not on the PATH \(expected .+\)\n$/);
  expect(own.calls()).toEqual([]);
});
