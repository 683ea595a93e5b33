/** What the checks cost a request to Mercurial: the same hgweb without them, and with them among few and many users. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { built, quantile, scale } from "./measure.mjs";

const few = 50;
const many = Math.round(50_000 * scale);
const repetitions = Math.max(Math.round(500 * scale), 50);
const warmUp = 50;
const account = "user-7";
const pages = {
  "hg's first question (cmd=capabilities)": "/core/api?cmd=capabilities",
  "hg's bookmarks (cmd=listkeys)": "/core/api?cmd=listkeys&namespace=bookmarks",
  "a file's page in hgweb": "/core/api/file/tip/README",
};
const secret = "0123456789abcdef0123456789abcdef";

export const note =
  "Each request on a connection of its own to gunicorn with one worker, in turn: hgweb's own application, and hgscim's behind a proxy's header.";

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const hosts = [];
  try {
    await makeRepository(join(folder, "root", "core", "api"));
    writeFileSync(join(folder, "secret"), secret, { mode: 0o600 });
    hosts.push(await startHost(folder, "plain", (file) => `mercurial.hgweb:hgweb(b"${file}")`));
    for (const users of [few, many]) {
      const access = join(folder, `${users}.db`);
      await writeAccessFile(access, users);
      const application = (file) => `hgscim_host.application:Application("${file}")`;
      hosts.push(await startHost(folder, users, application, checked(folder, access)));
    }
    const rows = [];
    for (const [what, page] of Object.entries(pages)) {
      const times = hosts.map(() => []);
      for (let i = -warmUp; i < repetitions; i++)
        for (const [h, host] of hosts.entries()) {
          const milliseconds = await ask(`${host.url}${page}`);
          if (i >= 0) times[h].push(milliseconds);
        }
      rows.push(...rowsOf(what, times));
    }
    return rows;
  } finally {
    for (const host of hosts) await host.stop();
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(what, [bare, small, large]) {
  const p50 = (times) => quantile(times, 0.5);
  const ms = (times) => `${p50(times).toFixed(2)} ms`;
  const row = (users, times, than, goal) => ({
    what: `${what}, ${users.toLocaleString("en-US")} users`,
    ours: ms(times),
    beside: `hgweb without checks: ${ms(bare)}${than ? `; ${few} users: ${ms(than)}` : ""}`,
    ratio: `${((p50(times) / p50(bare) - 1) * 100).toFixed(0)} % more${than ? `; ${(p50(times) / p50(than)).toFixed(2)} times` : ""}`,
    goal,
  });
  const most = "at most 10 % more";
  return [row(few, small, undefined, most), row(many, large, small, `${most}, and the same`)];
}

async function makeRepository(path) {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "README"), "core/api\n");
  const env = { PATH: process.env.PATH, HGRCPATH: "", HGPLAIN: "1", HGUSER: "bench" };
  for (const args of [["init"], ["commit", "-qAm", "begin"]])
    await promisify(execFile)("hg", args, { cwd: path, env });
}

/** The access file as the agent writes it: the release's permission sets, and accounts in ten groups and engineering. */
export async function writeAccessFile(file, users, keys = {}) {
  const { AccessFile } = await built("agent/mercurial/access-file.js");
  const { loadEnvironment } = await built("model/load.js");
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const accounts = Array.from({ length: users }, (_, i) => ({
    account: `user-${i}`,
    active: true,
    keys: (keys[`user-${i}`] ?? []).map((key) => ({ type: key.split(" ")[0], blob: key.split(" ")[1] })),
    groups: ["okta/engineering", ...Array.from({ length: 10 }, (_, g) => `okta/team-${(i + g * 37) % 500}`)],
  }));
  const access = await AccessFile.open(file, "local");
  const { permissions } = loaded.value.release;
  (await access.prepareSnapshot({ release: "bench", permissions, accounts, groups: [] }, 1)).commit();
  access.close();
}

const checked = (folder, access) => `[extensions]
hgscim = ${resolve("agent/mercurial/hgscim")}
[hgscim]
environment = local
access = ${access}
root = ${join(folder, "root")}
[hgscim-proxy]
from = 127.0.0.1
header = X-Remote-User
secret = ${join(folder, "secret")}
[web]
deny_read = *
deny_push = *
`;

/** gunicorn with one of the two applications over the same repositories, once it listens. */
async function startHost(folder, name, application, more = "") {
  const file = join(folder, `${name}.config`);
  const shared = "[experimental]\nweb.full-garbage-collection-rate = 100\n";
  writeFileSync(file, `[paths]\n/ = ${join(folder, "root")}/*\n${shared}${more}`);
  const settings = ["--bind", "127.0.0.1:0", "--worker-class", "gthread", "--threads", "2"];
  const child = spawn("gunicorn", [...settings, application(file)], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: "/usr/bin:/bin",
      HGRCPATH: "",
      HGENCODING: "UTF-8",
      PYTHONPATH: resolve("agent/mercurial"),
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const stop = async () => {
    child.kill();
    await once(child, "exit");
  };
  for await (const line of createInterface(child.stderr)) {
    const [, url] = /Listening at: (http:\S+)/.exec(line) ?? [];
    if (url) return { url, stop };
  }
  throw new Error("gunicorn ended before it listened");
}

/** The milliseconds of a request that must be answered. */
async function ask(url) {
  const start = performance.now();
  const sent = request(url, { agent: false, headers: { "X-Remote-User": `${secret} ${account}` } }).end();
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${text}`);
  return performance.now() - start;
}
