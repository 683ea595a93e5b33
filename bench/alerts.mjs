/** From a payload that breaks a rule to the alert at its receiver: the agent as a process of its own, the receiver in this one. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { built, quantile, scale } from "./measure.mjs";

const runs = Math.max(Math.round(50 * scale), 5);
const [token, scimToken] = ["a".repeat(48), "b".repeat(48)];
const rule = "only-known-names";

export const note =
  "Each is a user whom a constraint refuses, by HTTP on loopback, one after the other and with a pause; the time is from before the request until the receiver has the signed webhook. `coolDown` is 0s, so that each is told.";

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-alerts-"));
  const arrived = new Map();
  const receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const at = performance.now();
      response.writeHead(204).end();
      const { type, data } = JSON.parse(text);
      if (type === "hgscim.failed") arrived.get("next")?.({ at, data });
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address();
  const listener = { listen: "127.0.0.1:0", tls: "off" };
  const agent = await startAgent(folder, {
    ...{ token, scimToken, scim: listener, admin: listener },
    egress: [`127.0.0.1:${port}`],
    secrets: {
      SCIM_ALERT_WEBHOOK: `http://127.0.0.1:${port}/hook`,
      SCIM_ALERT_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
    },
  });
  try {
    await deploy(agent);
    const answers = [];
    const alerts = [];
    for (let i = -1; i < runs; i++) {
      const told = new Promise((resolve) => arrived.set("next", resolve));
      const begun = performance.now();
      const reply = await fetch(`${agent.scim}/scim/okta/v2/Users`, {
        method: "POST",
        headers: { Authorization: `Bearer ${scimToken}`, "Content-Type": "application/scim+json" },
        body: JSON.stringify({
          userName: `refused-${i}@example.com`,
          externalId: `refused-${i}`,
          active: true,
        }),
      });
      await reply.text();
      const answered = performance.now();
      if (reply.ok) throw new Error(`a user whom ${rule} refuses was answered ${reply.status}`);
      const alert = await Promise.race([told, sleep(10_000)]);
      if (!alert) throw new Error("no alert came within 10 s");
      if (i >= 0) {
        answers.push(answered - begun);
        alerts.push(alert.at - begun);
      }
      await sleep(500);
    }
    const ms = (values, part) => `${quantile(values, part).toFixed(0)} ms`;
    return [
      {
        what: `a refused user is told, ${runs} runs`,
        ours: `${ms(alerts, 0.5)}, at most ${ms(alerts, 1)}`,
        beside: `the answer alone: ${ms(answers, 0.5)}`,
        ratio: `${(quantile(alerts, 0.5) - quantile(answers, 0.5)).toFixed(0)} ms more`,
        goal: "under 2 s",
      },
    ];
  } finally {
    agent.process.kill();
    receiver.close();
    receiver.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deploy(agent) {
  const { loadEnvironment } = await built("model/load.js");
  const { adminClient } = await built("api/client.js");
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release = structuredClone(loaded.value.release);
  release.constraints[rule] = {
    on: ["user.create"],
    require: '!user.userName.startsWith("refused")',
    otherwise: "reject",
  };
  Object.assign(release.variables, {
    ALERT_WEBHOOK: { type: "secret", secret: "alert-webhook" },
    ALERT_SECRET: { type: "secret", secret: "alert-secret" },
  });
  Object.assign(release.secrets, {
    "alert-webhook": { refs: ["ref+env://SCIM_ALERT_WEBHOOK"] },
    "alert-secret": { refs: ["ref+env://SCIM_ALERT_SECRET"] },
  });
  release.settings.alerts = [
    { to: { var: "ALERT_WEBHOOK" }, secret: { var: "ALERT_SECRET" }, on: ["failed"], coolDown: "0s" },
  ];
  const client = adminClient({ url: agent.admin, token });
  const activated = await client.activate({ release, origin: {} }, null);
  if (!activated.ok) throw new Error(JSON.stringify(activated.error));
}
