/** The leaver's race: how long after the answer to a deactivation what the leaver does at that moment is refused. */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { tsImport } from "tsx/esm/api";
import { quantile, scale } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";
import { startOurs } from "./scim/servers.mjs";

const repetitions = Math.max(Math.round(20 * scale), 10);
const uploaded = 1 << 20;
const hr = "urn:example:hr:2.0:User";
const secret = randomBytes(16).toString("hex");
const refusal = "the account is deactivated";

export const note = `From the answer to the SCIM PATCH (active = false) until the leaver reads the refusal: ${repetitions} leavers each, in turn, at one host of gunicorn
and sshd. A request is sent as soon as the one before is answered, and so is a command of the open session; of a push of ${uploaded >> 20} MiB one half is there before, the other is sent
at the answer. IPSIE asks for five minutes; Microsoft Entra provisions in cycles of 40 minutes.`;

export async function run() {
  const { SshHost } = await tsImport("../test/agent/mercurial/sshd.ts", import.meta.url);
  // hg that prepares repositories keeps no program from ending
  const awake = setInterval(() => undefined, 1_000);
  const own = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const host = await SshHost.make();
  let ours, web, scim;
  try {
    ours = await startOurs(withKeys, host.access);
    await host.start();
    web = await startWeb(host);
    scim = await Connection.open(ours);
    const bundle = await makeBundle(host, own);
    const kinds = {
      "a request over HTTP, one after the other": (leaver) => askAgain(web, leaver),
      "a command of an open SSH session, one after the other": (leaver) => commandAgain(host, leaver),
      "a push over HTTP that is uploading": (leaver) => push(web, leaver, bundle),
      "a push over SSH that is uploading": (leaver) => pushOverSsh(host, leaver, bundle),
    };
    const leavers = await makePeople(host, scim, Object.keys(kinds).length * repetitions);
    const [times, deactivations] = [Object.fromEntries(Object.keys(kinds).map((what) => [what, []])), []];
    let late = 0;
    const before = await changesets(host);
    for (let i = 0; i < repetitions; i++)
      for (const [what, begin] of Object.entries(kinds)) {
        const leaver = leavers.pop();
        const doing = await begin(leaver);
        const patch = { Operations: [{ op: "replace", path: "active", value: false }] };
        const { milliseconds } = await scim.expect(200, "PATCH", `/Users/${leaver.id}`, patch);
        const answered = performance.now();
        doing.left?.();
        times[what].push((await doing.refused) - answered);
        deactivations.push(milliseconds);
        late += doing.sent > answered ? 1 : 0;
      }
    const stored = (await changesets(host)) - before;
    return [
      ...Object.entries(times).map(([what, taken]) => row(what, taken)),
      { ...row("the deactivation itself", deactivations), beside: "", ratio: "", goal: "" },
      {
        what: "what was sent after the answer, and allowed",
        ours: `${late} requests and commands, ${stored} changesets`,
        beside: "",
        ratio: "",
        goal: "0",
      },
    ];
  } finally {
    scim?.close();
    await web?.stop();
    await ours?.stop();
    await host.end();
    rmSync(own, { recursive: true, force: true });
    clearInterval(awake);
  }
}

function row(what, times) {
  const ms = (part) => `${quantile(times, part).toFixed(1)} ms`;
  return {
    what,
    ours: `p50 ${ms(0.5)}, longest ${ms(1)}`,
    beside: "IPSIE: 300,000 ms; a cycle of Entra: 2,400,000 ms",
    ratio: `IPSIE's is ${Math.round(300_000 / quantile(times, 1)).toLocaleString("en-US")} times the longest`,
    goal: "each under 50 ms",
  };
}

function withKeys(release) {
  const attributes = { sshKeys: { type: "string", multiValued: true } };
  release.connectors.okta.extensions = { hr: { schema: hr, attributes } };
  release.connectors.okta.mapping.keys = "user.?hr.?sshKeys.orValue([])";
}

async function makePeople(host, scim, number) {
  const people = [];
  for (let i = 0; i < number; i++) {
    const account = `user-${i}`;
    const sshKeys = [await host.makeKey(account)];
    const user = { userName: `${account}@example.com`, active: true, [hr]: { sshKeys } };
    people.push({ account, id: (await scim.expect(201, "POST", "/Users", user)).json.id });
  }
  const members = people.map(({ id }) => ({ value: id }));
  for (const displayName of ["core-team", "engineering"])
    await scim.expect(201, "POST", "/Groups", { displayName, members });
  return people;
}

/** What everybody pushes: a changeset of random bytes. */
async function makeBundle(host, folder) {
  const clone = await host.work("leaver");
  writeFileSync(join(clone, "random"), randomBytes(uploaded));
  const bundle = join(folder, "all.hg");
  hg(clone, "commit", "-qAm", "random", "-u", "bench");
  hg(clone, "bundle", "-q", "--type", "none-v2", "--base", "null", bundle);
  return readFileSync(bundle);
}

async function changesets(host) {
  return hg(host.root("core/api"), "log", "-T", "x").length;
}

function hg(cwd, ...args) {
  const ran = spawnSync("hg", args, { cwd, env: { PATH: process.env.PATH, HGRCPATH: "", HGPLAIN: "1" } });
  if (ran.status !== 0) throw new Error(`hg ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout.toString();
}

/** gunicorn by the configuration that sshd's programs have too, as the same unix user. */
async function startWeb(host) {
  const config = join(host.installed, "etc/hgscim/hgweb.config");
  const { uid, gid } = host.owner;
  const file = host.write("etc/hgscim/proxy-secret", `${secret}\n`, 0o600);
  chownSync(file, uid, gid);
  appendFileSync(config, `\n[hgscim-proxy]\nfrom = 127.0.0.1\nheader = X-Remote-User\nsecret = ${file}\n`);
  const uploads = join(host.folder, "uploads");
  mkdirSync(uploads);
  chownSync(uploads, uid, gid);
  const settings = ["--bind", "127.0.0.1:0", "--worker-class", "gthread", "--threads", "8"];
  const child = spawn("gunicorn", [...settings, `hgscim_host.application:Application("${config}")`], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: join(host.installed, "share"),
    env: { PATH: "/usr/bin:/bin", TMPDIR: uploads },
    uid,
    gid,
  });
  const stop = async () => {
    child.kill();
    await once(child, "exit");
  };
  for await (const line of createInterface(child.stderr)) {
    const [, url] = /Listening at: (http:\S+)/.exec(line) ?? [];
    if (url) return { url, stop, uploads, agent: new Agent({ keepAlive: true }) };
  }
  throw new Error("gunicorn ended before it listened");
}

function toWeb({ url, agent }, { account }, query, options = {}) {
  const headers = {
    "X-Remote-User": `${secret} ${account}`,
    "X-Forwarded-Proto": "https",
    ...options.headers,
  };
  const sent = request(`${url}/core/api?${query}`, { agent, ...options, headers });
  const answered = once(sent, "response").then(async ([answer]) => {
    let text = answer.statusMessage;
    for await (const part of answer.setEncoding("latin1")) text += part;
    return { isRefused: text.includes(refusal), status: answer.statusCode, text };
  });
  return { sent, answered };
}

async function askAgain(web, leaver) {
  const doing = { sent: 0 };
  const ask = async () => {
    const now = performance.now();
    const { sent, answered } = toWeb(web, leaver, "cmd=heads");
    sent.end();
    const { isRefused, status, text } = await answered;
    if (!isRefused && status !== 200) throw new Error(`${status} ${text}`);
    if (!isRefused) doing.sent = now;
    return isRefused;
  };
  if (await ask()) throw new Error("refused before it began");
  const again = async () => {
    while (!(await ask()));
    return performance.now();
  };
  doing.refused = again();
  return doing;
}

async function push(web, leaver, bundle) {
  const half = bundle.length >> 1;
  const { sent, answered } = toWeb(web, leaver, "cmd=unbundle&heads=666f726365", {
    method: "POST",
    headers: { "Content-Type": "application/mercurial-0.1", "Content-Length": bundle.length },
  });
  await new Promise((written) => sent.write(bundle.subarray(0, half), written));
  // until the request is allowed, and Mercurial takes the upload
  while (!readdirSync(web.uploads).some((name) => name.startsWith("hg-unbundle-"))) await sleep(1);
  const refused = answered.then(({ isRefused, status, text }) => {
    // by its transaction: the request itself would be refused with another status
    if (!isRefused || status !== 200) throw new Error(`the push: ${status} ${text}`);
    return performance.now();
  });
  return { sent: 0, refused, left: () => sent.end(bundle.subarray(half)) };
}

/** A session that is told something, and refused at last. */
function session(host, { account }, told) {
  const [command, ...words] = [...host.ssh(account), new URL(host.url()).username];
  const user = words.pop();
  const child = spawn(command, [...words, `${user}@127.0.0.1`, "hg -R core/api serve --stdio"]);
  let said = "";
  const refused = new Promise((resolve, reject) => {
    const hear = (data) => {
      said += data.toString("latin1");
      if (!said.includes(refusal)) return;
      resolve(performance.now());
      child.stdin.end();
    };
    child.stdout.on("data", (data) => told(data.toString("latin1"), child.stdin));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.stdin.on("error", () => undefined);
    child.once("close", () => reject(new Error(`the session ended: ${said}`)));
  });
  return { stdin: child.stdin, refused };
}

async function commandAgain(host, leaver) {
  const doing = { sent: 0 };
  let now = performance.now();
  let answer = "";
  await new Promise((begun, reject) => {
    const { stdin, refused } = session(host, leaver, (data) => {
      answer += data;
      if (!/^41\n[0-9a-f]{40}\n$/.test(answer)) return;
      doing.sent = now;
      answer = "";
      begun();
      now = performance.now();
      stdin.write("heads\n");
    });
    doing.refused = refused;
    refused.catch(reject);
    stdin.write("heads\n");
  });
  return doing;
}

async function pushOverSsh(host, leaver, bundle) {
  const half = bundle.length >> 1;
  const heads = Buffer.from("force").toString("hex");
  let asked;
  const begun = new Promise((resolve) => {
    asked = resolve;
  });
  const { stdin, refused } = session(host, leaver, asked);
  await Promise.race([
    refused,
    new Promise((written) => stdin.write(`unbundle\nheads ${heads.length}\n${heads}`, written)).then(
      () => begun,
    ),
  ]);
  await new Promise((written) => {
    stdin.write(`${bundle.length}\n`);
    stdin.write(bundle.subarray(0, half), written);
  });
  const left = () => {
    stdin.write(bundle.subarray(half));
    stdin.write("0\n");
  };
  return { sent: 0, refused, left };
}
