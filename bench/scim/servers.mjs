/** The two that are compared, each a process of its own: `{ name, base, token, pid, stop }`. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { startAgent } from "../agent.mjs";
import { built } from "../measure.mjs";

/**
 * The agent with the release of `environments/local.yaml`, its constraints included; only that every group of the benchmark
 * counts, so that each membership is enforced, and that it speaks plain http.
 *
 * @param {(release: object) => void} edit what else is other than there
 * @param {string} access where the access file is, from the agent's folder
 * @param {object} more of what `startAgent` takes: `egress`, `secrets`, `build`
 */
export async function startOurs(edit = () => undefined, access = "access/access.db", more = {}) {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const [token, adminToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
  const listener = { listen: "127.0.0.1:0", tls: "off" };
  const agent = await startAgent(folder, {
    token: adminToken,
    scimToken: token,
    scim: listener,
    admin: listener,
    access,
    ...more,
  });
  const { loadEnvironment } = await built("model/load.js", more.build);
  const { adminClient } = await built("api/client.js", more.build);
  // an older build reads its own: it does not know what the language has learnt since
  const loaded = await loadEnvironment(join(more.build ?? ".", "environments/local.yaml"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release = structuredClone(loaded.value.release);
  release.connectors.okta.groups.push({ pattern: "bench-*" });
  edit(release);
  const client = adminClient({ url: agent.admin, token: adminToken });
  const activated = await client.activate({ release, origin: {} }, null);
  if (!activated.ok) throw new Error(JSON.stringify(activated.error));
  return {
    name: "ours",
    base: `${agent.scim}/scim/okta/v2`,
    token,
    admin: { base: `${agent.admin}/v1`, token: adminToken },
    pid: agent.process.pid,
    accessFile: resolve(folder, access),
    repositories: join(folder, "repositories"),
    async stop() {
      agent.process.kill();
      await once(agent.process, "close");
      rmSync(folder, { recursive: true });
    },
  };
}

export async function startScimmy() {
  const token = randomBytes(24).toString("hex");
  const program = join(import.meta.dirname, "scimmy-server.mjs");
  const child = spawn(process.execPath, [program, token], {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [base] = await once(createInterface(child.stdout), "line");
  return {
    name: "scimmy",
    base,
    token,
    pid: child.pid,
    async stop() {
      child.kill();
      await once(child, "close");
    },
  };
}
