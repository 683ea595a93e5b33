/** How long a deactivation takes to be in force while people push what takes long to judge, and while nobody does. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { built, quantile, scale } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";
import { startOurs } from "./scim/servers.mjs";

const scaled = (number) => Math.max(Math.round(number * scale), 2);
const pushers = 20;
const leavers = scaled(100);
// deep names under many rules of many wildcards: the matching is most of a push
const files = scaled(1_000);
const depth = 100;
const rules = 50;
const password = "correct horse";

export const note = `${pushers} people push ${files} files ${depth} folders deep each, again and again, against ${rules} path rules, on the same two
processors as the agent and the load; meanwhile one person after the other is deactivated by SCIM.`;

export async function run() {
  const ours = await startOurs((release) => {
    const places = Array.from({ length: rules }, (_, i) => `**/aa*/${i}x*`);
    release.permissions.core.paths = Object.fromEntries(
      places.map((place) => [place, ["okta/release-managers"]]),
    );
  });
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  let host;
  try {
    const scim = await Connection.open(ours);
    const ids = [];
    for (let i = 0; i < leavers * 2 + 1; i++)
      ids.push((await scim.expect(201, "POST", "/Users", { userName: `user-${i}@example.com` })).json.id);
    const members = ids.map((value) => ({ value }));
    for (const displayName of ["core-team", "engineering"])
      await scim.expect(201, "POST", "/Groups", { displayName, members });
    await makeRepository(ours.repositories);
    host = await startHost(folder, ours);
    const deactivate = async (id) => {
      const value = { Operations: [{ op: "replace", path: "active", value: false }] };
      return (await scim.expect(200, "PATCH", `/Users/${id}`, value)).milliseconds;
    };
    const alone = [];
    for (const id of ids.slice(1, leavers + 1)) alone.push(await deactivate(id));
    const hostile = await startPushes(folder, host.url, "user-0");
    const beside = [];
    for (const id of ids.slice(leavers + 1)) beside.push(await deactivate(id));
    // who pushes leaves last: no push may close after the answer
    await deactivate(ids[0]);
    const left = await changesets(ours.repositories);
    const pushed = await hostile.stop();
    const after = await changesets(ours.repositories);
    scim.close();
    return [
      row("a deactivation", alone, beside, "median under 100 ms"),
      {
        what: "pushes that closed after the pusher's own deactivation",
        ours: `${after - left}`,
        beside: `${pushed} pushes were answered, ${left - 1} changesets stored before it`,
        ratio: "",
        goal: "0",
      },
    ];
  } finally {
    await host?.stop();
    await ours.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(what, alone, beside, goal) {
  const ms = (times, part) => `${quantile(times, part).toFixed(1)} ms`;
  const spread = (times) => `p50 ${ms(times, 0.5)}, p95 ${ms(times, 0.95)}, longest ${ms(times, 1)}`;
  return {
    what,
    ours: spread(beside),
    beside: `while nobody pushes: ${spread(alone)}`,
    ratio: `${(quantile(beside, 0.5) / quantile(alone, 0.5)).toFixed(1)} times`,
    goal,
  };
}

const env = { PATH: process.env.PATH, HGRCPATH: "", HGPLAIN: "1", HGUSER: "bench" };
const hg = (cwd, ...args) => promisify(execFile)("hg", args, { cwd, env, maxBuffer: 1 << 26 });

async function makeRepository(root) {
  const core = join(root, "core", "api");
  mkdirSync(core, { recursive: true });
  writeFileSync(join(core, "README"), "core/api\n");
  await hg(core, "init");
  await hg(core, "commit", "-qAm", "begin");
}

async function changesets(root) {
  const { stdout } = await hg(join(root, "core", "api"), "log", "-T", "x");
  return stdout.length;
}

/** Clones with a push each that takes long to judge; each pushes until it is stopped, another changeset each time. */
async function startPushes(folder, url, account) {
  const address = `${url.replace("://", `://${account}:${encodeURIComponent(password)}@`)}/core/api`;
  const first = join(folder, "clone-0");
  await hg(folder, "clone", "-q", address, first);
  const deep = join(first, ...Array.from({ length: depth }, (_, i) => `aa${i}`));
  mkdirSync(deep, { recursive: true });
  for (let i = 0; i < files; i++) writeFileSync(join(deep, `file${i}`), `${i}\n`);
  await hg(first, "add", "-q");
  for (let i = 1; i < pushers; i++) cpSync(first, join(folder, `clone-${i}`), { recursive: true });
  let isOver = false;
  let answered = 0;
  const one = async (i) => {
    const clone = join(folder, `clone-${i}`);
    for (let n = 0; !isOver; n++) {
      await hg(clone, "commit", "-q", "-m", `push ${n} of ${i}`);
      await hg(clone, "push", "-q", "-f", address).catch(() => undefined);
      answered++;
      await hg(
        clone,
        "--config",
        "extensions.strip=",
        "strip",
        "-q",
        "-k",
        "--no-backup",
        "-r",
        "tip",
        "-f",
      ).catch(() => undefined);
      await hg(clone, "add", "-q");
    }
  };
  const all = Array.from({ length: pushers }, (_, i) => one(i));
  // some of them are being judged by then
  while (answered < 3) await new Promise((resume) => setTimeout(resume, 100));
  return {
    async stop() {
      isOver = true;
      await Promise.all(all);
      return answered;
    },
  };
}

async function startHost(folder, { repositories, accessFile }) {
  const { findMercurial } = await built("cli/quickstart/host/mercurial.js");
  const { startHost } = await built("cli/quickstart/host/host.js");
  const { userEntry } = await built("cli/quickstart/host/users.js");
  writeFileSync(join(folder, "users.json"), JSON.stringify({ "user-0": await userEntry(password) }));
  const mercurial = await findMercurial();
  if (!mercurial.ok) throw new Error(mercurial.error);
  const host = await startHost({
    mercurial: mercurial.value,
    root: repositories,
    access: accessFile,
    users: join(folder, "users.json"),
    program: resolve("test/agent/mercurial/altered_host.py"),
    env: { HOST_FOLDER: resolve("cli/quickstart/host") },
  });
  if (!host.ok) throw new Error(host.error);
  return host.value;
}
