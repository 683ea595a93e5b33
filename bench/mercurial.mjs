/** What the checks cost a request to Mercurial: the same hgweb without them, and with them among few and many users. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { built, quantile, scale } from "./measure.mjs";

const few = 50;
const many = Math.round(50_000 * scale);
const repetitions = Math.max(Math.round(500 * scale), 50);
const warmUp = 50;
const [account, password] = ["user-7", "correct horse"];
const pages = {
  "hg's first question (cmd=capabilities)": "/core/api?cmd=capabilities",
  "hg's bookmarks (cmd=listkeys)": "/core/api?cmd=listkeys&namespace=bookmarks",
  "a file's page in hgweb": "/core/api/file/tip/README",
};
// the demonstration host is hgweb without checks when its configuration goes on so
const unchecked = "[extensions]\nhgscim = !\n[web]\ndeny_read =\ndeny_push =\n";

export const note =
  "Each request on a connection of its own to the demonstration host, in turn; the time is that of the whole request.";

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const hosts = [];
  try {
    await makeRepository(join(folder, "root", "core", "api"));
    const { userEntry } = await built("cli/quickstart/host/users.js");
    writeFileSync(join(folder, "users.json"), JSON.stringify({ [account]: await userEntry(password) }));
    for (const [users, more] of [
      [few, unchecked],
      [few, ""],
      [many, ""],
    ]) {
      await writeAccessFile(join(folder, `${users}.db`), users);
      hosts.push(await startHost(folder, `${users}.db`, more));
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
  const ms = (times) => `${p50(times).toFixed(1)} ms`;
  const row = (users, times, than, goal) => ({
    what: `${what}, ${users.toLocaleString("en-US")} users`,
    ours: ms(times),
    beside: `hgweb without checks: ${ms(bare)}${than ? `; ${few} users: ${ms(than)}` : ""}`,
    ratio: `${(p50(times) - p50(bare)).toFixed(1)} ms more${than ? `; ${(p50(times) / p50(than)).toFixed(2)} times` : ""}`,
    goal,
  });
  const most = "at most 5 ms more";
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

async function startHost(folder, access, more) {
  const { findMercurial } = await built("cli/quickstart/host/mercurial.js");
  const { startHost } = await built("cli/quickstart/host/host.js");
  const mercurial = await findMercurial();
  if (!mercurial.ok) throw new Error(mercurial.message);
  const host = await startHost({
    mercurial: mercurial.value,
    root: join(folder, "root"),
    access: join(folder, access),
    users: join(folder, "users.json"),
    program: resolve("test/agent/mercurial/altered_host.py"),
    env: { HOST_FOLDER: resolve("cli/quickstart/host"), HOST_MORE: more },
  });
  if (!host.ok) throw new Error(host.message);
  return host.value;
}

/** The milliseconds of a request that must be answered. */
async function ask(url) {
  const start = performance.now();
  const sent = request(url, { agent: false, auth: `${account}:${password}` }).end();
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${text}`);
  return performance.now() - start;
}
