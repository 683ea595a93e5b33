/** A token is replaced while its provider sends a hundred requests a second over TLS, beside the same without a rotation. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { makeEnvironment } from "./environment.mjs";
import { built, quantile, scale } from "./measure.mjs";

const span = Math.max(60_000 * scale, 12_000);
const every = 10;
const quiet = Math.max(Math.round(span / 6_000), 2);
const [token, one] = ["a".repeat(48), randomBytes(32).toString("hex")];
// only what this run starts talks on them
const ports = { admin: 17643, scim: 17680 };

export const note = `100 requests a second (\`GET /Users?count=1\`, 20 kept connections, TLS) for ${Math.round(span / 1_000)} s without a rotation, half before and half after, and for as long with one under way: the command waits all the
while and asks the agent each second; after a third the provider takes the new token, and ${quiet} s later the old one is withdrawn. A request that waits for its turn counts from when it was due.`;

export async function run() {
  const slots = mkdtempSync(join(tmpdir(), "hgscim-bench-slots-"));
  const [current, next] = [join(slots, "current"), join(slots, "next")];
  writeFileSync(current, one, { mode: 0o600 });
  const refs = [current, next].map((file) => `ref+file://${file}`);
  const folder = makeEnvironment(1, (text) =>
    text
      .replace("127.0.0.1:7443", `127.0.0.1:${ports.admin}`)
      .replace("127.0.0.1:7480", `127.0.0.1:${ports.scim}`)
      .replace(
        /okta-token: \{ refs: \[.*?\],/,
        `okta-token: { refs: [${refs.join(", ")}], quiet: ${quiet}s,`,
      ),
  );
  mkdirSync(join(folder, "agent"));
  const agent = await startAgent(join(folder, "agent"), {
    ...{ token, scimToken: one, references: [`ref+file://${slots}/*`] },
    scim: { listen: `127.0.0.1:${ports.scim}` },
    admin: { listen: `127.0.0.1:${ports.admin}` },
  });
  const ca = readFileSync(join(folder, "agent/data/tls/certificate.pem"), "utf8");
  try {
    await deploy({ agent, ca, refs, quiet: `${quiet}s` });
    const provider = { token: one, url: `${agent.scim}/scim/okta/v2/Users?count=1`, ca };
    await load(provider, 2_000);
    const before = await load(provider, span / 2);
    const loading = load(provider, span);
    const command = spawn(
      process.execPath,
      [resolve("dist/cli/main.js"), "rotate", "local", "okta-token", "--yes"],
      {
        cwd: folder,
        env: { ...process.env, HGSCIM_TOKEN: token, HGSCIM_CA: ca },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const ended = once(command, "close");
    await sleep(span / 3);
    provider.token = readFileSync(next, "utf8").trim();
    const [code] = await ended;
    const rotation = await loading;
    if (code !== 0 || readFileSync(current, "utf8") !== readFileSync(next, "utf8"))
      throw new Error(`the rotation did not end within ${span / 1_000} s (exit code ${code})`);
    const after = await load(provider, span / 2);
    const without = {
      times: [...before.times, ...after.times],
      refused: before.refused + after.refused,
      failed: before.failed + after.failed,
    };
    const ms = (value) => `${value.toFixed(1)} ms`;
    const row = (what, part, goal) => {
      const [ours, beside] = [quantile(rotation.times, part), quantile(without.times, part)];
      return { what, ours: ms(ours), beside: ms(beside), ratio: (ours / beside).toFixed(2), goal };
    };
    return [
      {
        what: `401, of ${rotation.times.length} requests`,
        ours: String(rotation.refused),
        beside: `${without.refused} of ${without.times.length}`,
        ratio: "",
        goal: "none",
      },
      {
        what: "other answers than 200, and broken connections",
        ours: String(rotation.failed),
        beside: String(without.failed),
        ratio: "",
        goal: "none",
      },
      row("p50", 0.5, "as without"),
      row("p99", 0.99, "as without"),
      row("slowest", 1, ""),
    ];
  } finally {
    agent.process.kill();
    await once(agent.process, "close");
    for (const one of [folder, slots]) rmSync(one, { recursive: true, force: true });
  }
}

/** Sends at a steady rate, whatever comes back when; answers what came of it. */
async function load(provider, length) {
  const connections = new Agent({ keepAlive: true, maxSockets: 20 });
  const found = { times: [], refused: 0, failed: 0 };
  const asked = [];
  const begun = performance.now();
  for (let i = 0; i * every < length; i++) {
    const due = begun + i * every;
    await sleep(Math.max(0, due - performance.now()));
    asked.push(
      ask(provider, connections).then((status) => {
        found.times.push(performance.now() - due);
        if (status === 401) found.refused++;
        else if (status !== 200) found.failed++;
      }),
    );
  }
  await Promise.all(asked);
  connections.destroy();
  return found;
}

/** The status; 0 where the connection broke. */
function ask({ url, token: bearer, ca }, agent) {
  return new Promise((done) => {
    request(url, { agent, ca, headers: { Authorization: `Bearer ${bearer}` } }, (incoming) => {
      incoming.resume().once("end", () => done(incoming.statusCode ?? 0));
    })
      .once("error", () => done(0))
      .end();
  });
}

async function deploy({ agent, ca, refs, quiet: rest }) {
  const { loadEnvironment } = await built("model/load.js");
  const { adminClient } = await built("api/client.js");
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release = structuredClone(loaded.value.release);
  Object.assign(release.secrets["okta-token"], { refs, quiet: rest });
  const activated = await adminClient({ url: agent.admin, token, ca }).activate(
    { release, origin: {} },
    null,
  );
  if (!activated.ok) throw new Error(JSON.stringify(activated.error));
}
